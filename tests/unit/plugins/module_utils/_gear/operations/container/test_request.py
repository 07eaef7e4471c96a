# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task may ask for: combinations of options, defaults, batches."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import CHECKS
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container.request import (
    read_request,
    read_requests,
)

VERSION = "0123456789abcdef"
EXAMPLES: dict[str, Any] = {
    "ports": ["80"], "env_files": ["/a"], "volumes": ["/a"], "binds": ["/a:/b"], "tmpfs": ["/a"], "networks": ["a"],
    "cap_add": ["A"], "cap_drop": ["A"], "security_opts": ["a"], "devices": ["/a"], "extra_hosts": ["a:b"],
    "docker_args": ["-x"], "requires": ["db"], "wants": ["db"], "after": ["db"], "labels": {}, "log_opts": {},
    "unit_options": {}, "healthcheck": {"test": "x"}, "pids": 1, "start_timeout": 1, "stop_timeout": 1,
    "isolate": True, "read_only": True, "privileged": True, "env": {}, "links": [], "restart_policy": "no",
    "restart_sec": "1", "memory": "1g", "cpus": "1", "workdir": "/", "deployment": "a/b",
}  # fmt: skip


def test_defaults() -> None:
    request = read_request({"name": "web", "image": "x"})
    assert (request.state, request.pull, request.on_change, request.wait, request.wait_timeout) == (
        "started", "missing", "restart", True, 60,
    )  # fmt: skip
    assert (request.keep_data, request.keep_env, request.keep_access) == (True, False, False)
    assert request.environment is None
    assert request.links is None
    assert request.version == ""


@pytest.mark.parametrize("option", [option for option in CHECKS if option != "image"] + ["env", "links"])
@pytest.mark.parametrize("state", ["started", "stopped", "restarted", "present"])
def test_without_image_only_state_and_version_act(option: str, state: str) -> None:
    with pytest.raises(
        InvalidOption,
        match=rf"^{option}: .*cannot be used: without image a task can set only state, version and refresh_image of "
        "gear web; set image and repeat its whole definition",
    ):
        read_request({"name": "web", "state": state, option: EXAMPLES.get(option, "x1")})


@pytest.mark.parametrize("option", [option for option in CHECKS if option != "image"] + ["env", "links"])
def test_a_removal_takes_no_notice_of_the_definition(option: str) -> None:
    """So the same variables can describe a gear that is to go."""
    request = read_request({"name": "web", "image": "x", "state": "absent", option: EXAMPLES.get(option, "x1")})
    assert request.definition is None


@pytest.mark.parametrize("options", [{}, {"state": "stopped"}, {"version": "previous"}, {"version": VERSION}])
def test_what_acts_without_image(options: dict[str, Any]) -> None:
    assert read_request({"name": "web", **options}).definition is None


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"name": None}, "name"),
        ({"name": "..ab"}, "name"),
        ({"state": "running"}, "state"),
        ({"pull": "sometimes", "image": "x"}, "pull"),
        ({"on_change": "maybe", "image": "x"}, "on_change"),
        ({"wait_timeout": -1}, "wait_timeout"),
        ({"wait_timeout": 86401}, "wait_timeout"),
        ({"version": "older"}, "version"),
        ({"version": "../../etc/passwd"}, "version"),
        ({"version": VERSION.upper()}, "version"),
        ({"version": VERSION + "\n"}, "version"),
        ({"version": "previous", "image": "x"}, "version"),
        ({"version": "previous", "state": "absent"}, "version"),
        ({"refresh_image": True, "image": "x"}, "refresh_image"),
        ({"refresh_image": True, "version": "previous"}, "refresh_image"),
        ({"refresh_image": True, "state": "absent"}, "refresh_image"),
        ({"image": "x", "env": {"A": "\n"}}, "env.A"),
        ({"image": "x", "env": ["A=B"]}, "env"),
        ({"image": "x", "env": "A=B"}, "env"),
        ({"image": "x", "links": ["x"]}, r"links\[0\]"),
        ({"image": ""}, "image"),
    ],
)
def test_refusals_name_the_option(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^{named}: "):
        read_request({"name": "web", **options})
    with pytest.raises(InvalidOption, match=rf"^gears\[4\]\.{named}: "):
        read_request({"name": "web", **options}, "gears[4]")


def batch(*gears: dict[str, Any], **beside: Any) -> Any:
    return read_requests({"gears": list(gears), **beside})


def test_one_gear_is_a_batch_of_one() -> None:
    requests, failures = read_requests({"name": "web", "image": "x", "gears": None})
    assert [request.name for request in requests] == ["web"]
    assert failures == {}


def test_options_beside_the_list_are_defaults_of_its_items() -> None:
    requests, _failures = batch(
        {"name": "aa", "slice": None}, {"name": "bb", "slice": "container", "image": "y"},
        {"name": "cc", "state": "absent"},
        image="x", slice="container-large", keep_data=False,
    )  # fmt: skip
    definitions = [request.definition for request in requests]
    assert [definition and (definition.image, definition.slice) for definition in definitions] == [
        ("x", "container-large"), ("y", "container"), None,
    ]  # fmt: skip
    assert [request.keep_data for request in requests] == [False] * 3


def test_an_empty_batch_asks_for_nothing() -> None:
    assert batch() == ([], {})


def test_one_bad_item_is_the_end_of_all() -> None:
    with pytest.raises(InvalidOption, match=r"^gears\[1\]\.name: "):
        batch({"name": "aa", "image": "x"}, {"name": "..", "image": "x"}, continue_on_error=False)


def test_or_of_itself_only() -> None:
    requests, failures = batch(
        {"name": "aa", "image": "x"}, {"name": "..", "image": "x"}, {"name": "bb", "image": "x", "ports": ["0"]},
        {"name": "cc", "image": "x"}, continue_on_error=True,
    )  # fmt: skip
    assert [request.name for request in requests] == ["aa", "cc"]
    assert list(failures) == ["..", "bb"]
    assert failures[".."].startswith("gears[1].name: ")
    assert failures["bb"].startswith("gears[2].ports[0]")


@pytest.mark.parametrize("continue_on_error", [True, False])
@pytest.mark.parametrize("name", ["aa", ".."])
def test_no_gear_is_listed_twice(name: str, continue_on_error: bool) -> None:
    """Nobody can tell which of the two is meant, so nothing is done at all."""
    with pytest.raises(InvalidOption, match=r"^gears\[2\]\.name: .* cannot be used: this gear is listed twice"):
        batch(
            {"name": name, "image": "x"}, {"name": "bb", "image": "x"}, {"name": name, "image": "y"},
            continue_on_error=continue_on_error,
        )  # fmt: skip


def test_one_environment_is_not_written_in_two_ways() -> None:
    one = {"name": "aa", "image": "x", "env_name": "shared", "env": {"A": "1"}}
    other = {"name": "bb", "image": "x", "env_name": "shared", "env": {"A": "2"}}
    with pytest.raises(InvalidOption, match=r"^gears\[1\]\.env: .*shared.* gear aa"):
        batch(one, other)
    same, _failures = batch(one, {**other, "env": {"A": "1"}})
    assert len(same) == 2
    with pytest.raises(InvalidOption, match=r"^gears\[1\]\.env: "):
        batch({"name": "shared", "image": "x", "env": {"A": "1"}}, other)
