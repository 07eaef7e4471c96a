# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of hosts that the action reads: a misspelt name must not look like hosts without gears."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.action.gear_deploy_plan import Play
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import UnusableOption

HOST = {"group_names": ["gears"], "gear_address": "10.0.0.1", "looked": {"gears": [{"name": "web-1"}]}}
PLAY = Play({"ansible_play_hosts": ["a", "b"], "hostvars": {"a": HOST, "b": {"group_names": ["gears"]}}})
ALONE = Play({"ansible_play_hosts": ["a"], "hostvars": {"a": HOST}})


def test_what_hosts_have_is_read() -> None:
    assert ALONE.found("looked") == {"a": [{"name": "web-1"}]}
    assert [host.address for host in ALONE.hosts("gear_address")] == ["10.0.0.1"]


def test_a_host_without_the_variable_is_named() -> None:
    with pytest.raises(UnusableOption, match=r"^found_variable: 'looked' cannot be used: host b has no variable "):
        PLAY.found("looked")
    with pytest.raises(UnusableOption, match=r"^address_variable: 'gear_address' cannot be used: host b has no "):
        PLAY.hosts("gear_address")
