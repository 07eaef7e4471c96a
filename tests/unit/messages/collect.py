# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which expressions are messages: errors of our family, warnings, items' msg, what programs print on standard error."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .alternatives import combine, distinct
from .evaluate import Evaluator
from .source import ROOT, Place, Source, called, nodes, read

ERRORS = "plugins/module_utils/_gear/model/errors.py"
ABOUT = "# Every message of the collection with sample values. Written by: python3 -m tests.unit.messages"
_PARTS = ("ValueError", "ReadError", "EOFError")
_SHELL = re.compile(r"""\brefuse (?:"((?:[^"\\]|\\.)*)"|'([^']*)')""")


@dataclass(frozen=True)
class Message:
    """One text that a person can see; a part stands in another message."""

    file: str
    function: str
    kind: str
    text: str


def messages(source: Source | None = None) -> list[Message]:
    """Every message of the collection, in the order of files and lines, rendered with sample values."""
    source = source or read()
    collector = _Collector(source)
    return [message for module in source.modules.values() for message in dict.fromkeys(collector.of(module.name))]


class _Collector:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.evaluator = Evaluator(source)
        self.errors = _load_errors()

    def of(self, name: str) -> Iterator[Message]:
        for place, node in nodes(self.source.modules[name]):
            for kind, text in self._texts(node, place):
                yield Message(name, place.function.name if place.function else "", kind, str(text))

    def _texts(self, node: ast.AST, place: Place) -> Iterator[tuple[str, Any]]:
        if isinstance(node, ast.Call):
            yield from self._of_call(node, place)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if isinstance(key, ast.Constant) and key.value in ("msg", "error"):
                    yield from (("msg", text) for text in self._values(value, place) if text)
        elif isinstance(node, ast.Assign) and _keeps_failure(node.targets[0]):
            yield from (("failure", text) for text in self._values(node.value, place) if text)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\nrefuse() {" in node.value:
            yield from (("refuse", double or single) for double, single in _SHELL.findall(node.value))

    def _values(self, node: ast.expr, place: Place) -> list[Any]:
        """The alternatives of a text; none for the text of an error, which stands where it is raised."""
        return [] if ast.unparse(node) in ("str(error)", "error") else self.evaluator.values(node, place)

    def _of_call(self, node: ast.Call, place: Place) -> Iterator[tuple[str, Any]]:
        name = called(node)
        if self.source.is_error(name):
            yield from ((name, text) for text in self._error(name, node, place))
        elif name in _PARTS and node.args:
            yield from (("part", text) for text in self._values(node.args[0], place))
        elif (name in ("warn", "say", "AnsibleActionFail") or ast.unparse(node.func) == "module.fail") and node.args:
            yield from ((name, text) for text in self._values(node.args[0], place))
        elif name == "write" and "stderr" in ast.unparse(node.func):
            yield from (("stderr", str(text).rstrip("\n")) for text in self._values(node.args[0], place))
        elif name == "append" and "problems" in ast.unparse(node.func):
            yield from (("problem", text) for text in self._values(node.args[0], place))
        elif name == "failed" and node.args:
            yield from (("link", text) for text in self._values(node.args[0], place))
        for keyword in node.keywords:
            if keyword.arg in ("error", "refusal") and not isinstance(keyword.value, ast.Name):
                yield from ((keyword.arg, text) for text in self._values(keyword.value, place) if text)

    def _error(self, name: str, node: ast.Call, place: Place) -> Iterator[str]:
        """The text of an error as its class renders it; classes elsewhere only add fields to a message."""
        while not hasattr(self.errors, name):
            name = self.source.bases[name]
        kind = getattr(self.errors, name)
        arguments = [self.evaluator.values(argument, place) for argument in node.args]
        count = kind.__init__.__code__.co_argcount - 1
        arguments[0] = [given for given in arguments[0] if given] or arguments[0]
        for found in distinct(combine(arguments[:count])):
            yield str(kind(*found))


def _keeps_failure(target: ast.expr) -> bool:
    """Whether an assignment keeps a failure for a result: failures[name], plan.failure, ended["error"]."""
    if isinstance(target, ast.Subscript):
        key = target.slice
        return ast.unparse(target.value).endswith("failures") or (
            isinstance(key, ast.Constant) and key.value == "error"
        )
    return isinstance(target, ast.Attribute) and target.attr == "failure"


def _load_errors() -> Any:
    spec = importlib.util.spec_from_file_location("gear_errors", ROOT / ERRORS)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(ERRORS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def render(found: list[Message]) -> str:
    """The text file that people read."""
    copyright_lines = Path(__file__).read_text(encoding="utf-8").splitlines()[:2]
    lines = [*copyright_lines, "#", ABOUT]
    file = ""
    for message in found:
        if message.file != file:
            file = message.file
            lines += ["", file]
        part = "... " if message.kind == "part" else ""
        lines.append(f"    {message.kind}: {part}{message.text}")
    return "\n".join(lines) + "\n"
