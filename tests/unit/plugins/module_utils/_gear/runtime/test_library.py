# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library on a host is whole: gear_host is sent with all that modules and programs may import."""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.geard.core.plugins.module_utils import _gear
from ansible_collections.geard.core.plugins.module_utils._gear.model.runtime import CURRENT, LIBRARY, PROGRAMS
from ansible_collections.geard.core.plugins.module_utils._gear.runtime import library, program

ROOT = Path(_gear.__path__[0])
MODULES = ROOT.parents[1] / "modules"
PACKAGE = _gear.__name__.split(".")


def imports(path: Path) -> Iterator[Path]:
    """Files of the library that a file imports anywhere, in code that never runs as well, as Ansible sees it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        words = (node.module or "").split(".")
        if node.level:
            base = path.parents[node.level - 1].joinpath(*words)
        elif words[: len(PACKAGE)] == PACKAGE:
            base = ROOT.joinpath(*words[len(PACKAGE) :])
        else:
            continue
        names = [base.with_suffix(".py"), *(base / f"{alias.name}.py" for alias in node.names)]
        yield from (name for name in names if name.exists())


def reachable(paths: set[Path]) -> set[Path]:
    """Files of the library that these import, and those import in turn."""
    found: set[Path] = set()
    todo = {name for path in paths for name in imports(path)}
    while todo:
        found |= todo
        todo = {name for path in todo for name in imports(path)} - found
    return found


def test_gear_host_is_sent_with_all_that_modules_and_programs_import() -> None:
    needed = reachable(set(MODULES.glob("gear_*.py"))) | reachable({ROOT / "runtime" / "program.py"})
    needed |= {ROOT.joinpath("runtime", *name.split(".")).with_suffix(".py") for name in program.PROGRAMS.values()}
    missing = needed - reachable({MODULES / "gear_host.py"})
    assert sorted(str(path.relative_to(ROOT)) for path in missing) == []
    assert len(needed) > 100


def test_the_library_is_all_that_is_there() -> None:
    files = library.library_files()
    assert files == {str(path.relative_to(ROOT)): path.read_bytes() for path in ROOT.rglob("*.py")}


def test_the_manifest_has_size_and_checksum_of_each_file() -> None:
    line = f"model/a.py 3 {zlib.crc32(b'abc')}\n"
    assert library.manifest({"model/a.py": b"abc", "__init__.py": b""}) == f"__init__.py 0 0\n{line}"


def test_programs_follow_the_link_to_the_library_once() -> None:
    files = library.program_files()
    for name in program.PROGRAMS:
        text = files[f"{PROGRAMS}/{name}"].decode()
        assert f'sys.path.insert(0, "{LIBRARY}/" + posix.readlink("{CURRENT}"))' in text
        assert text.endswith(f'run("{name}")\n')
