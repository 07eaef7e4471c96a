# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the operations: nothing shows the value of a variable."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear import module
from ansible_collections.geard.core.plugins.module_utils._gear.module import HIDDEN, Module, hide_values


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"env": {"A": "x", "B": 5}, "name": "web"}, {"env": {"A": HIDDEN, "B": HIDDEN}, "name": "web"}),
        ({"gears": [{"env": {"A": "x"}}, {"env": None}]}, {"gears": [{"env": {"A": HIDDEN}}, {"env": None}]}),
        ({"source": "https://user:pass@example.com/x"}, {"source": f"https://{HIDDEN}@example.com/x"}),
        ({"ports": ["80"], "labels": {"env": "x"}}, {"ports": ["80"], "labels": {"env": "x"}}),
        ({}, {}),
    ],
)
def test_arguments_are_shown_without_values(given: dict[str, Any], shown: dict[str, Any]) -> None:
    assert hide_values(given) == shown


class Quiet(Module):
    """Without an AnsibleModule, which reads standard input."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()


@pytest.mark.parametrize(
    ("values", "text", "clean"),
    [
        (["secret"], "a secret b", f"a {HIDDEN} b"),
        (["secret", "secret-longer"], "secret-longer", HIDDEN),
        (["  padded  "], "it said padded and ended", f"it said {HIDDEN} and ended"),
        (["abc", "1", ""], "abc 1", "abc 1"),
        (["a\\b'c\"d"], "x a\\b'c\"d y", f"x {HIDDEN} y"),
        ([], "text", "text"),
    ],
)
def test_values_are_cut_out_of_messages(values: list[str], text: str, clean: str) -> None:
    quiet = Quiet()
    quiet.hide(values)
    assert quiet.clean(text) == clean


def test_what_ansible_logs_of_a_module_is_overridden() -> None:
    """The name is Ansible's own; should it change, the host's journal would hold values again."""
    assert "_log_invocation" in vars(module.AnsibleModule)
