# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: geard's vectors where geard was right, clear refusals where it was not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.links import (
    Link,
    parse_file,
    parse_link,
    parse_links,
    render,
)


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ("6379:10.16.138.4:50000", Link("127.0.0.1", 6379, "10.16.138.4", 50000)),
        ("127.0.0.2:8081:9.8.23.14:8080", Link("127.0.0.2", 8081, "9.8.23.14", 8080)),
        ("8081:db.example.com:80", Link("127.0.0.1", 8081, "db.example.com", 80)),
        ("8081:localhost:80", Link("127.0.0.1", 8081, "localhost", 80)),
        ("8081:DB:80", Link("127.0.0.1", 8081, "db", 80)),
        ("53:10.0.0.1:53/udp", Link("127.0.0.1", 53, "10.0.0.1", 53, "udp")),
        ("[::1]:80:[2001:db8::0:1]:81", Link("::1", 80, "2001:db8::1", 81)),
        ("80:[2001:db8::1]:81", Link("127.0.0.1", 80, "2001:db8::1", 81)),
        ({"from_port": 80, "to_host": "h", "to_port": 81}, Link("127.0.0.1", 80, "h", 81)),
        ({"from_host": None, "from_port": "80", "to_host": "h", "to_port": "81"}, Link("127.0.0.1", 80, "h", 81)),
        (
            {"from_host": "::1", "from_port": 80, "to_host": "h", "to_port": 81, "protocol": "udp"},
            Link("::1", 80, "h", 81, "udp"),
        ),
    ],
)
def test_forms(given: object, link: Link) -> None:
    assert parse_link(given) == link


@pytest.mark.parametrize(
    "given",
    [
        # geard took these five and could not use them
        "8081:h:", "8081::80", ":8081:h:80", "1:2:3:4:5", "1:2:3:4",
        # geard refused these too
        "a:b", "", "0:h:1", "1:h:0", "1:h:70000", " 1:h:2", "1:h:2 ", "1:h",
        "::1:80:h:81", "1:h\n:2", "1:h:2\n", "1:a b:2", "1:h:2/sctp", "h:1:h:2", "1:300.0.0.1:2", "1:$(id):2",
        "1:-h:2", "1:h-:2",
        5, None, [], {}, {"from_port": 1}, {"from_port": 1, "to_host": "h"}, {"from_port": 1, "to_port": 2},
        {"from_port": 0, "to_host": "h", "to_port": 1}, {"from_port": 1, "to_host": "", "to_port": 1},
        {"from_port": 1, "to_host": "h", "to_port": 1, "extra": 1},
        {"from_host": "name", "from_port": 1, "to_host": "h", "to_port": 1},
        {"from_host": "", "from_port": 1, "to_host": "h", "to_port": 1},
        {"from_port": True, "to_host": "h", "to_port": 1},
    ],
)  # fmt: skip
def test_bad_links_are_refused_in_one_line(given: object) -> None:
    with pytest.raises(InvalidOption) as caught:
        parse_link(given, "links[0]")
    assert str(caught.value).startswith("links[0]")
    assert "\n" not in str(caught.value)


def test_one_local_address_leads_to_one_place() -> None:
    assert parse_links(["1:h:2", "1:h:2"]) == (Link("127.0.0.1", 1, "h", 2),)
    assert len(parse_links(["1:h:2", "127.0.0.2:1:h:3", "1:h:4/udp"])) == 3
    with pytest.raises(InvalidOption, match=r"^links\[1\]: "):
        parse_links(["1:h:2", "1:h:3"])


@pytest.mark.parametrize("given", ["1:h:2", {"from_port": 1}, None, 5])
def test_links_are_a_list(given: object) -> None:
    with pytest.raises(InvalidOption, match=r"^links: "):
        parse_links(given)


LINKS = st.builds(
    Link,
    from_host=st.ip_addresses().map(str),
    from_port=st.integers(1, 65535),
    to_host=st.one_of(st.ip_addresses().map(str), st.sampled_from(["db", "a.b.example", "localhost"])),
    to_port=st.integers(1, 65535),
    protocol=st.sampled_from(["tcp", "udp"]),
)


@given(st.lists(LINKS, max_size=5, unique_by=lambda link: link.key))
def test_the_file_reads_back(links: list[Link]) -> None:
    assert parse_file(render(links)) == tuple(sorted(links))


@given(LINKS)
def test_the_form_modules_return_is_one_they_take(link: Link) -> None:
    assert parse_link(link.as_dict()) == link


def test_geards_file() -> None:
    assert render([Link("127.0.0.1", 8081, "10.0.0.1", 8080)]) == b"127.0.0.1\t8081\t8080\t10.0.0.1\n"
    lines = b"127.0.0.1\t8081\t8080\t10.0.0.1\n127.0.0.1\t8082\t0\th\n\t1\t2\th\n127.0.0.1\t1\t2\t\njunk\n\xff\n"
    assert parse_file(lines) == (Link("127.0.0.1", 8081, "10.0.0.1", 8080),)


def test_long_print() -> None:
    assert str(Link("127.0.0.1", 1, "h", 2)) == "127.0.0.1:1 -> h:2"
    assert str(Link("::1", 1, "::2", 2, "udp")) == "[::1]:1 -> [::2]:2/udp"
