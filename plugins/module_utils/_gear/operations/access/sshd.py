# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear_sshd: has sshd ask for the keys of gears and repositories."""

from __future__ import annotations

from typing import Any

from ...host import sshd
from ...host.systemd import systemctl
from ...model.access import sshd_config
from ...model.runtime import PROGRAMS
from ...module import Module
from ...store.host.record import known_record, prepared_host
from ...store.layout import Layout
from ...store.reading import read_text
from .sshd_apply import apply, said_by_sshd, try_out
from .sshd_plan import File, Plan, plan_absence, plan_presence


def run(module: Module, layout: Layout) -> None:
    """The module's work."""
    systemctl.check_running()
    startups = sshd_config.check_max_startups(module.params["max_startups"])
    present = module.params["state"] == "present"
    known_record(layout)
    if present:
        prepared_host(layout)
        for name in ("sshd", "sudo", "visudo"):
            sshd.program(name)
        for program in ("gear-keys", "gear-shell", "gear-enter", "gear-git"):
            sshd.check_way_to(f"{PROGRAMS}/{program}")
    decided = plan_presence(layout, startups, module.params["port_forwarding"]) if present else plan_absence(layout)
    before = [(file, read_text(file.path)) for file in decided.files]
    if decided.files and present:
        try_out(decided)
    if decided.actions and not module.check_mode:
        apply(layout, decided, present)
    problems = _problems(decided, module.check_mode) if present else []
    for problem in problems:
        module.ansible.warn(problem)
    result: dict[str, Any] = {
        "changed": bool(decided.actions),
        "actions": [str(action) for action in decided.actions],
        "problems": problems,
    }
    if module.wants_diff:
        result["diff"] = _difference(decided, before)
    module.exit(**result)


def _problems(decided: Plan, check_mode: bool) -> list[str]:
    """Why no login would be let in. In check mode sshd cannot be asked about files that were not written."""
    if check_mode and decided.files:
        return []
    return list(said_by_sshd())


def _difference(decided: Plan, before: list[tuple[File, str | None]]) -> dict[str, str]:
    old, new = [], []
    for file, content in before:
        old.append(f"{file.path}: absent\n" if content is None else f"{file.path}:\n{content}")
        new.append(f"{file.path}: absent\n" if file.content is None else f"{file.path}:\n{file.content}")
    for action in decided.actions:
        if action.verb not in ("write", "remove"):
            old.append(f"{action}: to do\n")
            new.append(f"{action}: done\n")
    return {
        "before_header": "sshd before",
        "after_header": "sshd after",
        "before": "".join(old),
        "after": "".join(new),
    }
