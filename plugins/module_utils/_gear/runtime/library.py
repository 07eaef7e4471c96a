# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library and the programs of a host, as files: what units and sshd call, and modules import, on that host."""

from __future__ import annotations

import pkgutil
import sys
import zlib
from collections.abc import Iterator, Mapping

from ..model.runtime import CURRENT, LIBRARY, PROGRAMS
from . import program
from .access.scripts import script_files
from .container.start import START, TEXT

_ROOT = __package__.rpartition(".")[0]
_LAUNCHER = """#!/usr/bin/python3 -IS
# Written by geard.core.gear_host, which replaces this file.
import posix
import sys

# The link is followed once: a program that starts while the library changes runs from the old one or the new one.
sys.path.insert(0, "{library}/" + posix.readlink("{current}"))
from _gear.runtime.program import run

run("{program}")
"""


def library_files() -> dict[str, bytes]:
    """Name -> content of every file of the library, from the zip file that Ansible sent or from a folder."""
    root = sys.modules[_ROOT].__path__[0]
    return {name: pkgutil.get_data(_ROOT, name) or b"" for name in _names(root, "")}


def _names(root: str, folder: str) -> Iterator[str]:
    yield f"{folder}__init__.py"
    for item in pkgutil.iter_modules([f"{root}/{folder}".rstrip("/")]):
        if item.ispkg:
            yield from _names(root, f"{folder}{item.name}/")
        else:
            yield f"{folder}{item.name}.py"


def manifest(files: Mapping[str, bytes]) -> str:
    """A line for each file: its name, size and checksum, which the zip files that Ansible sends hold as well."""
    return "".join(f"{name} {len(content)} {zlib.crc32(content)}\n" for name, content in sorted(files.items()))


def program_files() -> dict[str, bytes]:
    """Path -> content of the programs."""
    launchers = {
        name: _LAUNCHER.format(library=LIBRARY, current=CURRENT, program=name).encode() for name in program.PROGRAMS
    }
    programs = {f"{PROGRAMS}/{name}": text for name, text in launchers.items()}
    return {**programs, **script_files(), f"{PROGRAMS}/{START}": TEXT.encode()}
