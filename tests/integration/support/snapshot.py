# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on a host, as values that can be compared: files, units, accounts, Docker's objects."""

from __future__ import annotations

import json
from typing import Any

from .hosts import Target

# Folders that hold what an administrator or a package put there, without what programs write while they run.
_SCRIPT = r"""
import hashlib, json, os, shutil, subprocess

ROOTS = ["/etc", "/opt", "/root", "/srv", "/usr/local", "/var/lib", "/run/containers", "/run/systemd/transient"]
RUNNING = {
    "/etc/.updated", "/etc/hosts", "/etc/resolv.conf", "/root/.ansible", "/root/.cache", "/var/lib/apt",
    "/var/lib/containerd", "/var/lib/docker", "/var/lib/dpkg", "/var/lib/systemd", "/var/lib/private",
}


def describe(path):
    status = os.lstat(path)
    words = [oct(status.st_mode), str(status.st_uid), str(status.st_gid)]
    if os.path.islink(path):
        words.append(os.readlink(path))
    elif os.path.isfile(path):
        with open(path, "rb") as file:
            words.append(hashlib.sha256(file.read()).hexdigest()[:16])
    return " ".join(words)


def walk(root):
    if os.path.lexists(root):
        yield root
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if os.path.join(folder, name) not in RUNNING and name != "__pycache__"]
        # Programs that change accounts keep the file before the last change as passwd-, group- and so on.
        if folder == "/etc":
            files = [name for name in files if name[-1] != "-"]
        # Who is logged in is no matter of ours, here and among the units.
        files = [name for name in files if not name.startswith("session-")]
        yield from (os.path.join(folder, name) for name in names + files)


def lines(*command):
    if shutil.which(command[0]) is None:
        return []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return sorted(done.stdout.splitlines())


def units(*words):
    found = lines("systemctl", *words, "--plain", "--no-legend", "--no-pager")
    return [line for line in found if not line.startswith("session-")]


print(json.dumps({
    "files": {path: describe(path) for root in ROOTS for path in walk(root) if path not in RUNNING},
    "unit files": units("list-unit-files"),
    "failed units": units("list-units", "--failed"),
    "gear units": units("list-units", "--all", "ctr-*", "container*.target", "container*.slice"),
    "accounts": lines("getent", "passwd") + lines("getent", "group"),
    "containers": lines("docker", "ps", "--all", "--format", "{{.Names}} {{.Image}}"),
    "volumes": lines("docker", "volume", "ls", "--format", "{{.Name}}"),
    "networks": lines("docker", "network", "ls", "--format", "{{.Name}}"),
    "images": lines("docker", "images", "--all", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"),
}))
"""


def take(target: Target) -> dict[str, Any]:
    """Look at everything."""
    found: dict[str, Any] = json.loads(target.host.ssh("python3 -", stdin=_SCRIPT).stdout)
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """One line for each thing that came, went or changed."""
    lines = []
    for part in before:
        old, new = (as_pairs(snapshot[part]) for snapshot in (before, after))
        lines += [
            f"{part}: {item}: {old.get(item, 'absent')} -> {new.get(item, 'absent')}" for item in changed(old, new)
        ]
    return lines


def as_pairs(content: Any) -> dict[str, str]:
    """A part of a snapshot as thing -> how it is."""
    return dict(content) if isinstance(content, dict) else dict.fromkeys(content, "present")


def changed(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """What differs, in order."""
    return [item for item in sorted({*old, *new}) if old.get(item) != new.get(item)]
