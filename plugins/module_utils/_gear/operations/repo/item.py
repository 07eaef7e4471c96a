# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repository as gear_repo and gear_info tell it."""

from __future__ import annotations

import os
from typing import Any

from ...model.names import repository_login
from ...model.repo.facts import clone_url
from ...store.layout import Layout
from ...store.repo import repositories


def repo_item(layout: Layout, name: str) -> dict[str, Any]:
    """What there is of a repository, or would be."""
    exists = repositories.exists(layout, name)
    return {
        "name": name,
        "path": layout.repository(name),
        "login": repository_login(name),
        "clone_url": clone_url(repository_login(name), os.uname().nodename),
        "default_branch": repositories.default_branch(layout, name) if exists else "",
        "size": repositories.size(layout, name) if exists else 0,
    }
