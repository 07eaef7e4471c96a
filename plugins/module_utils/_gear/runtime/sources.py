# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runtime as files: the same library the modules use, written to the host so that it works without Ansible."""

from __future__ import annotations

from types import ModuleType

from ..model.runtime import LIBRARY, PROGRAMS
from . import program

_LAUNCHER = """#!/usr/bin/python3 -IS
# Written by geard.core.gear_host, which replaces this file.
import sys

sys.path.insert(0, "{library}")
from _gear.runtime.program import run

run("{program}")
"""


def _modules() -> list[ModuleType]:
    """Every module of the runtime. Named one by one, so that Ansible sees them and sends them to the host."""
    from ..host import accounts, addresses, docker, docker_socket, journal, namespace, process, sockets, systemd
    from ..host.netfilter import backend, conntrack, legacy, nft
    from ..model import (
        definition,
        docker_command,
        environment,
        errors,
        link_rules,
        link_status,
        links,
        names,
        ports,
        quoting,
        runtime,
        unit,
        unit_facts,
        version,
    )
    from ..store import environments, files, host_record, images, layout, lock, starts, units
    from ..store import links as stored_links
    from ..store import ports as stored_ports
    from . import clear, link, link_addresses, own, ready

    hosts = [accounts, addresses, docker, docker_socket, journal, namespace, process, sockets, systemd]
    netfilter = [backend, conntrack, legacy, nft]
    models = [definition, docker_command, environment, errors, link_rules, link_status, links, names, ports, quoting]
    models += [runtime, unit, unit_facts, version]
    stores = [environments, files, host_record, images, layout, lock, starts, units, stored_links, stored_ports]
    return [*hosts, *netfilter, *models, *stores, clear, link, link_addresses, own, program, ready]


def library_files() -> dict[str, bytes]:
    """Path -> content of the library on the host."""
    packages = ("", "host/", "host/netfilter/", "model/", "runtime/", "store/")
    found = {f"{LIBRARY}/_gear/{package}__init__.py": b"" for package in packages}
    for module in _modules():
        source = module.__loader__.get_source(module.__name__)  # type: ignore[union-attr]
        inside = module.__name__.partition("_gear.")[2].replace(".", "/")
        found[f"{LIBRARY}/_gear/{inside}.py"] = (source or "").encode()
    return found


def program_files() -> dict[str, bytes]:
    """Path -> content of the programs."""
    return {f"{PROGRAMS}/{name}": _LAUNCHER.format(library=LIBRARY, program=name).encode() for name in program.PROGRAMS}
