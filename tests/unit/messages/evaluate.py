# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an expression of the source can be, with sample values for what only a run would know.

An expression has a list of alternatives. A sample for its name wins; then what is assigned to it, what callers pass,
what a function returns. Alternatives of a text are varied one at a time, so their number adds up and never multiplies.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable
from typing import Any, Callable

from .alternatives import Bare, Unknown, combine, distinct, unknown
from .samples import SAMPLES
from .source import Module, Place, Source, called

_DEEPEST = 24
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_OF_ARGUMENT = ("sorted", "list", "tuple", "set", "iter", "reversed", "dict", "float", "int")
_OF_OBJECT = ("strip", "rstrip", "lstrip", "decode")


class Evaluator:
    """Finds the alternatives of expressions."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._bound: list[dict[str, list[Any]]] = [{}]
        self._open: list[ast.AST] = []

    def values(self, node: ast.AST, place: Place) -> list[Any]:
        """The alternatives of an expression, at least one."""
        sample = self._sample(node, place)
        if sample is not None:
            return sample
        if node in self._open or len(self._open) >= _DEEPEST:
            return unknown(node)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        self._open.append(node)
        try:
            return (distinct(method(node, place)) if method else []) or unknown(node)
        finally:
            self._open.pop()

    def _sample(self, node: ast.AST, place: Place) -> list[Any] | None:
        if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
            return None
        text = ast.unparse(node)
        if isinstance(node, ast.Name) and text in self._bound[-1]:
            return self._bound[-1][text]
        names = [text]
        if isinstance(node, ast.Attribute):
            names.append(f".{node.attr}")
        if isinstance(node, ast.Call):
            names += [f"{ast.unparse(node.func)}()", f"{called(node)}()"]
        folder, file = place.module.name.split("/")[-2:]
        for name in [f"{where}:{name}" for where in (f"{folder}/{file}", file) for name in names] + names:
            if name in SAMPLES:
                return SAMPLES[name]
        return None

    def _constant(self, node: ast.Constant, _place: Place) -> list[Any]:
        return [node.value]

    def _joinedstr(self, node: ast.JoinedStr, place: Place) -> list[Any]:
        parts = [self.values(part, place) for part in node.values] or [[""]]
        return ["".join(map(str, found)) for found in combine(parts)]

    def _formattedvalue(self, node: ast.FormattedValue, place: Place) -> list[Any]:
        form = self.values(node.format_spec, place)[0] if node.format_spec else ""
        found = []
        for value in self.values(node.value, place):
            shown = repr(value) if node.conversion == ord("r") and not isinstance(value, Unknown) else value
            fits = not form or (isinstance(shown, (int, float)) and not isinstance(shown, bool))
            found.append(format(shown, form) if fits else str(shown))
        return found

    def _ifexp(self, node: ast.IfExp, place: Place) -> list[Any]:
        return [*self.values(node.body, place), *self.values(node.orelse, place)]

    def _boolop(self, node: ast.BoolOp, place: Place) -> list[Any]:
        if isinstance(node.op, ast.And):
            return self.values(node.values[-1], place)
        found = [value for part in node.values for value in self.values(part, place)]
        return [value for value in found[:-1] if value] + found[-1:]

    def _binop(self, node: ast.BinOp, place: Place) -> list[Any]:
        apply = _OPERATORS.get(type(node.op))
        pairs = combine([self.values(node.left, place), self.values(node.right, place)])
        try:
            return [apply(left, right) for left, right in pairs] if apply else []
        except TypeError:
            return []

    def _tuple(self, node: ast.Tuple, place: Place) -> list[Any]:
        return list(combine([self.values(item, place) for item in node.elts])) if node.elts else [[]]

    _list = _set = _tuple

    def _dict(self, node: ast.Dict, place: Place) -> list[Any]:
        return [
            {ast.unparse(key) if key else "": self.values(value, place) for key, value in zip(node.keys, node.values)}
        ]

    def _listcomp(self, node: Any, place: Place) -> list[Any]:
        return [[value] for value in self.values(node.elt, place)]

    _generatorexp = _setcomp = _listcomp

    def _starred(self, node: ast.Starred, place: Place) -> list[Any]:
        return self.values(node.value, place)

    def _namedexpr(self, node: ast.NamedExpr, place: Place) -> list[Any]:
        return self.values(node.value, place)

    def _subscript(self, node: ast.Subscript, place: Place) -> list[Any]:
        found: list[Any] = []
        for value in self.values(node.value, place):
            if isinstance(value, dict) and ast.unparse(node.slice) in value:
                found += value[ast.unparse(node.slice)]
            elif isinstance(value, dict):
                found += [item for items in value.values() for item in items]
            elif isinstance(node.slice, ast.Slice):
                found.append(value)
            elif isinstance(value, (list, tuple)) and value:
                found += value
            else:
                found += unknown(node)
        return found

    def _attribute(self, node: ast.Attribute, place: Place) -> list[Any]:
        if isinstance(node.value, ast.Name):
            folder, name = place.module.imports.get(node.value.id, ("", ""))
            module = self.source.modules.get(f"{folder}/{name}.py")
            if module and node.attr in module.globals:
                return self.values(module.globals[node.attr], Place(module, None))
        return unknown(node)

    def _name(self, node: ast.Name, place: Place) -> list[Any]:
        found = self._local(node.id, place) if place.function else []
        if found:
            return found
        module: Module | None = place.module
        name = node.id
        while module and name not in module.globals:
            folder, name = module.imports.get(name, ("", ""))
            module = self.source.modules.get(f"{folder}.py") or self.source.modules.get(f"{folder}/__init__.py")
        return self.values(module.globals[name], Place(module, None)) if module else unknown(node)

    def _local(self, name: str, place: Place) -> list[Any]:
        """What the function assigns to a name, or its callers pass."""
        found: list[Any] = []
        for node in ast.walk(place.function):  # type: ignore[arg-type]
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    found += self._assigned(name, target, node.value, place)
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value:
                found += self._assigned(name, node.target, node.value, place)
            elif isinstance(node, (ast.For, ast.comprehension)):
                found += self._iterated(name, node.target, node.iter, place)
        return found or self._passed(name, place)

    def _assigned(self, name: str, target: ast.expr, value: ast.expr, place: Place) -> list[Any]:
        if isinstance(target, ast.Name):
            return self.values(value, place) if target.id == name else []
        return self._unpacked(name, target, self.values(value, place) if _mentions(target, name) else [])

    def _iterated(self, name: str, target: ast.expr, items: ast.expr, place: Place) -> list[Any]:
        if not _mentions(target, name):
            return []
        found: list[Any] = []
        for value in self.values(items, place):
            if isinstance(value, (list, tuple)):
                found += value if isinstance(target, ast.Name) else self._unpacked(name, target, value)
        return found

    def _unpacked(self, name: str, target: ast.expr, values: Iterable[Any]) -> list[Any]:
        found = []
        for value in values:
            for index, element in enumerate(getattr(target, "elts", [])):
                fits = isinstance(value, (list, tuple)) and len(value) == len(target.elts)  # type: ignore[attr-defined]
                if isinstance(element, ast.Name) and element.id == name and fits:
                    found.append(value[index])
        return found

    def _passed(self, name: str, place: Place) -> list[Any]:
        """What callers pass for a parameter."""
        function = place.function
        if function is None:
            return []
        parameters = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        if name not in parameters and name not in [argument.arg for argument in function.args.kwonlyargs]:
            return []
        found: list[Any] = []
        for caller, call in self.source.calls_of(function, place):
            found += self._argument(name, parameters, call, caller)
        defaults = dict(zip(reversed(parameters), reversed(function.args.defaults)))
        if name in defaults:
            found += self.values(defaults[name], place)
        return found

    def _argument(self, name: str, parameters: list[str], call: ast.Call, place: Place) -> list[Any]:
        for keyword in call.keywords:
            if keyword.arg == name:
                return self._outside(keyword.value, place)
        names = [parameter for parameter in parameters if parameter != "self"]
        if name in names and names.index(name) < len(call.args):
            return self._outside(call.args[names.index(name)], place)
        return []

    def _outside(self, node: ast.expr, place: Place) -> list[Any]:
        self._bound.append({})
        try:
            return self.values(node, place)
        finally:
            self._bound.pop()

    def _call(self, node: ast.Call, place: Place) -> list[Any]:
        name, count = called(node), len(node.args)
        if name == "join" and isinstance(node.func, ast.Attribute):
            separator = str(self.values(node.func.value, place)[0])
            found = self.values(node.args[0], place)
            return [separator.join(map(str, item)) if isinstance(item, (list, tuple)) else item for item in found]
        if name in ("map", "fromkeys") and count > 1:
            return self.values(node.args[1], place)
        if name in _OF_OBJECT and isinstance(node.func, ast.Attribute):
            return self.values(node.func.value, place)
        if name in (*_OF_ARGUMENT, "next", "str", "repr") and count:
            return self._converted(name, self.values(node.args[0], place))
        if name == "Described" and count:
            return [Bare(value) for value in self.values(node.args[0], place)]
        if name == "len":
            return [3]
        if name == "get" and isinstance(node.func, ast.Attribute):
            return self._subscript(ast.Subscript(node.func.value, ast.Constant("")), place)
        return self._returned(node, name, place)

    def _converted(self, name: str, values: Iterable[Any]) -> list[Any]:
        if name == "next":
            return [item for value in values for item in (value if isinstance(value, list) else [value])]
        if name in ("str", "repr"):
            return [str(value) if name == "str" else repr(value) for value in values]
        return list(values)

    def _returned(self, node: ast.Call, name: str, place: Place) -> list[Any]:
        """What a function of ours returns or yields for these arguments."""
        found: list[Any] = []
        for module, function in self.source.definitions(node, place):
            parameters = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
            bound = {parameter: self._argument(parameter, parameters, node, place) for parameter in parameters}
            self._bound.append({key: value for key, value in bound.items() if value})
            try:
                inside = Place(module, function)
                for part in ast.walk(function):
                    if isinstance(part, (ast.Return, ast.Yield, ast.YieldFrom)) and part.value:
                        found += self.values(part.value, inside)
            finally:
                self._bound.pop()
        return [value for value in found if value is not None]


def _mentions(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))
