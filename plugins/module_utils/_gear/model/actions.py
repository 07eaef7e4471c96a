# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan, as values that read as one line each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One thing to do to one object, e.g. ``web: write unit (version 4f..)``."""

    subject: str
    verb: str
    detail: str = ""

    def __str__(self) -> str:
        text = f"{self.subject}: {self.verb}"
        return f"{text} {self.detail}" if self.detail else text
