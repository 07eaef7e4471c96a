# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception family of the collection.

Everything that can go wrong for a foreseeable reason is a GearError with a one-line message that says what failed,
where, why and what to do next. ``module.py`` turns it into ``fail_json``; the runtime prints it to the journal.
"""

from __future__ import annotations


class GearError(Exception):
    """A foreseeable failure; its text is one line for the operator.

    gear is the one of a task whose fault it is, if it is one's; began says that the host may have been changed before.
    """

    gear = ""
    began = False

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class InvalidOption(GearError):
    """An option's value is refused before anything is changed.

    ``where`` is the option as the user wrote it, ``allowed`` says what would be accepted.
    """

    def __init__(self, where: str, value: object, allowed: str) -> None:
        shown = repr(value)
        if len(shown) > 120:
            shown = f"{shown[:100]}... ({len(shown)} characters)"
        super().__init__(f"{where}: {shown} is refused: {allowed}")
        self.allowed = allowed


class Conflict(GearError):
    """What was asked for belongs to someone else: a port, a container name, a login."""


class HostNotReady(GearError):
    """The host lacks something every operation needs: systemd, Docker, the prepared tree, the runtime."""


class MissingLibrary(GearError):
    """A Python library is missing on the host; the message names the distribution package."""

    def __init__(self, library: str, package: str) -> None:
        super().__init__(
            f"the Python library {library} is missing on this host; install the package {package} (role "
            f"geard.core.gear_host does)"
        )


class OperationFailed(GearError):
    """The outside world (systemd, Docker, the disk) refused or did not finish an operation."""
