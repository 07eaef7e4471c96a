# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules without the start of Python on hosts: a process that has imported Ansible's part of them forks for each.

A module that changes nothing needs a fifth of the processor time that way; the suites run thousands. What is imported
from the collection and which libraries are, each run finds out for itself. `Ansible.playbook` does without.
"""

from __future__ import annotations

import importlib.util
import io
import tarfile
from pathlib import Path

from lab import Host

FOLDER = "/usr/lib/gear-tests"
PYTHON = f"{FOLDER}/python3"
PROGRAMS = Path(__file__).resolve().parent.parent / "on_host"
UNIT = f"""[Unit]
Description=Python for modules of tests
[Service]
ExecStart=/usr/bin/python3 {FOLDER}/server.py
Restart=always
"""
START = """set -e
tar -C / -xf -
ln -sf ../gear-tests.service /usr/lib/systemd/system/multi-user.target.wants/
systemctl daemon-reload
systemctl restart gear-tests
for _ in $(seq 100); do ! test -S /run/gear-tests.sock || exit 0; sleep 0.05; done
exit 1
"""


def install(host: Host) -> None:
    """Put it on a host and start it; it starts with the host from then on."""
    found = importlib.util.find_spec("ansible")
    assert found
    assert found.submodule_search_locations
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        library = Path(found.submodule_search_locations[0]) / "module_utils"
        archive.add(library, f"{FOLDER}/ansible/module_utils", filter=source)
        archive.add(PROGRAMS / "fork_server.py", f"{FOLDER}/server.py", filter=source)
        client = (PROGRAMS / "fork_client.py").read_text(encoding="utf-8")
        put(archive, PYTHON, f"#!/usr/bin/python3 -IS\n{client}", 0o755)
        put(archive, "/usr/lib/systemd/system/gear-tests.service", UNIT, 0o644)
    host.pipe(buffer.getvalue(), START)


def source(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without what Python compiled here, which may be another one."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return None if "__pycache__" in info.name else info


def put(archive: tarfile.TarFile, path: str, text: str, mode: int) -> None:
    """Add a file of root's."""
    info = tarfile.TarInfo(path.lstrip("/"))
    info.size, info.mode = len(text.encode()), mode
    archive.addfile(info, io.BytesIO(text.encode()))
