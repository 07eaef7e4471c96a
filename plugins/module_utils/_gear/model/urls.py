# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a text lies that a task names: a file of the host, or an http or https address."""

from __future__ import annotations

from .errors import InvalidOption


def check_source(value: object, where: str = "source") -> str:
    """Return a source if it is one; raises InvalidOption."""
    if isinstance(value, str) and value.isprintable():
        scheme, colon, rest = value.partition("://")
        if value.startswith("/") or (colon and rest and scheme.lower() in ("http", "https")):
            return value
    raise InvalidOption(
        where, value, "the absolute path of a file on the host, or an http or https URL, without control characters"
    )


def split_login(url: str) -> tuple[str, str]:
    """A URL without the user and password in it, and these as they are written there; both may be empty."""
    scheme, colon, rest = url.partition("://")
    end = min((place for place in map(rest.find, "/?#") if place >= 0), default=len(rest))
    login, _at, host = rest[:end].rpartition("@")
    return f"{scheme}{colon}{host}{rest[end:]}", login


def with_login(url: str, login: str) -> str:
    """The same the other way round."""
    return url.replace("://", f"://{login}@", 1) if login else url


def shown(source: str) -> str:
    """A source as messages may show it: a URL without its user, password and query."""
    if source.startswith("/"):
        return source
    scheme, _colon, rest = source.partition("://")
    place, question, _query = rest.partition("?")
    host, slash, path = place.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{'?...' if question else ''}"
