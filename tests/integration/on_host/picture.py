# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies on the host because of gears: every path with its kind, mode and content, to be compared later."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import subprocess
import time
from collections.abc import Iterator

from modules import library

BASE = "/var/lib/containers"
RUN = "/run/containers"
SYSTEMD = "/etc/systemd/system"
TEMPORARY = ".gear-tmp-"
FREE_PORTS = f"{BASE}/ports/free"
OUTSIDE = ("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d", "/etc/sudoers.d")
LOGINS = ("ctr-", "git-", "gear-")
PASSING = {
    f"{BASE}/.gear.lock",
    f"{BASE}/.git.lock",
    FREE_PORTS,
    f"{BASE}/ports/{TEMPORARY}free",
    f"{RUN}/reload-pending",
}
"""Hints whose value does not matter; the next allocation writes them, whatever is left of the last attempt."""

MARKS = re.compile(rf"{RUN}/sshd-pending|{BASE}/keys/collect|{RUN}/../[^/]+/cleared")
"""Are there while something is under way; the last one between a look that found no container and a start."""

Picture = dict[str, str]


def look() -> Picture:
    """All paths of the store, links in systemd's folders, the run folder, what sshd and sudo are told, and logins."""
    found = {path: _describe(path) for path in _paths() if path not in PASSING}
    with open("/etc/passwd", encoding="utf-8") as file:
        found.update({f"login {line.split(':')[0]}": line.strip() for line in file if line.startswith(LOGINS)})
    with open("/etc/group", encoding="utf-8") as file:
        found.update({f"group {line.split(':')[0]}": line.strip() for line in file if line.startswith(LOGINS)})
    return {path: what for path, what in found.items() if what}


def _paths() -> Iterator[str]:
    for top in (BASE, RUN):
        for folder, names, files in os.walk(top):
            yield folder
            yield from (f"{folder}/{name}" for name in files)
            yield from (f"{folder}/{name}" for name in names if os.path.islink(f"{folder}/{name}"))
    yield from OUTSIDE[:1]
    for folder in OUTSIDE[1:]:
        yield from (f"{folder}/{name}" for name in os.listdir(folder))
    for folder in (SYSTEMD, f"{SYSTEMD}/container.target.wants", f"{SYSTEMD}/container-active.target.wants"):
        yield from (f"{folder}/{name}" for name in os.listdir(folder) if "ctr-" in name)


def _describe(path: str) -> str:
    """Kind, mode and content; empty when it went away meanwhile."""
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return f"link to {os.readlink(path)}"
        owner = f"{stat.S_IMODE(status.st_mode):o} {status.st_uid}:{status.st_gid}"
        if stat.S_ISDIR(status.st_mode):
            return f"folder {owner}"
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return ""
    if path.endswith("/started"):
        content = content.split(b"\n")[0]  # the second line is a time
    return f"file {owner} {hashlib.sha256(content).hexdigest()[:12]} {content[:60]!r}"


def read_free_ports() -> bytes | None:
    """The hint where free ports are; None on a host that never allocated one."""
    try:
        with open(FREE_PORTS, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write_free_ports(content: bytes | None) -> None:
    """Put the hint back where the tasks of others would have it, so that equal runs take equal steps."""
    for path in (f"{BASE}/ports/{TEMPORARY}free", *([FREE_PORTS] if content is None else [])):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    if content is None:
        return
    with open(FREE_PORTS, "wb") as file:
        file.write(content)


def settle(patience: float = 15) -> None:
    """Wait until systemd has done the jobs that a killed process had asked it for."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        jobs = subprocess.run(["systemctl", "list-jobs", "--no-legend"], capture_output=True, text=True, check=True)
        if "ctr-" not in jobs.stdout:
            return
        time.sleep(0.05)


def broken_units() -> list[str]:
    """Units and versions whose text is not what their name says, wherever systemd or a task would read them."""
    try:
        read_facts, is_intact = (
            library("model.container.unit_facts").read_facts,
            library("model.container.unit").is_intact,
        )
    except ModuleNotFoundError:  # sent with modules that write units only
        return []
    faults = []
    for folder, _names, files in os.walk(f"{BASE}/units"):
        for name in files:
            if name.startswith(TEMPORARY):
                continue
            with open(f"{folder}/{name}", encoding="utf-8") as file:
                text = file.read()
            version = read_facts(text).version if name.startswith("ctr-") else name
            if not is_intact(text, version):
                faults.append(f"{folder}/{name} is not whole")
    return faults


def temporary_files(picture: Picture) -> list[str]:
    return sorted(path for path in picture if TEMPORARY in path)


def differences(first: Picture, second: Picture, ignore: str = "") -> list[str]:
    """What is not the same in two looks; paths that contain `ignore` do not count."""
    return [
        f"{path}: {first.get(path, 'nothing')} | {second.get(path, 'nothing')}"
        for path in sorted({*first, *second})
        if first.get(path) != second.get(path) and not (ignore and ignore in path)
    ]


def mixtures(before: Picture, between: Picture, after: Picture) -> list[str]:
    """Files, links and logins that in between were neither as before nor as after; a folder alone says nothing."""
    found = []
    for path in sorted({*before, *between, *after}):
        states = [picture.get(path, "nothing") for picture in (before, between, after)]
        counts = TEMPORARY not in path and not MARKS.fullmatch(path)
        if counts and states[1] not in (states[0], states[2]) and not states[1].startswith("folder"):
            found.append(f"{path}: {states[1]}, before {states[0]}, after {states[2]}")
    return found
