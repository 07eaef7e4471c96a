# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of gears, environments and repositories, and the names derived from them (geard-compatible)."""

from __future__ import annotations

from .errors import InvalidOption

SHORTEST, LONGEST = 2, 24
"""Number of characters of a name."""

SIGNS = "_.-"
"""What a name may hold beside letters and digits, and not begin with."""

_ALLOWED = "2 to 24 characters from a-z A-Z 0-9 _ . -, the first one a letter or digit, without a systemd unit's suffix"
_UNIT_KINDS = (
    *(".service", ".socket", ".target", ".mount", ".automount", ".path"),
    *(".timer", ".slice", ".scope", ".device", ".swap"),
)

_UNIT = r"[a-zA-Z0-9:_.@\\-]{1,240}\.[a-z]+"
_SLICE = r"[a-zA-Z0-9_.][a-zA-Z0-9_.:]*(-[a-zA-Z0-9_.:]+)*"

LOGIN_COMMENTS = {"ctr-": "Container user", "git-": "Repository user"}
"""Comments that mark a login as a gear's or a repository's, as in geard. Other logins are never changed or let in."""

LOGIN_GROUP = "gear-logins"
"""The group of all gears' logins. sudo lets its members enter their own gears."""

GEAR_LABEL = "io.geard.gear"
"""Label of a gear's container, with the gear's name. The runtime removes no container without it."""


def is_name(value: object) -> bool:
    """Whether this can be the name of a gear, repository or environment.

    A name with the suffix of a unit is not valid: in requires, wants and after it would mean that unit.
    """
    if (
        not isinstance(value, str)
        or not SHORTEST <= len(value) <= LONGEST
        or not value.isascii()
        or not value[0].isalnum()
    ):
        return False
    return all(c.isalnum() or c in SIGNS for c in value) and not value.endswith(_UNIT_KINDS)


def check_name(value: object, where: str = "name") -> str:
    """Return the name; raises InvalidOption when it is not valid."""
    if isinstance(value, str) and is_name(value):
        return value
    if isinstance(value, str) and len(value) > LONGEST:
        raise InvalidOption(where, value, f"{SHORTEST} to {LONGEST} characters, and it has {len(value)}")
    raise InvalidOption(where, value, _ALLOWED)


def partition(name: str) -> str:
    """The folder between, which keeps folders small: the first two characters of the name."""
    return name[:2]


def unit_name(name: str) -> str:
    """The systemd unit of a gear."""
    return f"ctr-{name}.service"


def gear_of_unit(unit: str) -> str | None:
    """The gear of a unit, None for any other unit."""
    if unit.startswith("ctr-") and unit.endswith(".service") and is_name(unit[4:-8]):
        return unit[4:-8]
    return None


def login_name(name: str) -> str:
    """The login of a gear that is isolated or that keys open."""
    return f"ctr-{name}"


def repository_login(name: str) -> str:
    """The login that owns a repository."""
    return f"git-{name}"


def owner_of_login(login: str, comment: str) -> str | None:
    """The gear or repository of a login, None for any other login, even if its name looks like theirs."""
    is_ours = comment.partition(",")[0] == LOGIN_COMMENTS.get(login[:4]) and is_name(login[4:])
    return login[4:] if is_ours else None


def check_slice(value: object, where: str = "slice") -> str:
    """Return the name of a slice without its suffix; raises InvalidOption. ``a-b`` lies in ``a`` (systemd.slice(5))."""
    import re  # as in dependency_unit()

    text = value[:-6] if isinstance(value, str) and value.endswith(".slice") else value
    if isinstance(text, str) and len(text) <= 200 and re.fullmatch(_SLICE, text):
        return text
    raise InvalidOption(
        where, value, "the name of a slice, such as container-small, without a slash and without empty parts"
    )


def slice_path(name: str) -> str:
    """Path of a slice in the tree of cgroups: ``a.slice/a-b.slice`` for ``a-b``."""
    parts = name.split("-")
    return "/".join("-".join(parts[: end + 1]) + ".slice" for end in range(len(parts)))


def dependency_unit(value: object, where: str) -> str:
    """The unit that an item of requires, wants or after means: its full name, or a gear's; raises InvalidOption."""
    import re  # not at the top: programs that run at each start of a gear import this file

    if is_name(value):
        return unit_name(str(value))
    if isinstance(value, str) and value.endswith(_UNIT_KINDS) and re.fullmatch(_UNIT, value):
        return value
    raise InvalidOption(where, value, "a unit such as postgresql.service, or the name of a gear")
