# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception family of the collection.

Everything that can go wrong for a foreseeable reason is a GearError with a one-line message that says what failed,
where, why and what to do next. ``module.py`` turns it into ``fail_json``; the runtime prints it to the journal.
"""

from __future__ import annotations


class GearError(Exception):
    """A foreseeable failure. Its text is one line for the operator.

    gear: the gear that failed, "" when it is not a single one. began: the host may have been changed before.
    """

    gear = ""
    began = False

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class InvalidOption(GearError):
    """The value of an option is not valid, whatever the host looks like; raised before anything is changed.

    where: the option as the user wrote it, such as ``gears[2].ports``. value: what was given; None and "" count as
    missing. expected: what would be valid, as a noun phrase that follows "expected".
    """

    _lead = "expected "

    def __init__(self, where: str, value: object, expected: str) -> None:
        self.reason = f"{self._lead}{expected}"
        super().__init__(f"{where}: {self._fault(value)}{self.reason}")

    def _fault(self, value: object) -> str:
        return "missing; " if value is None or value == "" else f"{_shown(value)} is not valid; "


class UnusableOption(InvalidOption):
    """The value of an option is valid in itself, and cannot be used here: with other options, or on this host.

    value: what was given; None where the option matters and not its value. expected: the
    reason, and what to do.
    """

    _lead = ""

    def _fault(self, value: object) -> str:
        return "cannot be used: " if value is None else f"{_shown(value)} cannot be used: "


class Described(str):
    """Words that stand for a value in a message, without quotes, where the value is secret or too long to show."""

    def __repr__(self) -> str:
        return str(self)


_KINDS = {
    "bool": "a YAML boolean", "float": "a number with a fraction", "int": "a number", "str": "text", "list": "a list",
    "dict": "a mapping", "NoneType": "an empty value", "date": "a YAML date", "datetime": "a YAML time",
}  # fmt: skip


def kind_of(value: object) -> Described:
    """What kind of value was given, in words of YAML, for a value that may be secret."""
    name = type(value).__name__
    return Described(_KINDS.get(name, name))


def _shown(value: object) -> str:
    """A value as messages show it: as Python writes it, cut when it is long."""
    shown = repr(value)
    return shown if len(shown) <= 120 else f"{shown[:100]}... ({len(shown)} characters)"


class Conflict(GearError):
    """The task needs something that belongs to somebody else: a port, the name of a container, a login."""


class HostNotReady(GearError):
    """The host lacks something that every operation needs: systemd, Docker, the tree, the runtime, a program."""


class MissingLibrary(GearError):
    """A Python library is missing on the host; the message names the distribution package."""

    def __init__(self, library: str, package: str) -> None:
        super().__init__(
            f"the Python library {library} is missing on this host; install the package {package} (role "
            f"geard.core.gear_host does)"
        )


class OperationFailed(GearError):
    """Something outside of our code (systemd, Docker, a disk, a network) refused an operation or did not finish it."""


class Missing(OperationFailed):
    """There is nothing at the place that was to be read."""
