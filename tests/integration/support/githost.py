# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with repositories that are reached over SSH."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from .hosts import Target, task
from .story import Story

LENIENT = "/etc/ssh/sshd_config.d/95-test.conf"


@contextlib.contextmanager
def githost(target: Target, *repositories: dict[str, Any]) -> Iterator[None]:
    """Make these repositories, whose names all begin with the same letters; nothing of that name is left."""
    prefix = repositories[0]["name"].partition("-")[0]
    with Story(target) as s:
        # Newer servers shut out addresses from which many logins fail, as they do in these tests.
        s.sh(f"sshd -T | grep -qi '^persource.*penal' && echo 'PerSourcePenalties no' > {LENIENT} || true")
        s.do("gear_sshd")
        for repository in repositories:
            s.do("gear_repo", **repository)
    yield
    names = target.sh(f"ls /var/lib/containers/git | grep ^{prefix}- || true").split()
    absent = [task("gear_repo", {"name": name, "state": "absent"}) for name in names]
    target.tasks(*absent, task("gear_sshd", {"state": "absent"}))
    target.sh(f"rm -f {LENIENT}; rm -rf /srv/{prefix}; systemctl reload ssh")
