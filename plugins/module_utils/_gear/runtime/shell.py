# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and paths as text for the shell, from the same functions that modules use: programs in both agree on them."""

from __future__ import annotations

from typing import Any


class Variable(str):
    """A shell variable in the place of a name: ``Layout().key(Variable("id"))`` is the path of a key in shell.

    The one part that paths need of a name, its first two characters (model.names.partition), is cut off by the shell.
    """

    name: str

    def __new__(cls, name: str) -> Variable:
        variable = super().__new__(cls, f"${name}")
        variable.name = name
        return variable

    def __getitem__(self, part: Any) -> str:
        if part != slice(None, 2):
            raise ValueError(f"the shell has no text for the part {part} of a variable")
        return f'${{{self.name}%"${{{self.name}#??}}"}}'


def fill(template: str, **words: str) -> str:
    """A program from its template: ``@word@`` stands for what words has under this name."""
    for word, text in words.items():
        template = template.replace(f"@{word}@", text)
    return template
