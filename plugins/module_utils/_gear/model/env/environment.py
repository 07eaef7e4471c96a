# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments: which variables there can be, and the file in which ``docker run --env-file`` reads them."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Described, InvalidOption, UnusableOption, kind_of

MAX_LINE = 65535
"""Bytes of one line NAME=value: the Docker client fails at a line of 64 KiB (bufio.Scanner)."""

MAX_FILE = 1 << 20
"""Bytes of one environment: the kernel starts no program with much more (execve(2))."""


def check_variable(name: object, value: object, where: str = "env") -> tuple[str, str]:
    """A variable as it reaches the container; raises InvalidOption for one that could not arrive unchanged.

    Messages never show the value: it may be a secret.
    """
    if (
        not isinstance(name, str)
        or not name
        or "=" in name
        or any(c.isspace() or c == "\0" for c in name)
        or name[0] in "#\ufeff"  # the client takes the one for a comment, and drops the other at the file's beginning
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
    """Check every variable, and the size of all together; raises InvalidOption."""
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
    """The content of the file: a line NAME=value for each variable, without quotes, sorted by name."""
    return "".join(f"{name}={variables[name]}\n" for name in sorted(variables)).encode("utf-8", "surrogateescape")


def parse(content: bytes) -> dict[str, str]:
    """Read the file as the Docker client does. Of a repeated name the last value counts."""
    variables = {}
    for line in content.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n"):
        # The client drops blanks before a name and one carriage return at the end of a line, and nothing else.
        name, equals, value = (line[:-1] if line.endswith("\r") else line).lstrip().partition("=")
        if equals and name and not name.startswith("#"):
            variables[name] = value
    return variables


def describe_change(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What changes, by names only: ``+ADDED ~CHANGED -REMOVED``. Values are secrets."""
    words = [f"+{name}" for name in sorted(after.keys() - before.keys())]
    words += [f"~{name}" for name in sorted(after.keys() & before.keys()) if after[name] != before[name]]
    words += [f"-{name}" for name in sorted(before.keys() - after.keys())]
    return " ".join(words)


def hidden_value(name: str, variables: Mapping[str, str], before: Mapping[str, str] | None) -> str:
    """What a diff shows instead of a value: whether it differs from the value before, if there was one."""
    changed = before is not None and name in before and before[name] != variables[name]
    return "(hidden, changed)" if changed else "(hidden)"
