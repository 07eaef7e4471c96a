# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A build as modules return it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...model.build.words import why_failed
from ...model.job.names import build_unit
from ...store.layout import Layout
from .facts import facts_of

if TYPE_CHECKING:
    from ...module import Module
    from ...store.build.builds import StoredBuild
    from .task import Plan

_OUTPUT = 1 << 19


def build_item(module: Module, layout: Layout, plan: Plan) -> dict[str, Any]:
    """What gear_build returns, with failed and msg; values of variables that the build wrote are hidden."""
    request, recipe = plan.request, plan.recipe
    kind, _colon, identity = recipe.source.partition(":")
    builder = plan.images.get(request.builder)
    item: dict[str, Any] = {
        "reasons": plan.reasons,
        "tag": request.tag,
        "image_id": plan.previous or None,
        "previous_image_id": plan.previous or None,
        "source": request.source.shown,
        "commit": identity if kind == "git" else None,
        "source_id": recipe.source,
        "strategy": request.strategy,
        "builder_image_id": (builder.image_id if builder else "") or None,
        "slice": request.slice,
        "joined": plan.joined,
        "output": "",
        "output_truncated": False,
        "failed": False,
    }
    if plan.stored is None:
        state = "waiting" if plan.builds or plan.pushes else "unchanged"
        words = "; ".join(map(str, plan.actions)) or f"image {request.tag} is up to date with its source"
        return {**item, **_NOTHING, "state": state, "msg": words}
    return {**item, **_outcome(module, layout, plan.stored, item)}


_NOTHING: dict[str, Any] = {
    **dict.fromkeys(
        ("build_id", "unit", "step", "rc", "pushed", "callback", "created_at", "started_at", "finished_at", "duration")
    ),
    "steps": {},
    "incremental": False,
}


def _outcome(module: Module, layout: Layout, stored: StoredBuild, item: dict[str, Any]) -> dict[str, Any]:
    from ...store.build import builds
    from ...store.build import listing as build_list

    alive = build_list.alive([stored.key]) if stored.result is None else set()
    listed = build_list.load(layout, stored.key)
    facts = facts_of(listed, stored.key in alive) if listed else dict(_NOTHING, state="lost")
    text, is_truncated = builds.output(layout, stored, _OUTPUT)
    failure = why_not(stored, facts["state"])
    return {
        **facts,
        "image_id": facts.get("image_id") or item["image_id"],
        "output": module.clean(text),
        "output_truncated": is_truncated,
        "failed": bool(failure),
        "msg": module.clean(failure) or f"build {stored.build.build_id} of {stored.build.tag}: {facts['state']}",
    }


def why_not(stored: StoredBuild, state: str) -> str:
    """Why a build did not do what it was to do, in one line; empty when it did, or is still at it."""
    build = stored.build
    if stored.result is None:
        return {
            "lost": f"build {build.build_id} was interrupted, perhaps by a reboot of the host; run the task again",
            "waiting": f"build {build.build_id} did not start; 'journalctl -u {build_unit(stored.key)}' says more",
        }.get(state, "")
    if stored.result.error or stored.result.timed_out:
        return why_failed(build, stored.result)
    return ""
