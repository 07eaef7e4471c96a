# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unit's text: golden examples, what is read back, and that its name is its content."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.access.account import Account
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.docker_command import Resolved
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import define
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.ports import Port
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit import (
    HEADER,
    Unit,
    is_intact,
    read_unit,
    render,
    with_image,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit_facts import UnitFacts, read_facts
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.version import PLACEHOLDER, is_version_id

HOST = Resolved(image_id="sha256:1d", env_path="/e/web", data_path="/d/web")

LEAST = (
    HEADER
    + r"""[Unit]
Description=Container web
Requires=docker.service
After=docker.service
StartLimitIntervalSec=0

[Service]
Type=exec
Slice=container-small.slice
ExecStartPre=/usr/local/libexec/gear/gear-start web VERSION web
ExecStart=/usr/bin/docker run \
    --rm \
    --name=web \
    --label=io.geard.gear=web \
    --cgroup-parent=container-small.slice \
    --log-driver=none \
    --env-file=/e/web \
    sha256:1d
ExecStartPost=/usr/local/libexec/gear/gear-ready web
ExecStop=-/usr/local/libexec/gear/gear-stop web 10
ExecStopPost=-/usr/local/libexec/gear/gear-clear web
Restart=on-failure
RestartSec=1
RestartForceExitStatus=137
SuccessExitStatus=143 137
TimeoutStartSec=300
TimeoutStopSec=40

[Install]
WantedBy=container.target
X-ContainerId=web
X-ContainerImage=x
X-ContainerImageId=sha256:1d
X-ContainerType=simple
X-ContainerVersion=VERSION
X-Environment=web
X-Slice=container-small
"""
)

MUCH_OPTIONS: dict[str, Any] = {
    "image": "shop/api:2",
    "env_name": "shop",
    "slice": "container-large",
    "isolate": True,
    "networks": ["one", "two", "three"],
    "volumes": ["/data"],
    "command": ["serve", "--say=it's 100% $HOME\n"],
    "requires": ["db"],
    "wants": ["cache.service"],
    "after": ["network-online.target", "db"],
    "restart_policy": "no",
    "stop_timeout": 5,
    "start_timeout": 20,
    "reload_command": "kill -HUP 1",
    "unit_options": {
        "Unit": {"DefaultDependencies": False},
        "Service": {
            "ExecStartPre": "/bin/true",
            "ExecStartPost": ["-/bin/a %n", "/bin/b"],
            "ExecStopPost": "/bin/c",
            "ExecPaths": ["/usr/bin", "/bin"],
            "ExecSearchPath": "/opt/bin",
            "ExecReloadPost": "/bin/d",
            "Environment": "A=1",
        },
    },
}
MUCH_HOST = Resolved(
    image_id="sha256:2e",
    image_volumes=("/var/lib/app",),
    ports=(Port(80, 4000), Port(53, 4001, "127.0.0.1", "udp")),
    account=Account(50001, 50002),
    env_path="/e/shop",
    data_path="/d/api",
)
MUCH = (
    HEADER
    + r"""[Unit]
Description=Container api
Requires=docker.service ctr-db.service
Wants=cache.service
After=docker.service ctr-db.service cache.service network-online.target
StartLimitIntervalSec=0
DefaultDependencies=no

[Service]
Type=exec
Slice=container-large.slice
ExecStartPre=/usr/local/libexec/gear/gear-start api VERSION shop
ExecStartPre=/bin/true
SyslogIdentifier=docker
ExecStartPre=/usr/bin/docker create \
    --rm \
    --name=api \
    --label=io.geard.gear=api \
    --cgroup-parent=container-large.slice \
    --log-driver=none \
    --env-file=/e/shop \
    --user=50001:50002 \
    --security-opt=no-new-privileges \
    --cap-drop=ALL \
    --network=one \
    --publish=4000:80 \
    --publish=127.0.0.1:4001:53/udp \
    --mount=type=volume,src=gear.api.data,dst=/data,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/d/api/data \
    --mount=type=volume,src=gear.api.var-lib-app,dst=/var/lib/app,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/d/api/var-lib-app \
    sha256:2e \
    serve \
    "--say=it's 100%% $$HOME\x0a"
ExecStartPre=/usr/local/libexec/gear/gear-client connect api two
ExecStartPre=/usr/local/libexec/gear/gear-client connect api three
ExecStartPre=/usr/local/libexec/gear/gear-own api 50001 50002
ExecStart=/usr/local/libexec/gear/gear-client start api
ExecStartPost=/usr/local/libexec/gear/gear-ready api
ExecStartPost=-/bin/a %n
ExecStartPost=/bin/b
ExecReload=/usr/local/libexec/gear/gear-client exec api kill -HUP 1
ExecStop=-/usr/local/libexec/gear/gear-stop api 5
ExecStopPost=-/usr/local/libexec/gear/gear-clear api
ExecStopPost=/bin/c
Restart=no
SuccessExitStatus=143 137
TimeoutStartSec=20
TimeoutStopSec=35
ExecPaths=/usr/bin
ExecPaths=/bin
ExecSearchPath=/opt/bin
ExecReloadPost=/bin/d
Environment=A=1

[Install]
WantedBy=container.target
X-ContainerId=api
X-ContainerImage=shop/api:2
X-ContainerImageId=sha256:2e
X-ContainerType=isolated
X-ContainerVersion=VERSION
X-Environment=shop
X-Slice=container-large
X-ContainerUserId=50001:50002
X-PortMapping=80:4000
X-PortMapping=53:4001/udp@127.0.0.1
X-Volume=/data
X-Volume=/var/lib/app
X-Network=one
X-Network=two
X-Network=three
"""  # noqa: E501 - as long as it is
)


@pytest.mark.parametrize(
    ("name", "options", "host", "golden"),
    [("web", {"image": "x"}, HOST, LEAST), ("api", MUCH_OPTIONS, MUCH_HOST, MUCH)],
    ids=["least", "much"],
)
def test_golden(name: str, options: dict[str, Any], host: Resolved, golden: str) -> None:
    unit = render(define(name, options), host)
    assert unit.text == golden.replace("VERSION", unit.version)
    assert unit == read_unit(unit.text)
    assert is_version_id(unit.version)
    assert PLACEHOLDER not in unit.text


def test_facts_read_back() -> None:
    unit = render(define("api", MUCH_OPTIONS), MUCH_HOST)
    assert read_facts(unit.text) == UnitFacts(
        image="shop/api:2",
        image_id="sha256:2e",
        version=unit.version,
        ports=(Port(80, 4000), Port(53, 4001, "127.0.0.1", "udp")),
        environment="shop",
        slice="container-large",
        isolate=True,
        account=Account(50001, 50002),
        networks=("one", "two", "three"),
        volumes=("/data", "/var/lib/app"),
    )
    plain = read_facts(render(define("web", {"image": "x", "user": "app", "deployment": "shop/web"}), HOST).text)
    assert (plain.user, plain.account, plain.isolate, plain.deployment) == ("app", None, False, "shop/web")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\0\0",
        "X-ContainerImage",
        "X-",
        "X-=",
        "X-PortMapping=x\nX-PortMapping=\n",
        "X-ContainerUserId=a:b",
        "=\n\n[",
        "\ufffd",
    ],
)
def test_a_mangled_unit_reads_as_nothing(text: str) -> None:
    assert read_facts(text) == UnitFacts()


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("option", ["command", "labels", "volumes", "unit_options"])
def test_no_option_writes_metadata(option: str, end: str) -> None:
    """A gear whose command says so would own ports it never reserved."""
    evil = f"/x{end}X-PortMapping=22:22{end}X-ContainerImageId=sha256:evil{end}X-"
    forms: dict[str, Any] = {"labels": {"a": evil}, "unit_options": {"Service": {"Environment": evil}}}
    try:
        unit = render(define("web", {"image": "x", option: forms.get(option, [evil])}), HOST)
    except InvalidOption:
        return
    facts = read_facts(unit.text)
    assert facts.ports == ()
    assert facts.image_id == "sha256:1d"


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(VALUES, max_size=4), st.dictionaries(VALUES, VALUES, max_size=3))
def test_a_version_is_the_content(command: list[str], labels: dict[str, str]) -> None:
    try:
        definition = define("web", {"image": "x", "command": command, "labels": labels})
    except InvalidOption:
        return
    unit = render(definition, HOST)
    assert render(definition, HOST) == unit
    assert is_intact(unit.text, unit.version)
    assert read_facts(unit.text) == unit.facts
    assert all(line.isprintable() or not line.isascii() for line in unit.text.split("\n"))
    assert len([line for line in unit.text.split("\n") if line.startswith("ExecStart=")]) == 1


