# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs before and after, as text for Ansible's diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .task import Plan


def difference(plans: Iterable[Plan]) -> dict[str, str]:
    """The jobs that are started, before and after; values of variables never appear."""
    started = [plan for plan in plans if plan.starts]
    return {
        "before_header": "jobs before",
        "after_header": "jobs after",
        "before": "".join(f"{plan.request.subject}: {'absent' if plan.makes else 'not begun'}\n" for plan in started),
        "after": "".join(f"{plan.request.subject}: run\n{''.join(_lines(plan))}" for plan in started),
    }


def _lines(plan: Plan) -> Iterator[str]:
    request, definition = plan.request, plan.request.definition
    if definition is None:
        return
    from .request import DEFINED

    for option in DEFINED:
        value = getattr(definition, option)
        if value:
            yield f"  {option}: {list(value) if isinstance(value, tuple) else value}\n"
    if request.env_name:
        yield f"  environment {request.env_name}\n"
    yield from (f"  variable {name}=(hidden)\n" for name in sorted(request.environment))
    yield from (f"  link {link}\n" for link in request.links)
    if request.timeout:
        yield f"  timeout: {request.timeout}\n"
