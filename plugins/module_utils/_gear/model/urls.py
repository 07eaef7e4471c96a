# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places that a task names: files of the host, and URLs with a user and password in them or without."""

from __future__ import annotations

from .errors import InvalidOption

HIDDEN_LOGIN = "(hidden)"
"""What messages have in place of a user and password."""


def check_place(value: object, where: str = "source") -> str:
    """Return the place of a text, an absolute path or an http or https URL; raises InvalidOption."""
    if isinstance(value, str) and value.isprintable():
        scheme, colon, rest = value.partition("://")
        if value.startswith("/") or (colon and rest and scheme.lower() in ("http", "https")):
            return value
    raise InvalidOption(
        where, value, "the absolute path of a file on the host, or an http or https URL, without control characters"
    )


def split_login(url: str) -> tuple[str, str]:
    """A URL without its login, and the login, user:password as it is written there; "" when there is none."""
    scheme, colon, rest = url.partition("://")
    end = min((place for place in map(rest.find, "/?#") if place >= 0), default=len(rest))
    login, _at, host = rest[:end].rpartition("@")
    return f"{scheme}{colon}{host}{rest[end:]}", login


def shown(place: str) -> str:
    """A place as messages may show it: a URL without user, password and query."""
    if place.startswith("/"):
        return place
    scheme, _colon, rest = place.partition("://")
    address, question, _query = rest.partition("?")
    host, slash, path = address.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{'?...' if question else ''}"
