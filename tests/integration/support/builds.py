# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources to build on a host, and leftovers of builds."""

from __future__ import annotations

from .hosts import Target

BUILDER = "geard-test/s2i:1"
SOURCES = "/srv/sources"
REPOSITORIES = "/var/lib/containers/git"
GIT = "git -c user.name=Test -c user.email=test@example.com -c commit.gpgsign=false"


def make_repository(target: Target, path: str, files: str) -> str:
    """Create a bare repository with one commit on main; files is a shell line that creates its files.

    Returns the commit.
    """
    return target.sh(
        f"set -e; rm -rf {path} /srv/tree; mkdir -p /srv/tree; cd /srv/tree; git init -q -b main; {files}; git add -A; "
        f"{GIT} commit -q -m 'first of {path}'; git clone -q --bare . {path}; git -C {path} rev-parse HEAD"
    ).splitlines()[-1]


def push_commit(target: Target, path: str, files: str, ref: str = "main") -> str:
    """Add a commit to a bare repository; returns it."""
    return target.sh(
        f"set -e; rm -rf /srv/tree; git clone -q {path} /srv/tree; cd /srv/tree; git checkout -q -B {ref}; {files}; "
        f"git add -A; {GIT} commit -q -m 'more of {ref}'; git push -q origin {ref}; git rev-parse HEAD"
    ).splitlines()[-1]


def left_behind(target: Target) -> list[str]:
    """Everything of builds on the host except images and results."""
    return target.sh(
        "docker ps -aq --filter name=^/build- --filter label=io.geard.build; docker images -q --filter dangling=true; "
        "systemctl list-units --all --plain --no-legend 'build-*.service'; "
        "cd /var/lib/containers/builds 2>/dev/null || exit 0; "
        "find . -name work -o -name secrets.json -o -name left -o -name step -o -name '*.new'"
    ).splitlines()


def clear(target: Target, *tags: str) -> None:
    """Remove images and results of earlier tests."""
    target.sh(
        f"docker rmi -f {' '.join(tags)} >/dev/null 2>&1; docker image prune -f >/dev/null; "
        f"rm -rf {SOURCES} /var/lib/containers/builds/*; mkdir -p {SOURCES} {REPOSITORIES}"
    )
