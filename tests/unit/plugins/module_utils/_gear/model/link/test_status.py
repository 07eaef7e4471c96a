# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runtime records of applied links, and what is read from it."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.link.links import Link
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.rules import Redirect
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.status import (
    LinkState,
    LinkStatus,
    parse_status,
)

WEB = Link("127.0.0.1", 80, "web.example", 4000)
DNS = Link("127.0.0.1", 53, "localhost", 53, "udp")
GOOD = LinkState(WEB, "10.0.0.1")
BAD = LinkState(DNS, "10.0.0.2").failed("no route")


def test_reads_back() -> None:
    status = LinkStatus("0123", "iptables", True, (GOOD, BAD))
    assert parse_status(status.as_json()) == status


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{}", b"\xff", b'{"container": "", "tool": "", "guard": false, "links": [5]}',
     b'{"container": "", "tool": "", "guard": false, "links": [{"address": "", "error": ""}]}'],
)  # fmt: skip
def test_what_is_no_status(content: bytes) -> None:
    assert parse_status(content) is None


def test_states() -> None:
    assert GOOD.redirect == Redirect("127.0.0.1", 80, "10.0.0.1", 4000)
    assert BAD.redirect is None
    assert LinkState(WEB).redirect is None
    assert str(BAD) == "link 127.0.0.1:53 -> localhost:53/udp is not in force: no route"
    assert GOOD.as_dict()["address"] == "10.0.0.1"
    assert (BAD.as_dict()["address"], BAD.as_dict()["error"]) == (None, "no route")


def test_status() -> None:
    status = LinkStatus("0123", states=(GOOD, BAD))
    assert status.failures == (BAD,)
    assert status.redirects == (GOOD.redirect,)
    assert status.state_of(WEB) == GOOD
    assert status.state_of(Link("127.0.0.1", 1, "h", 1)) == LinkState(Link("127.0.0.1", 1, "h", 1))
    assert not status.is_in_force([WEB, DNS])
    assert not LinkStatus("0123", states=(GOOD,)).is_in_force([])
    assert not LinkStatus("0123", states=(GOOD,)).is_in_force([WEB, DNS])
    assert LinkStatus("0123", states=(GOOD,)).is_in_force([WEB])
