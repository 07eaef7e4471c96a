# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of texts: what is one, and how messages show it."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.urls import check_place, shown


@pytest.mark.parametrize(
    "source", ["/etc/web.env", "http://h/x", "https://h:8443/x?y=1", "HTTPS://h/x", "http://[::1]/x", "/a b"]
)
def test_good_sources(source: str) -> None:
    assert check_place(source) == source


@pytest.mark.parametrize(
    "source",
    ["", "web.env", "./web.env", "file:///etc/passwd", "ftp://h/x", "http://", "http:/h", "/a\nb", "/a\0", 5, None],
)
def test_bad_sources(source: object) -> None:
    with pytest.raises(InvalidOption, match=r"^source: "):
        check_place(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("/etc/a@b?c", "/etc/a@b?c"),
        ("https://h:1/a/b@c", "https://h:1/a/b@c"),
        ("https://joe:sesame@h/x", "https://h/x"),
        ("https://joe:se@same@h", "https://h"),
        ("https://h/x?token=sesame", "https://h/x?..."),
        ("https://h?token=sesame/", "https://h?..."),
    ],
)
def test_messages_show_no_passwords(source: str, text: str) -> None:
    assert shown(source) == text
