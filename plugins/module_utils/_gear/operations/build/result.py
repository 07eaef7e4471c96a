# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A build as modules return it: its facts for gear_info, and the whole result for gear_build."""

from __future__ import annotations

from typing import Any

from ...model.build.failure import why_failed
from ...model.build.names import build_unit
from ...module import Module
from ...store.build import builds
from ...store.build.builds import StoredBuild
from ...store.layout import Layout
from ..run.units import alive_builds
from ..times import iso
from .plan import Plan

_OUTPUT = 1 << 19
"""Bytes of output that are returned: all that is kept."""


def state_of(stored: StoredBuild, is_alive: bool) -> str:
    """The state of a build; is_alive says whether its unit runs, and counts only while there is no result."""
    result = stored.result
    if result:
        return "timeout" if result.timed_out else "failed" if result.error else "finished"
    if is_alive:
        return "running"
    return "lost" if stored.has_begun else "waiting"


def facts_of(stored: StoredBuild, is_alive: bool) -> dict[str, Any]:
    """The facts of one build."""
    build, result = stored.build, stored.result
    return {
        "build_id": build.build_id,
        "unit": build_unit(stored.key),
        "state": state_of(stored, is_alive),
        "step": stored.step or None,
        "steps": result.steps if result else {},
        "tag": build.spec.tag,
        "source": build.spec.source.shown,
        "commit": build.recipe.source.commit or None,
        "strategy": build.recipe.strategy,
        "incremental": result.incremental if result else False,
        "slice": build.spec.slice,
        "created_at": iso(build.created),
        "started_at": iso(result.started) if result else None,
        "finished_at": iso(result.finished) if result else None,
        "duration": round(max(0.0, result.finished - result.started), 3) if result else None,
        "image_id": (result.image_id or None) if result else None,
        "pushed": (result.pushed or None) if result else None,
        "callback": (result.callback or None) if result else None,
        "rc": result.rc if result else None,
    }


_NOTHING: dict[str, Any] = {
    **dict.fromkeys(
        ("build_id", "unit", "step", "rc", "pushed", "callback", "created_at", "started_at", "finished_at", "duration")
    ),
    "steps": {},
    "incremental": False,
}


def build_item(module: Module, layout: Layout, plan: Plan) -> dict[str, Any]:
    """What gear_build returns, with failed and msg, and with secrets hidden in the output."""
    request, spec, source = plan.request, plan.request.spec, plan.recipe.source
    builder = plan.images.get(spec.builder)
    item: dict[str, Any] = {
        "reasons": plan.reasons,
        "tag": spec.tag,
        "image_id": plan.previous or None,
        "previous_image_id": plan.previous or None,
        "source": spec.source.shown,
        "commit": source.commit or None,
        "source_id": str(source),
        "strategy": request.strategy,
        "builder_image_id": (builder.image_id if builder else "") or None,
        "slice": spec.slice,
        "joined": plan.joined,
        "output": "",
        "output_truncated": False,
        "failed": False,
    }
    if plan.stored is None:
        state = "waiting" if plan.builds or plan.pushes else "unchanged"
        words = "; ".join(map(str, plan.actions)) or f"image {spec.tag} is up to date with its source"
        return {**item, **_NOTHING, "state": state, "msg": words}
    return {**item, **_outcome(module, layout, plan.stored, item)}


def _outcome(module: Module, layout: Layout, stored: StoredBuild, item: dict[str, Any]) -> dict[str, Any]:
    facts = facts_of(stored, stored.result is None and stored.key in alive_builds([stored.key]))
    text, is_truncated = builds.output(layout, stored, _OUTPUT)
    failure = why_not(stored, facts["state"])
    return {
        **facts,
        "image_id": facts["image_id"] or item["image_id"],
        "output": module.clean(text),
        "output_truncated": is_truncated,
        "failed": bool(failure),
        "msg": module.clean(failure) or f"build {stored.build.build_id} of {stored.build.spec.tag}: {facts['state']}",
    }


def why_not(stored: StoredBuild, state: str) -> str:
    """Why a build failed, in one line; empty when it succeeded or still runs."""
    build = stored.build
    if stored.result is None:
        return {
            "lost": f"build {build.build_id} was interrupted, perhaps by a reboot of the host; run the task again",
            "waiting": f"build {build.build_id} did not start; 'journalctl -u {build_unit(stored.key)}' says more",
        }.get(state, "")
    return "" if stored.result.is_good else why_failed(build, stored.result)
