# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports: forms, refusals, and which ones keep their number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.ports import (
    Port,
    from_metadata,
    keep_allocated,
    parse_port,
    parse_ports,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption


@pytest.mark.parametrize(
    ("given", "port"),
    [
        ("8080:0", Port(8080)),
        ("8080:4000", Port(8080, 4000)),
        ("8080", Port(8080)),
        (8080, Port(8080)),
        ("1:65535", Port(1, 65535)),
        ("80:80", Port(80, 80)),
        ("53:5353/udp", Port(53, 5353, protocol="udp")),
        ("53/udp", Port(53, protocol="udp")),
        ("53/sctp", Port(53, protocol="sctp")),
        ({"internal": 80}, Port(80)),
        ({"internal": "80", "external": "81"}, Port(80, 81)),
        ({"internal": 80, "external": None, "address": None, "protocol": None}, Port(80)),
        ({"internal": 80, "address": "127.0.0.1"}, Port(80, address="127.0.0.1")),
        ({"internal": 80, "address": ""}, Port(80)),
        ({"internal": 80, "external": 81, "address": "0::0001"}, Port(80, 81, "::1")),
        ({"internal": 80, "protocol": "udp"}, Port(80, protocol="udp")),
    ],
)
def test_forms(given: object, port: Port) -> None:
    assert parse_port(given) == port


@pytest.mark.parametrize(
    "given",
    [
        "", ":", "8080:", ":8080", "0", "0:80", "70000", "1:70000", "-1:5", "80:-1", "a:b", " 80", "80 ", "80:80:80",
        "127.0.0.1:80:80", "80/", "80/icmp", "80:81/TCP", "8080,80", "80\n", "8\u0660", "1e3", "0x50", 0, -1,
        65536, 80.5, True, None, [],
        ["80"], {}, {"external": 80}, {"internal": None}, {"internal": 0}, {"internal": 80, "external": -1},
        {"internal": 80, "external": 65536}, {"internal": True}, {"internal": 80, "host": 81},
        {"internal": 80, "protocol": "icmp"},
        {"internal": 80, "address": "localhost"}, {"internal": 80, "address": "10.0.0.1/8"}, {"internal": [80]},
        b"80",
    ],
)  # fmt: skip
def test_bad_ports_are_refused_in_one_line_that_names_option_and_rule(given: object) -> None:
    with pytest.raises(InvalidOption) as caught:
        parse_port(given, "ports[2]")
    message = str(caught.value)
    assert message.startswith("ports[2]")
    assert "\n" not in message
    assert "; expected " in message or ": 65536 cannot be used: YAML reads" in message


@pytest.mark.parametrize(
    "given",
    [
        ["80", "80"],
        ["80:1000", "80:1001"],
        ["80", "80/tcp"],
        ["80:1000", "81:1000"],
        [{"internal": 80, "external": 1000, "address": "127.0.0.1"}, "81:1000"],
        ["81:1000", {"internal": 80, "external": 1000, "address": "127.0.0.1"}],
        [
            {"internal": 80, "external": 1000, "address": "127.0.0.1"},
            {"internal": 81, "external": 1000, "address": "127.0.0.1"},
        ],
        [
            {"internal": 80, "external": 1000, "address": "127.0.0.1"},
            {"internal": 81, "external": 1000, "address": "0.0.0.0"},
        ],
        [{"internal": 80, "external": 1000, "address": "::1"}, {"internal": 81, "external": 1000, "address": "::"}],
    ],
)
def test_duplicates_are_refused(given: list[Any]) -> None:
    with pytest.raises(InvalidOption, match=r"^ports"):
        parse_ports(given)


@pytest.mark.parametrize(
    "given",
    [
        ["53", "53/udp"],
        ["53:1000", "53:1000/udp"],
        ["80:0", "81:0"],
        [
            {"internal": 80, "external": 1000, "address": "127.0.0.1"},
            {"internal": 80, "external": 1000, "address": "127.0.0.2"},
        ],
        [
            {"internal": 80, "external": 1000, "address": "127.0.0.1"},
            {"internal": 80, "external": 1001, "address": "127.0.0.2"},
        ],
    ],
)
def test_what_only_looks_like_a_duplicate(given: list[Any]) -> None:
    assert len(parse_ports(given)) == len(given)


def test_the_order_given_makes_no_difference() -> None:
    assert parse_ports(["80", "53/udp", "53"]) == parse_ports(["53", "80", "53/udp"])


@pytest.mark.parametrize("given", ["8080", {"internal": 80}, 8080, None])
def test_ports_are_a_list(given: object) -> None:
    with pytest.raises(InvalidOption, match=r"^ports: "):
        parse_ports(given)


@pytest.mark.parametrize(
    ("wanted", "existing", "kept"),
    [
        (["80"], ["80:4000"], ["80:4000"]),
        (["80"], [], ["80"]),
        (["80:5000"], ["80:4000"], ["80:5000"]),
        (["80", "81"], ["80:4000"], ["80:4000", "81"]),
        (["81"], ["80:4000"], ["81"]),
        (["80/udp"], ["80:4000"], ["80/udp"]),
        ([{"internal": 80, "address": "127.0.0.1"}], ["80:4000"], [{"internal": 80, "address": "127.0.0.1"}]),
        (["80"], ["80:4000", "81:4001"], ["80:4000"]),
    ],
)
def test_an_allocated_port_is_kept_by_its_internal_port(
    wanted: list[Any], existing: list[Any], kept: list[Any]
) -> None:
    assert keep_allocated(parse_ports(wanted), parse_ports(existing)) == parse_ports(kept)


PORTS = st.builds(
    Port,
    internal=st.integers(1, 65535),
    external=st.integers(0, 65535),
    address=st.one_of(st.just(""), st.ip_addresses().map(str)),
    protocol=st.sampled_from(["tcp", "udp", "sctp"]),
)


@given(PORTS)
def test_metadata_reads_back(port: Port) -> None:
    assert from_metadata(port.metadata()) == port


@given(PORTS)
def test_the_form_modules_return_is_one_they_take(port: Port) -> None:
    assert parse_port(port.as_dict()) == port


@pytest.mark.parametrize("text", ["", "x", "80", "80:", "80:90:100", "0:80", "80:80/xyz", "80:70000", "80:81@nowhere"])
def test_mangled_metadata_counts_as_not_given(text: str) -> None:
    found = from_metadata(text)
    assert found is None or found == Port(80)


@pytest.mark.parametrize(
    ("port", "words"),
    [
        (Port(80, 4000), "4000:80"),
        (Port(80, 4000, "127.0.0.1"), "127.0.0.1:4000:80"),
        (Port(53, 4000, "::1", "udp"), "[::1]:4000:53/udp"),
    ],
)
def test_dockers_form(port: Port, words: str) -> None:
    assert port.publish() == words
