# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runtime's programs: what lies in /usr/local/libexec/gear, and how a foreseeable failure is reported."""

from __future__ import annotations

import importlib
import posix  # as in store/container/run_marks.py
import sys

PROGRAMS = {
    "gear-clear": "container.clear",
    "gear-ready": "container.ready",
    "gear-stop": "container.stop",
    "gear-client": "container.client",
    "gear-own": "container.own",
    "gear-link": "link.link",
    "gear-enter": "access.enter",
    "gear-job": "job.job",
    "gear-build": "build.build",
}
"""Program -> module of this package."""


def run(program: str) -> None:
    """Run a program of the runtime, and end; one line on standard error and status 1 for a foreseeable failure."""
    from ..model.errors import GearError

    posix.umask(0o022)
    module = importlib.import_module(f".{PROGRAMS[program]}", __package__)
    try:
        module.main(sys.argv[1:])
    except GearError as error:
        sys.stderr.write(f"{program}: {error}\n")
        raise SystemExit(1) from None
    except (IndexError, ValueError) as error:
        sys.stderr.write(f"{program}: wrong arguments '{' '.join(sys.argv[1:])}': {error}\n")
        raise SystemExit(2) from None
    sys.stdout.flush()
    sys.stderr.flush()
    posix._exit(0)  # to take the interpreter down takes longer than what some of the programs do
