# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that could never work are refused, and links to remove are named by their local side."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.links import (
    Key,
    Link,
    check_together,
    parse_link,
    parse_links,
    why_no_links,
    why_unusable,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.removals import parse_removals


@pytest.mark.parametrize(
    "text",
    [
        "80:10.0.0.1:80", "127.0.0.2:80:h:80", "192.168.1.1:80:h:80", "169.254.169.254:80:h:80", "80:localhost:80",
        "80:127.0.0.1:80", "80:169.254.1.1:80", "[fd00::1]:80:[2001:db8::1]:80", "[fd00::1]:80:h:80",
        "[fd00::1]:80:127.0.0.1:80", "[fd00::1]:80:localhost:80", "80:[::1]:80",
    ],
)  # fmt: skip
def test_usable(text: str) -> None:
    assert why_unusable(parse_link(text)) == ""
    assert parse_links([text]) == (parse_link(text),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[::1]:80:[fd00::2]:80", "cannot leave a container"),
        ("127.0.0.11:53:10.0.0.1:53", "Docker's resolver"),
        ("0.0.0.0:80:10.0.0.1:80", "nothing connects to 0.0.0.0"),
        ("224.0.0.1:80:10.0.0.1:80", "nothing connects to 224.0.0.1"),
        ("255.255.255.255:80:10.0.0.1:80", "nothing connects to 255.255.255.255"),
        ("[::]:80:[fd00::1]:80", "nothing connects to ::"),
        ("[fe80::1]:80:[fd00::1]:80", "nothing connects to fe80::1"),
        ("[::ffff:10.0.0.1]:80:[fd00::1]:80", "nothing connects to"),
        ("80:0.0.0.0:80", "nothing connects to 0.0.0.0"),
        ("80:127.0.0.2:80", "use localhost for the gear's own host"),
        ("80:[fd00::1]:80", "one of its addresses is IPv4 and the other IPv6"),
        ("[fd00::1]:80:10.0.0.1:80", "one of its addresses is IPv4 and the other IPv6"),
    ],
)
def test_unusable(text: str, reason: str) -> None:
    assert reason in why_unusable(parse_link(text))
    with pytest.raises(InvalidOption, match=r"^gears\[1\]\.links\[0\]: '") as caught:
        parse_links([text], "gears[1].links")
    assert reason in str(caught.value)


def test_links_do_not_lead_to_where_links_begin() -> None:
    for texts in (["10.0.0.1:1:10.0.0.1:1"], ["1:192.168.1.1:2", "192.168.1.1:2:10.0.0.1:1"]):
        with pytest.raises(InvalidOption, match="where another link begins"):
            parse_links(texts)
    # the other protocol, the own host, and addresses that only look alike are something else
    parse_links(["10.0.0.1:1:10.0.0.1:2", "10.0.0.2:3:10.0.0.1:1/udp", "127.0.0.1:1:localhost:1"])
    with pytest.raises(InvalidOption):
        check_together([Link("10.0.0.1", 1, "h", 1), Link("127.0.0.1", 2, "10.0.0.1", 1)])


@pytest.mark.parametrize(
    ("item", "key", "whole"),
    [
        (8081, ("127.0.0.1", 8081, "tcp"), False),
        ("8081", ("127.0.0.1", 8081, "tcp"), False),
        ("53/udp", ("127.0.0.1", 53, "udp"), False),
        ("192.168.1.1:27017", ("192.168.1.1", 27017, "tcp"), False),
        ("[fd00::1]:53/udp", ("fd00::1", 53, "udp"), False),
        ({"from_port": 80}, ("127.0.0.1", 80, "tcp"), False),
        (
            {"from_host": "fd00::1", "from_port": "80", "protocol": "udp", "to_host": None},
            ("fd00::1", 80, "udp"),
            False,
        ),
        ("8081:h:80", ("127.0.0.1", 8081, "tcp"), True),
        ({"from_port": 80, "to_host": "h", "to_port": 81}, ("127.0.0.1", 80, "tcp"), True),
        ("[::1]:80", ("::1", 80, "tcp"), False),
    ],
)
def test_removals(item: object, key: Key, whole: bool) -> None:
    found = parse_removals([item])
    assert list(found) == [key]
    assert found[key] == (parse_link(item) if whole else None)


@pytest.mark.parametrize(
    "items",
    ["8081", [0], ["0"], ["h:80"], ["80/sctp"], [None], [True], [{}], [{"from_port": 80, "to_host": "h"}], ["1:2:3"]],
)
def test_bad_removals(items: object) -> None:
    with pytest.raises(InvalidOption, match=r"^links(\[0\])?"):
        parse_removals(items)


@pytest.mark.parametrize(
    ("networks", "reason"),
    [
        ((), ""),
        (("bridge",), ""),
        (("back", "front"), ""),
        (("hosting", "container-net", "nonesuch"), ""),
        (("host",), "the host's own network"),
        (("none",), "no network"),
        (("container:db",), "another container's network"),
    ],
)
def test_networks(networks: tuple[str, ...], reason: str) -> None:
    assert reason in why_no_links(networks)
    assert bool(reason) is bool(why_no_links(networks))
