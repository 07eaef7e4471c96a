# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids of jobs and builds, and the keys that stand for them in names of units, containers and folders.

gear-job imports this at each start of a job, so it imports little itself.
"""

from __future__ import annotations

import binascii

from ..errors import InvalidOption

_ALLOWED = "1 to 128 letters, digits and _.:@=+/-"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def check_request_id(value: object, where: str = "request_id") -> str:
    """Return a request id as text; raises InvalidOption. Every id that geard made is valid here too."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and is_request_id(value):
        return value
    raise InvalidOption(where, value, _ALLOWED)


def is_request_id(value: str) -> bool:
    """Whether a text is a valid request id."""
    return 1 <= len(value) <= 128 and value.isascii() and all(c.isalnum() or c in "_.:@=+/-" for c in value)


def key_of(request_id: str) -> str:
    """The key of a request id: base64url of its text without padding, as in geard."""
    return encode(request_id.encode())


def encode(content: bytes) -> str:
    """Base64url without padding."""
    return binascii.b2a_base64(content, newline=False).translate(_TO_URL).rstrip(b"=").decode()


def check_key(key: str) -> str:
    """Return a key; raises ValueError unless key_of() could have made it."""
    text = binascii.a2b_base64(key.encode().translate(_FROM_URL) + b"=" * (-len(key) % 4)).decode("ascii", "replace")
    if key_of(text) != key or not is_request_id(text):
        raise ValueError(f"{key!r} is no key of a job")
    return key
