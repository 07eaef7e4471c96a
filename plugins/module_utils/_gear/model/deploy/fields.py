# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading mappings of a descriptor by the names of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..checks import check_flag
from ..errors import InvalidOption, UnusableOption, kind_of
from ..numbers import check_number


class Fields:
    """A mapping that is read by its fields' names, in any case. Fields that nobody read are unknown: close() warns."""

    def __init__(self, value: object, place: str, warnings: list[str]) -> None:
        if not isinstance(value, Mapping):
            raise InvalidOption(place, kind_of(value), "a mapping of fields")
        self.place, self._warnings = place, warnings
        self._values: dict[str, Any] = {}
        for key, item in value.items():
            name = str(key).lower().replace("_", "")
            if name in self._values:
                raise UnusableOption(place, key, "this field is given twice; upper and lower case do not matter")
            self._values[name] = item
        self._asked: set[str] = set()
        self._names = {str(key).lower().replace("_", ""): str(key) for key in value}

    def at(self, name: str) -> str:
        """The place of a field, as messages name it."""
        return f"{self.place}.{self._names.get(name, name)}"

    def raw(self, name: str) -> Any:
        """A field's value, None when it is missing."""
        self._asked.add(name)
        return self._values.get(name)

    def text(self, name: str, default: str = "") -> str:
        """A field that is text; raises InvalidOption."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise InvalidOption(self.at(name), value, "text; put it in quotes")
        return value

    def flag(self, name: str) -> bool:
        """A field that is true or false, false when it is missing; raises InvalidOption."""
        value = self.raw(name)
        return False if value is None else check_flag(value, self.at(name))

    def number(self, name: str, low: int, high: int, default: int = 0) -> int:
        """A field that is a whole number from low to high; raises InvalidOption."""
        value = self.raw(name)
        if isinstance(value, str):  # in a file, unlike in an option, a number has no quotes
            raise InvalidOption(self.at(name), value, f"a whole number from {low} to {high}")
        return default if value is None else check_number(value, self.at(name), low, high)

    def items(self, name: str) -> Iterator[tuple[Any, str]]:
        """The items of a field that is a list, each with its place; raises InvalidOption."""
        value = self.raw(name)
        if value is None:
            return
        if isinstance(value, (str, Mapping)) or not isinstance(value, Sequence):
            raise InvalidOption(self.at(name), value, "a list of values")
        for index, item in enumerate(value):
            yield item, f"{self.at(name)}[{index}]"

    def close(self) -> None:
        """Warn of the fields that nobody read."""
        unknown = sorted(self._values.keys() - self._asked)
        self._warnings.extend(f"{self.at(name)}: unknown field, ignored" for name in unknown)
