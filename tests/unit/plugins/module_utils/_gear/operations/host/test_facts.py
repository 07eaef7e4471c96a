# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host lacks is said before anything is asked of it, let alone changed."""

from __future__ import annotations

import importlib.util

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import HostNotReady, MissingLibrary
from ansible_collections.geard.core.plugins.module_utils._gear.operations.host import facts as host_facts


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingLibrary, match=r"pystemd is missing .* python3-pystemd"):
        host_facts.host_facts()


def test_a_missing_client_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(host_facts, "DOCKER", "/nowhere/docker")
    with pytest.raises(
        HostNotReady, match=r"Docker's client /nowhere/docker, .* is missing .*; install the package docker-cli"
    ):
        host_facts.host_facts()
