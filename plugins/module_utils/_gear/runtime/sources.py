# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runtime as files: the same library the modules use, written to the host so that it works without Ansible."""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

from ..model.runtime import LIBRARY, PROGRAMS
from . import program
from .scripts import script_files
from .start import START, TEXT

if TYPE_CHECKING:  # nothing is imported here, but by this line Ansible sends them, and all that they import
    from . import build, clear, client, enter, job, link, own, ready, stop  # noqa: F401

MODULES = (
    *("host/addresses", "host/archives", "host/docker_build", "host/docker_client", "host/docker_containers"),
    *("host/docker_events", "host/docker_exec", "host/docker_socket", "host/git_source", "host/namespace"),
    *("host/netfilter/backend", "host/netfilter/conntrack", "host/netfilter/legacy", "host/netfilter/nft"),
    *("host/process", "host/source_files", "host/source_tree", "host/streams", "host/tar_members", "host/tar_stream"),
    *("host/terminal", "host/web"),
    *("model/build", "model/build_source", "model/build_words", "model/dockerfile", "model/environment"),
    *("model/errors", "model/ignore", "model/job_names", "model/job_output", "model/link_rules", "model/link_status"),
    *("model/links", "model/names", "model/ports", "model/runtime", "model/source", "model/unit_facts"),
    "model/version",
    *("runtime/build", "runtime/build_artifacts", "runtime/build_dockerfile", "runtime/build_end"),
    *("runtime/build_push", "runtime/build_runtime", "runtime/build_s2i", "runtime/build_scripts"),
    *("runtime/build_source", "runtime/build_work", "runtime/clear", "runtime/client", "runtime/enter"),
    *("runtime/job", "runtime/job_network", "runtime/link", "runtime/link_addresses", "runtime/own"),
    *("runtime/program", "runtime/ready", "runtime/sftp", "runtime/stop"),
    *("store/build_files", "store/files", "store/host_record", "store/job_files", "store/layout"),
    *("store/link_changes", "store/links", "store/lock", "store/pushes", "store/reading", "store/stamp"),
    *("store/started", "store/units", "store/unprepared"),
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
    packages = {"", *(name.rpartition("/")[0] + "/" for name in MODULES)}
    found = {f"{LIBRARY}/_gear/{package}__init__.py": b"" for package in sorted(packages)}
    for name in MODULES:
        folder, _slash, module = name.rpartition("/")
        package = f"{_ROOT}.{folder.replace('/', '.')}"
        found[f"{LIBRARY}/_gear/{name}.py"] = pkgutil.get_data(package, f"{module}.py") or b""
    return found


def program_files() -> dict[str, bytes]:
    """Path -> content of the programs."""
    launchers = {name: _LAUNCHER.format(library=LIBRARY, program=name).encode() for name in program.PROGRAMS}
    programs = {f"{PROGRAMS}/{name}": text for name, text in launchers.items()}
    return {**programs, **script_files(), f"{PROGRAMS}/{START}": TEXT.encode()}
