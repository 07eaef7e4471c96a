# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of return values that mean something else to Ansible or to templates."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
import yaml

from ansible_collections.geard.core.plugins import modules

TAKEN = {"ansible_job_id", "finished", "started", "results", "results_file", "warnings", "deprecations", "exception"}
"""What Ansible itself reads in a module's result, with a type of its own."""


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(modules.__path__)])
def test_return_values_have_names_of_their_own(name: str) -> None:
    module = importlib.import_module(f"{modules.__name__}.{name}")
    returned = yaml.safe_load(module.RETURN)
    assert set(returned) & (TAKEN | set(dir(dict))) == set()