def test_every_change_of_content_is_another_version() -> None:
    options: dict[str, Any] = {"image": "x"}
    seen = {render(define("web", options), HOST).version}
    for change in (
        {"command": "a"}, {"command": ["a", "b"]}, {"command": ["a b"]}, {"slice": "container"}, {"image": "y"},
        {"labels": {"a": ""}},
        {"stop_timeout": 9}, {"restart_sec": "2"}, {"after": ["db"]}, {"unit_options": {"Unit": {"A": "b"}}},
        {"env_name": "other"},
    ):  # fmt: skip
        seen.add(render(define("web", {**options, **change}), HOST).version)
    for host in (
        Resolved("sha256:2e"),
        Resolved("sha256:1d", ports=(Port(1, 1),)),
        Resolved("sha256:1d", cgroup_driver="cgroupfs"),
    ):
        seen.add(render(define("web", options), host).version)
    assert len(seen) == 15


def edited(unit: Unit, before: str, after: str) -> str:
    assert before in unit.text
    return unit.text.replace(before, after)


def test_an_edited_version_is_not_intact() -> None:
    unit = render(define("web", {"image": "x"}), HOST)
    for text in (
        edited(unit, "Restart=on-failure", "Restart=always"),
        edited(unit, unit.version, "0" * 16),
        unit.text[:-1],
        unit.text + "\n",
        "",
        unit.text[: len(unit.text) // 2],
    ):
        assert not is_intact(text, unit.version)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"command": ["sha256:1d", "x"]},
        {"networks": ["a", "b"], "labels": {"id": "sha256:1d"}, "hostname": "sha256"},
    ],
)
def test_another_image_gives_what_rendering_it_gives(options: dict[str, Any]) -> None:
    definition = define("web", {"image": "x", **options})
    other = replace(HOST, image_id="sha256:2e")
    unit = render(definition, HOST)
    assert with_image(unit, "sha256:2e") == render(definition, other)
