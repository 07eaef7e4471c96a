# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Property tests draw the same examples in every run; under ansible-test, fewer of them."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("few", settings.get_profile("same"), max_examples=10)
settings.load_profile("few" if "ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION" in os.environ else "same")


def pytest_configure(config: pytest.Config) -> None:
    """Without the fork of ansible-test for each test, which takes longer than the test; the stage `unit` has none."""
    if config.pluginmanager.has_plugin("ansible_forked"):
        config.pluginmanager.unregister(name="ansible_forked")
