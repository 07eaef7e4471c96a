# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's source as a table of modules, functions and calls, read without importing any of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

ROOT = Path(__file__).parents[3]
FOLDERS = ("plugins/action", "plugins/module_utils", "plugins/modules")

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


@dataclass
class Module:
    """One file: its name from the root of the collection, and what its top level defines and imports."""

    name: str
    tree: ast.Module
    globals: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, list[Function]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where an expression stands. A class body counts for nothing, a nested function for its own."""

    module: Module
    function: Function | None


@dataclass
class Source:
    """All modules, and every call by the last part of the name that is called."""

    modules: dict[str, Module]
    calls: dict[str, list[tuple[Place, ast.Call]]]
    bases: dict[str, str]

    def is_error(self, name: str) -> bool:
        """Whether a class of this name descends from GearError."""
        while name != "GearError" and name in self.bases:
            name = self.bases[name]
        return name == "GearError"

    def calls_of(self, function: Function, place: Place) -> list[tuple[Place, ast.Call]]:
        """Every call of a function, those in its own module first."""
        calls = self.calls.get(function.name, [])
        near = [(caller, call) for caller, call in calls if caller.module is place.module]
        if function.name.startswith("_"):
            return near
        far = [(caller, call) for caller, call in calls if _imports(caller.module, call, function.name, place.module)]
        return near + far

    def definitions(self, node: ast.Call, place: Place) -> list[tuple[Module, Function]]:
        """The functions of the plugins that a call can mean."""
        name = called(node)
        module: Module | None = place.module
        if name not in place.module.functions:
            folder, _name = place.module.imports.get(name, ("", ""))
            module = self.modules.get(f"{folder}.py")
            if module is None and isinstance(node.func, ast.Attribute):
                folder, stem = place.module.imports.get(ast.unparse(node.func.value), ("", ""))
                module = self.modules.get(f"{folder}/{stem}.py")
        return [(module, found) for found in module.functions.get(name, [])] if module else []


def read(root: Path = ROOT) -> Source:
    """Read every Python file of the plugins."""
    source = Source({}, {}, {})
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            module = Module(name, ast.parse(path.read_bytes()))
            source.modules[name] = module
            _index(source, module)
    return source


def called(call: ast.Call) -> str:
    """The last part of the name that is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _index(source: Source, module: Module) -> None:
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            module.globals[statement.targets[0].id] = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            module.globals[statement.target.id] = statement.value
    for place, node in nodes(module):
        if isinstance(node, ast.ClassDef) and node.bases:
            base = node.bases[0]
            source.bases[node.name] = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            module.functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Call):
            source.calls.setdefault(called(node), []).append((place, node))
        elif isinstance(node, ast.ImportFrom) and node.level:
            folder = Path(module.name).parents[node.level - 1].joinpath(*(node.module or "").split("."))
            for alias in node.names:
                module.imports[alias.asname or alias.name] = (folder.as_posix(), alias.name)


def nodes(module: Module) -> Iterator[tuple[Place, ast.AST]]:
    """Every node with its place, in the order of the file."""
    return _below(module.tree, Place(module, None))


def _below(node: ast.AST, place: Place) -> Iterator[tuple[Place, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield place, child
        inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from _below(child, Place(place.module, child) if inside else place)  # type: ignore[arg-type]


def _imports(caller: Module, call: ast.Call, name: str, module: Module) -> bool:
    """Whether what a call in another module names comes from this one."""
    if isinstance(call.func, ast.Attribute):
        folder, stem = caller.imports.get(ast.unparse(call.func.value), ("", ""))
        return f"{folder}/{stem}.py" == module.name
    return f"{caller.imports.get(name, ('', ''))[0]}.py" == module.name
