# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runtime as files: the same library the modules use, written to the host so that it works without Ansible."""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

from ..model.runtime import LIBRARY, PROGRAMS
from . import program
from .access.scripts import script_files
from .container.start import START, TEXT

if TYPE_CHECKING:  # nothing is imported here, but by this line Ansible sends them, and all that they import
    from .access import enter  # noqa: F401
    from .build import build  # noqa: F401
    from .container import clear, client, own, ready, stop  # noqa: F401
    from .job import job  # noqa: F401
    from .link import link  # noqa: F401

MODULES = (
    "host/docker/building",
    "host/docker/client",
    "host/docker/containers",
    "host/docker/engine",
    "host/docker/events",
    "host/docker/exec",
    "host/docker/transfer",
    "host/git/command",
    "host/git/source",
    "host/netfilter/backend",
    "host/netfilter/conntrack",
    "host/netfilter/legacy",
    "host/netfilter/nft",
    "host/network/addresses",
    "host/network/namespace",
    "host/process",
    "host/source/archives",
    "host/source/files",
    "host/source/tar_members",
    "host/source/tar_stream",
    "host/source/tree",
    "host/streams",
    "host/terminal",
    "host/texts",
    "host/web",
    "model/access/account",
    "model/build/build",
    "model/build/dockerfile",
    "model/build/failure",
    "model/build/ignore",
    "model/build/names",
    "model/build/recipe",
    "model/build/s2i",
    "model/build/source",
    "model/container/ports",
    "model/container/unit_facts",
    "model/env/environment",
    "model/errors",
    "model/job/names",
    "model/link/links",
    "model/link/rules",
    "model/link/status",
    "model/names",
    "model/run/keys",
    "model/run/output",
    "model/runtime",
    "model/urls",
    "model/version",
    "runtime/access/enter",
    "runtime/access/sftp",
    "runtime/build/artifacts",
    "runtime/build/assembly",
    "runtime/build/build",
    "runtime/build/dockerfile",
    "runtime/build/end",
    "runtime/build/push",
    "runtime/build/runtime_image",
    "runtime/build/s2i",
    "runtime/build/scripts",
    "runtime/build/source",
    "runtime/build/upload",
    "runtime/build/work",
    "runtime/container/clear",
    "runtime/container/client",
    "runtime/container/own",
    "runtime/container/ready",
    "runtime/container/stop",
    "runtime/job/job",
    "runtime/job/network",
    "runtime/link/addresses",
    "runtime/link/link",
    "runtime/program",
    "store/atomic",
    "store/container/run_marks",
    "store/container/units",
    "store/files",
    "store/host/record",
    "store/image/pushes",
    "store/layout",
    "store/link/links",
    "store/lock",
    "store/reading",
    "store/run/folder",
)
"""The library on a host: the programs and what they may import, which a test computes."""

_ROOT = __package__.rpartition(".")[0]
_LAUNCHER = """#!/usr/bin/python3 -IS
# Written by geard.core.gear_host, which replaces this file.
import sys

sys.path.insert(0, "{library}")
from _gear.runtime.program import run

run("{program}")
"""


def library_files() -> dict[str, bytes]:
    """Path -> content of the library on the host."""
    folders = {folder for name in MODULES for folder in _folders(name)}
    found = {f"{LIBRARY}/_gear/{folder}__init__.py": b"" for folder in sorted(folders)}
    for name in MODULES:
        folder, _slash, module = name.rpartition("/")
        package = f"{_ROOT}.{folder.replace('/', '.')}"
        found[f"{LIBRARY}/_gear/{name}.py"] = pkgutil.get_data(package, f"{module}.py") or b""
    return found


def _folders(name: str) -> list[str]:
    """Packages around a module of the table, outermost first, each with a slash at its end."""
    parts = name.split("/")[:-1]
    return ["", *("/".join(parts[: depth + 1]) + "/" for depth in range(len(parts)))]


def program_files() -> dict[str, bytes]:
    """Path -> content of the programs."""
    launchers = {name: _LAUNCHER.format(library=LIBRARY, program=name).encode() for name in program.PROGRAMS}
    programs = {f"{PROGRAMS}/{name}": text for name, text in launchers.items()}
    return {**programs, **script_files(), f"{PROGRAMS}/{START}": TEXT.encode()}
