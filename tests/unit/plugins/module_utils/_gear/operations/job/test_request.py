# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_job: options, and by what two jobs differ."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.job.request import read_request, read_requests


def test_one_and_many() -> None:
    one = read_request({"image": "app", "request_id": "a", "env": {"A": 1}, "timeout": "5"})
    assert (one.request_id, one.is_new, one.environment, one.timeout) == ("a", False, {"A": "1"}, 5)
    many = read_requests({"image": "app", "env": {"A": "1"}, "jobs": [{"command": "x"}, {"image": "b", "env": {}}]})
    assert [item.definition.image for item in many if item.definition] == ["app", "b"]
    assert [item.environment for item in many] == [{"A": "1"}, {}]
    assert len({item.request_id for item in many}) == 2
    assert all(item.is_new and len(item.request_id) == 22 for item in many)


def test_an_earlier_job() -> None:
    request = read_request({"request_id": "a"})
    assert request.definition is None
    assert request.digests() == {}


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({}, "image"), ({"image": "A"}, "image"), ({"request_id": "a", "command": "x"}, "command"),
        ({"request_id": "a", "env": {"A": "1"}}, "env"), ({"image": "a", "timeout": 1.5}, "timeout"),
        ({"image": "a", "links": ["81"]}, "links"), ({"image": "a", "env_name": "../x"}, "env_name"),
    ],
)  # fmt: skip
def test_options_that_are_refused(options: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^{option}"):
        read_request(options)


def test_what_two_jobs_differ_in() -> None:
    options: dict[str, Any] = {"image": "a", "request_id": "x", "env": {"A": "1"}, "command": "run it"}

    def differs(**other: Any) -> set[str]:
        before, now = read_request(options).digests(), read_request({**options, **other}).digests()
        return {name for name in now if now[name] != before[name]}

    assert differs(command=["run", "it"], timeout=5, slice="container-small") == set()
    assert differs(env={"A": "2"}) == set(), "values are secrets, of which nothing is kept"
    assert differs(env={"B": "1"}, image="b", links=["81:db:80"]) == {"env", "image", "links"}


def test_what_is_kept_of_mounts_does_not_change() -> None:
    """A job on disk is compared with a task of a later release of the collection."""
    digests = read_request({"image": "a", "binds": ["/etc/a:/b:ro"], "tmpfs": ["/tmp:size=1m"]}).digests()
    assert (digests["binds"], digests["tmpfs"]) == ("1768c58c5d6afdba", "55a83e40269ca1c3")
