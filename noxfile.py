# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# /// script
# dependencies = ["nox>=2025.02.09", "antsibull-nox>=1.10.0"]
# ///

"""Sessions of nox; antsibull-nox.toml declares most of them. ./runtests calls them in an environment with all tools."""

from __future__ import annotations

import antsibull_nox
import nox

TOOLS = ("--requirement=tests/runner/ansible.txt", "--requirement=tests/runner/requirements.txt")

antsibull_nox.load_antsibull_nox_toml()


# antsibull-nox runs ansible-test in containers. These two need none, but a checkout whose path ends in
# ansible_collections/geard/core, such as the copies that ./runtests makes.


@nox.session(default=False)
def sanity(session: nox.Session) -> None:
    """Run ansible-test's sanity tests."""
    session.install(*TOOLS)
    session.run("ansible-test", "sanity", "--local", "--color=no", "--truncate=0", *session.posargs)


@nox.session(default=False)
def units(session: nox.Session) -> None:
    """Run the unit tests of what runs on hosts: nox -s units -- --python 3.9."""
    session.install(*TOOLS)
    session.run("ansible-test", "units", "--venv", "--color=no", "--truncate=0", *session.posargs)


if __name__ == "__main__":
    nox.main()
