# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write messages.txt anew; from the root of the collection: python3 -m tests.unit.messages."""

from __future__ import annotations

from pathlib import Path

from .collect import messages, render

Path(__file__).with_name("messages.txt").write_text(render(messages()), encoding="utf-8")
