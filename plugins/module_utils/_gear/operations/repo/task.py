# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_repo: bare repositories, each with a login of its own."""

from __future__ import annotations

from typing import Any

from ...host.git import command as git
from ...model.repo.repository import BRANCH, split_password
from ...module import Module
from ...store.host.record import prepared_host
from ...store.layout import Layout
from .observe import observe, repo_item
from .plan import Plan, read_request


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    request = read_request(module.params)
    module.hide(split_password(request.source)[1:])
    record = prepared_host(layout)
    if request.state == "present":
        git.check_installed()
    decided = Plan(request, observe(layout, record, request))
    if decided.actions and not module.check_mode:
        from .apply import carry_out

        decided = carry_out(layout, record, request)
    result: dict[str, Any] = {
        "changed": bool(decided.actions),
        "actions": [str(action) for action in decided.actions],
        **repo_item(layout, request.name),
    }
    if decided.makes and module.check_mode:
        result["default_branch"] = request.branch or ("" if request.source else BRANCH)
    if module.wants_diff:
        before, after = decided.lines()
        result["diff"] = {
            "before_header": "repository before",
            "after_header": "repository after",
            "before": "".join(before),
            "after": "".join(after),
        }
    module.exit(**result)
