# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the code keeps its shape: layers, sizes, and what a module imports."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GEAR = "plugins/module_utils/_gear"
# From the bottom up. A layer uses itself and what is below.
LAYERS = ("model", "host", "store", "operations")
MOST_FUNCTION_LINES = 77
MOST_CODE_LINES = 600
MOST_IMPORTED_BYTES = 100_000


def _python_files(root: Path) -> Iterator[Path]:
    for folder in ("plugins", "tests"):
        for path in sorted((root / folder).rglob("*.py")):
            if "output" not in path.parts:
                yield path


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def function_length(root: Path) -> Iterator[str]:
    """Functions stay short enough to be read at once."""
    for path in _python_files(root):
        for node in ast.walk(_parse(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    yield f"{path.relative_to(root)}:{node.lineno}: {node.name} has {lines} lines"


def file_length(root: Path) -> Iterator[str]:
    """Files stay short enough to be about one thing; the documentation of a module does not count."""
    for path in _python_files(root):
        tree = _parse(path)
        total = len(path.read_text(encoding="utf-8").splitlines())
        texts = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
        code = total - sum((text.end_lineno or text.lineno) - text.lineno for text in texts)
        if code > MOST_CODE_LINES:
            yield f"{path.relative_to(root)}: {code} lines, at most {MOST_CODE_LINES}"


def layers(root: Path) -> Iterator[str]:
    """Imports go from the top down."""
    for rank, layer in enumerate(LAYERS):
        above = LAYERS[rank + 1 :]
        for path in sorted((root / GEAR / layer).rglob("*.py")):
            for imported in _imports(root, path, ast.walk(_parse(path))):
                used = imported.relative_to(root / GEAR).parts[0] if imported.is_relative_to(root / GEAR) else ""
                if used in above:
                    yield f"{path.relative_to(root)}: {layer} imports from {used}, which is above it"


def imported_size(root: Path) -> Iterator[str]:
    """A module loads little: Ansible compiles what it imports with every task."""
    for module in sorted((root / "plugins" / "modules").glob("*.py")):
        loaded: set[Path] = set()
        waiting = [module]
        while waiting:
            path = waiting.pop()
            for imported in _imports(root, path, _executed(_parse(path).body)):
                if imported not in loaded:
                    loaded.add(imported)
                    waiting.append(imported)
        size = sum(path.stat().st_size for path in loaded)
        if size > MOST_IMPORTED_BYTES:
            largest = sorted(loaded, key=lambda path: path.stat().st_size, reverse=True)[:5]
            names = ", ".join(f"{path.parent.name}/{path.name}" for path in largest)
            yield (
                f"{module.relative_to(root)}: imports {size} bytes of ours, "
                f"at most {MOST_IMPORTED_BYTES}; largest: {names}"
            )


def _executed(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The statements that run when a file is imported."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _executed(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from _executed(getattr(node, part, []))


def _imports(root: Path, path: Path, nodes: Iterator[ast.AST]) -> Iterator[Path]:
    """The files of this collection that the nodes import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from _files(root, [alias.name.split(".") for alias in node.names])
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").split(".") if node.module else []
            if node.level:
                package = ["ansible_collections", "geard", "core", *path.parent.relative_to(root).parts]
                base = [*package[: len(package) - node.level + 1], *base]
            yield from _files(root, [base, *([*base, alias.name] for alias in node.names)])


def _files(root: Path, names: list[list[str]]) -> Iterator[Path]:
    for name in names:
        if name[:3] != ["ansible_collections", "geard", "core"] or len(name) == 3:
            continue
        file = root.joinpath(*name[3:]).with_suffix(".py")
        package = root.joinpath(*name[3:], "__init__.py")
        yield from (found for found in (file, package) if os.path.exists(found))


CHECKS = (function_length, file_length, layers, imported_size)
