# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of ansible-core that are tested beside the runner's own, and how.

README.md names them in its section "Requirements", which changes with this table.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .controllers import open_controller
from .errors import StageFailed
from .pytests import run_pytest
from .toolbox import prepare_ansible_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import Session, Tally


@dataclass(frozen=True)
class Release:
    """One release of ansible-core."""

    version: str
    """Its first two numbers."""
    requirement: str
    """What pip is asked for."""
    python: str
    """The Python it is tested with."""
    suite: str
    """The Debian that has this Python, for machines that have not."""
    sanity: bool = True
    """Whether ansible-test's sanity tests run, which what lies between two that run them can spare."""


RELEASES = (
    Release("2.17", "ansible-core >= 2.17.0, < 2.18", "3.11", "bookworm", sanity=False),
    Release("2.20", "ansible-core >= 2.20.0, < 2.21", "3.13", "trixie", sanity=False),
    Release("2.21", "ansible-core >= 2.21.0, < 2.22", "3.13", "trixie"),
    # The "b" lets pip take versions from before the release, which wins as soon as it is there.
    Release("2.22", "ansible-core >= 2.22.0b1, < 2.23", "3.14", "forky"),
)


def check_with(release: Release) -> Callable[[Session], Tally]:
    """Unit tests, sanity tests, and everything once on a host, with this release."""

    def run(session: Session) -> Tally:
        if os.geteuid() != 0:
            raise StageFailed("test hosts need root")
        controller = open_controller(release, session.toolbox, session.search_path, session.workspace.lab)
        words = (f"--controller={controller.bin}", "--suite=trixie", f"--prefix=core{release.version.replace('.', '')}")
        tally = run_pytest(session, "tests/integration/test_plain_ansible.py", *words)
        session.toolbox = controller
        tally += run_pytest(session, "tests/unit/plugins", "--hypothesis-profile=few")
        if release.sanity:
            _sanity(session, release)
        return tally

    return run


def _sanity(session: Session, release: Release) -> None:
    home = prepare_ansible_test(session.toolbox, session.workspace.home / release.version)
    words = ("sanity", "--local", "--color=no", "--truncate=0", "--python", release.python)
    session.run(session.tool("ansible-test"), *words, env=home)
