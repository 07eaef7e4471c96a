# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments: what a variable may be, and the file that carries them to ``docker run --env-file`` byte for byte."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Described, InvalidOption, UnusableOption, kind_of

MAX_LINE = 65535
"""Bytes of one NAME=value line: the Docker client reads env files through a scanner that fails at 64 KiB."""

MAX_FILE = 1 << 20
"""Bytes of one environment: the kernel refuses to start programs with much more (execve(2))."""


def check_variable(name: object, value: object, where: str = "env") -> tuple[str, str]:
    """Return name and value as they will reach the container; raise InvalidOption for what could not arrive unchanged.

    Values are never part of a message: they may be secrets.
    """
    if (
        not isinstance(name, str)
        or not name
        or "=" in name
        or any(c.isspace() or c == "\0" for c in name)
        or name[0] in "#\ufeff"
    ):
        raise InvalidOption(
            where,
            name,
            "the name of a variable: not empty, without '=', white space and NUL, and not beginning with '#'",
        )
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    place = f"{where}.{name[:100]}"
    if not isinstance(value, str):
        raise InvalidOption(place, kind_of(value), "text or a whole number; put the value in quotes")
    if "\0" in value or "\n" in value:
        raise UnusableOption(
            place, Described("the value"), "it has a newline or NUL, which Docker's env files cannot carry"
        )
    if value.endswith("\r"):
        raise UnusableOption(
            place, Described("the value"), "it ends with a carriage return, which the Docker client would drop"
        )
    try:
        size = len(name.encode()) + len(value.encode()) + 1
    except UnicodeEncodeError:
        raise UnusableOption(
            place, Described("the value"), "name or value is not valid UTF-8, which the Docker client requires"
        ) from None
    if size > MAX_LINE:
        raise UnusableOption(
            place, Described("the value"), f"name and value have {size} bytes; at most {MAX_LINE} are possible"
        )
    return name, value


def check_environment(variables: object, where: str = "env") -> dict[str, str]:
    """Check every variable and the size of the whole; raise InvalidOption."""
    if not isinstance(variables, Mapping):
        raise InvalidOption(where, kind_of(variables), "a mapping of names to values")
    checked = dict(check_variable(name, value, where) for name, value in variables.items())
    size = len(render(checked))
    if size > MAX_FILE:
        raise UnusableOption(
            where, Described("this environment"), f"it has {size} bytes; at most {MAX_FILE} are possible"
        )
    return checked


def render(variables: Mapping[str, str]) -> bytes:
    """The file's content: one NAME=value line each, unquoted, sorted by name."""
    return "".join(f"{name}={variables[name]}\n" for name in sorted(variables)).encode("utf-8", "surrogateescape")


def parse(content: bytes) -> dict[str, str]:
    """Read an environment file as the Docker client does; of a repeated name the last value counts."""
    variables = {}
    for line in content.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n"):
        name, equals, value = (line[:-1] if line.endswith("\r") else line).lstrip().partition("=")
        if equals and name and not name.startswith("#"):
            variables[name] = value
    return variables
