# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of tests/integration/on_host: put on a host together with a module's payload, and run there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .ansible import ROOT
from .hosts import Target, task

FOLDER = "/root/on-host"
PROGRAMS = ROOT / "tests" / "integration" / "on_host"
_KEPT = "/root/.ansible/tmp/*/AnsiballZ_{module}.py"


@dataclass(frozen=True)
class OnHost:
    """A host that has the programs and the payload of one module."""

    target: Target
    module: str

    @property
    def payload(self) -> str:
        return f"{FOLDER}/{self.module}"

    def run(self, program: str, **wish: Any) -> Any:
        """Run a program; its wish goes in and its answer comes out as JSON."""
        given = json.dumps({"payload": self.payload, "module": self.module, **wish})
        done = self.target.host.ssh(["python3", f"{FOLDER}/{program}.py"], stdin=given, timeout=600)
        return json.loads(done.stdout)


def install(target: Target, module: str, **options: Any) -> OnHost:
    """Have Ansible send a module with these harmless options, and keep what it sent."""
    kept = _KEPT.format(module=module)
    target.sh(f"rm -rf {kept}")
    path = target.ansible.folder / "payload.yml"
    play = {"hosts": target.name, "gather_facts": False, "tasks": [task(module, options)]}
    path.write_text(json.dumps([play]))
    run = target.ansible.playbook(path, extra={"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_PIPELINING": "0"})
    assert run.code == 0, run.output
    target.host.put(PROGRAMS, FOLDER)
    target.sh(
        f"set -e; cd $(dirname {kept}); python3 AnsiballZ_{module}.py explode > /dev/null; rm -rf {FOLDER}/{module}; "
        f"mv debug_dir {FOLDER}/{module}; rm -rf $PWD"
    )
    return OnHost(target, module)
