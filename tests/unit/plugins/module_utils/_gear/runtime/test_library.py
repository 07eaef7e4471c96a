# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library on a host is whole: what the programs may import is in the table and is sent by Ansible."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.geard.core.plugins.module_utils import _gear
from ansible_collections.geard.core.plugins.module_utils._gear.runtime import library, program

ROOT = Path(_gear.__path__[0])


def imports(module: str, tree: ast.AST) -> Iterator[str]:
    """Modules of the library that a module imports anywhere, as host/systemd."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = ROOT.joinpath(*module.split("/")[: -node.level], *(node.module or "").split("."))
            found = [base] if base.with_suffix(".py").exists() else [base / alias.name for alias in node.names]
            yield from (str(path.relative_to(ROOT)) for path in found)


def parsed(module: str) -> ast.Module:
    return ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))


def closure(modules: set[str]) -> set[str]:
    """These modules and all that they may import."""
    found: set[str] = set()
    while todo := modules - found:
        modules |= {name for module in todo for name in imports(module, parsed(module))}
        found |= todo
    return found


def test_the_table_is_what_programs_may_import() -> None:
    assert closure(
        {f"runtime/{module.replace('.', '/')}" for module in ("program", *program.PROGRAMS.values())}
    ) == set(library.MODULES)


def test_ansible_sends_what_is_in_the_table() -> None:
    assert closure({"runtime/library"}) >= set(library.MODULES)


def test_files_are_the_modules() -> None:
    files = library.library_files()
    for module in library.MODULES:
        assert files[f"{library.LIBRARY}/_gear/{module}.py"] == (ROOT / f"{module}.py").read_bytes()
    folders = {path.rpartition("/")[0] for path in files}
    assert {f"{folder}/__init__.py" for folder in folders} <= set(files)
