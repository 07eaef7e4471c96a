# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_log: options, and how much a task may return."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.operations.log.task import (
    SIZE_AT_LEAST,
    SIZE_OF_GEAR,
    Request,
    read_request,
)

OPTIONS: dict[str, Any] = {"name": "web", "names": None, "since": None, "until": None, "lines": 100, "follow": 0}


def test_options() -> None:
    assert read_request(OPTIONS) == Request(("web",), "", "", 100, 0)
    several = {**OPTIONS, "name": None, "names": ["b", "a", "b"], "since": "5", "until": "now", "lines": 0}
    assert read_request(several) == Request(("b", "a"), "-5s", "now", 0, 0)


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"lines": -1}, "lines"), ({"lines": 10001}, "lines"), ({"follow": -1}, "follow"), ({"follow": 31}, "follow"),
        ({"follow": 5, "until": "now"}, "follow"), ({"since": ""}, "since"), ({"until": "a\nb"}, "until"),
    ],
)  # fmt: skip
def test_options_that_are_refused(options: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^{option}: "):
        read_request({**OPTIONS, **options})


def test_many_gears_share_what_a_task_may_return() -> None:
    sizes = [Request(("x",) * count, "", "", 100, 0).size for count in (0, 1, 8, 16, 1000)]
    assert sizes == [SIZE_OF_GEAR, SIZE_OF_GEAR, SIZE_OF_GEAR, SIZE_OF_GEAR // 2, SIZE_AT_LEAST]
