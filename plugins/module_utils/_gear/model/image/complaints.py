# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Docker says of a registry, in words that tell an operator what to do."""

from __future__ import annotations

_NO_SUCH_IMAGE = "its registry has no such image"
_KNOWN = (
    ("no such host", "its registry could not be found (name lookup failed)"),
    ("name resolution", "its registry could not be found (name lookup failed)"),
    ("server misbehaving", "its registry could not be found (name lookup failed)"),
    ("connection refused", "its registry does not answer (connection refused)"),
    ("i/o timeout", "its registry did not answer in time"),
    ("client.timeout", "its registry did not answer in time"),
    ("deadline exceeded", "its registry did not answer in time"),
    ("no route to host", "its registry cannot be reached (no route to host)"),
    ("x509:", "the certificate of its registry is not trusted"),
    (
        "http response to https client",
        "its registry has no TLS; list it in insecure-registries in daemon.json",
    ),
    ("manifest unknown", _NO_SUCH_IMAGE),
    ("manifest for ", _NO_SUCH_IMAGE),
    ("name unknown", _NO_SUCH_IMAGE),
    ("access denied", f"{_NO_SUCH_IMAGE}, or root needs to log in to it ('docker login')"),
    ("unauthorized", "root needs to log in to its registry ('docker login')"),
    ("no basic auth credentials", "root needs to log in to its registry ('docker login')"),
)
_LONGEST = 300


def why_no_image(complaint: str) -> str:
    """Why a registry gives no image, in one line: what is known of such a complaint, and the complaint itself."""
    text = " ".join(complaint.split())[:_LONGEST]
    words = next((words for sign, words in _KNOWN if sign in text.lower()), "")
    return f"{words}: {text}" if words else text
