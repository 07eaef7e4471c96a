# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong in the runner itself."""

from __future__ import annotations


class RunnerError(Exception):
    """The checks cannot run at all."""


class StageFailed(Exception):
    """A stage found something wrong; the message says what, the log shows it."""


class StageSkipped(Exception):
    """There is nothing for this stage to check; the message says why."""
