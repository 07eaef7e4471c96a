# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions that are asked at once and answered later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Later(Generic[Answer]):
    """Asks a question in a thread, while the process does something else."""

    def __init__(self, question: Callable[[], Answer]) -> None:
        self._question = question
        self._answers: list[Answer] = []
        self._errors: list[Exception] = []
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def answer(self) -> Answer:
        """Wait for the answer; raises what the question raised."""
        self._thread.join()
        for error in self._errors:
            raise error
        return self._answers[0]

    def _ask(self) -> None:
        try:
            self._answers.append(self._question())
        except Exception as error:
            self._errors.append(error)
