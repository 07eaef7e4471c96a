# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions are asked at once; answers and errors come when they are asked for."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.operations.later import Later


def test_the_question_is_asked_while_something_else_is_done() -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def question() -> str:
        asked.set()
        assert may_answer.wait(10)
        return "answer"

    later = Later(question)
    assert asked.wait(10)
    may_answer.set()
    assert later.answer() == "answer"
    assert later.answer() == "answer"


def test_an_error_is_raised_when_the_answer_is_asked_for() -> None:
    def question() -> str:
        raise OperationFailed("systemd is silent")

    later = Later(question)
    with pytest.raises(OperationFailed, match="systemd is silent"):
        later.answer()
