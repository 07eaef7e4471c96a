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


def shown(source: str) -> str:
    """A source as messages may show it: a URL without its user, password and query."""
    if source.startswith("/"):
        return source
    scheme, _colon, rest = source.partition("://")
    place, question, _query = rest.partition("?")
    host, slash, path = place.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{'?...' if question else ''}"
