# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing a container that takes its time. Docker and the clock are made up: real ones take minutes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.container import clear

FOUND: dict[str, Any] = {"Id": "c1", "Config": {"Labels": {"io.geard.gear": "web"}}}


@pytest.mark.parametrize(
    ("seconds", "statuses", "is_removed"),
    [(0.1, [204], True), (500.0, [204], True), (200.0, [409, 409, 204], True), (200.0, [409] * 9, False)],
    ids=["at once", "slowly", "by somebody else", "never"],
)
def test_a_removal_may_last(
    monkeypatch: pytest.MonkeyPatch, seconds: float, statuses: list[int], is_removed: bool
) -> None:
    now = [0.0]
    answers = iter(statuses)
    left = [True]

    def request(_method: str, _path: str, timeout: float) -> tuple[int, bytes]:
        now[0] += seconds
        assert seconds < timeout
        status = next(answers)
        left[0] = status == 409
        return status, b""

    monkeypatch.setattr(clear, "container", lambda _name: FOUND if left[0] else None)
    monkeypatch.setattr(clear, "request", request)
    monkeypatch.setattr(clear.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(clear.time, "sleep", lambda _seconds: None)
    if is_removed:
        clear.remove_container("web")
    else:
        with pytest.raises(OperationFailed, match="Docker did not finish within 600 s"):
            clear.remove_container("web")
    assert left[0] is not is_removed
