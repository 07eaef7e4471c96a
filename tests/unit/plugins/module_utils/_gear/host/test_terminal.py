# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions whose user is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ansible_collections.geard.core.plugins.module_utils import _gear

FOLDER = Path(_gear.__path__[0]).parent
SESSION = f"""
import os, signal, sys
sys.path.insert(0, {str(FOLDER)!r})
from _gear.host import terminal
ENDS = (signal.SIGHUP, signal.SIGTERM)

class Program:
    has_terminal = False
    hung_up = 0

    def start(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        for number in ENDS:
            os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)

    def hang_up(self):
        self.hung_up += 1

program = Program()
print(terminal.connect(program), program.hung_up)
"""
"""All that tells of a lost connection comes at once."""


def test_what_a_lost_session_ran_is_told_whatever_else_comes() -> None:
    done = subprocess.run([sys.executable, "-c", SESSION], capture_output=True, text=True, check=False)
    assert done.stdout == "129 1\n", done.stderr
