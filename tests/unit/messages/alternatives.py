# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alternatives: the values that an expression can have, as lists."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

MOST = 40


class Bare(str):
    """A text that messages show without quotes."""

    def __repr__(self) -> str:
        return str(self)


_ID = "3f1c9a"
_IMAGE_ID = "sha256:5d0da3dc9764"
_REASON = ["Permission denied"]


class Unknown(str):
    """Stands for what has no sample; its text is the expression in angle brackets."""


def unknown(node: ast.AST) -> list[Any]:
    return [Unknown(f"<{ast.unparse(node)}>")]


def combine(parts: Sequence[Sequence[Any]]) -> Iterator[list[Any]]:
    """The first alternative of each part, then each further alternative of one part with the first of the others."""
    first = [part[0] for part in parts]
    yield first
    for index, part in enumerate(parts):
        for other in part[1:]:
            yield [*first[:index], other, *first[index + 1 :]]


def distinct(found: Iterable[Any]) -> list[Any]:
    """Alternatives without repetition, at most MOST of them."""
    known: dict[str, Any] = {}
    for value in found:
        known.setdefault(f"{type(value).__name__}{value!r}", value)
    return list(known.values())[:MOST]
