# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts for deployments, and a deployment as seen from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import snapshot
from .ansible import Ansible, Run
from .hosts import Target, task

PAGE = "/cgi-bin/index.cgi"


@dataclass(frozen=True)
class Outcome:
    """A run of the playbook geard.core.deploy that succeeded."""

    run: Run

    @property
    def changed(self) -> list[str]:
        """Tasks that changed something, with their host."""
        lines = self.run.lines
        return [
            f"{line['task'].rpartition(' : ')[2]} on {line['host']}" for line in lines if line["result"].get("changed")
        ]

    @property
    def shown(self) -> list[str]:
        """The plan as it is shown to people."""
        (found,) = [line["result"]["msg"] for line in self.run.lines if line["task"].endswith("Show the plan")]
        return list(found)

    def marked(self, mark: str) -> list[str]:
        """Gears of the plan with this mark: + for new ones, - for removed ones."""
        return [line.split()[1] for line in self.shown[1:] if line.startswith(mark)]


@dataclass(frozen=True)
class Site:
    """Hosts in one inventory, in this order."""

    targets: tuple[Target, ...]
    ansible: Ansible

    @property
    def folder(self) -> Path:
        return self.ansible.folder

    def write(self, name: str, *containers: Mapping[str, Any], **fields: Any) -> Path:
        """Write a descriptor."""
        path = self.folder / name
        path.write_text(json.dumps({**fields, "containers": containers}))
        return path

    def run(self, descriptor: Path | str, *words: str, **variables: Any) -> Run:
        """Run the playbook; variables without their prefix gear_deploy_."""
        settings = {f"gear_deploy_{key}": value for key, value in variables.items()}
        if descriptor:
            settings["gear_deploy_descriptor"] = str(descriptor)
        return self.ansible.forked("geard.core.deploy", "-e", json.dumps(settings), *words)

    def deploy(self, descriptor: Path | str, *words: str, **variables: Any) -> Outcome:
        """Deploy; must succeed."""
        run = self.run(descriptor, *words, **variables)
        assert run.code == 0, run.output
        return Outcome(run)

    def refused(self, descriptor: Path | str, *words: str, **variables: Any) -> str:
        """Deploy; must fail in one line without a change on any host. Returns each host's message."""
        run = self.run(descriptor, *words, **variables)
        assert run.code != 0, run.output
        assert not Outcome(run).changed, run.output
        messages = [str(line["result"]["msg"]) for line in run.lines if line["status"] == "failed"]
        assert messages, run.output
        assert not any("\n" in message for message in messages), messages
        assert "Traceback" not in run.output, run.output
        return "\n".join(messages)

    def gears(self) -> dict[str, tuple[Target, str]]:
        """Running gears: name -> host and container id; no name is on two hosts."""
        found: dict[str, tuple[Target, str]] = {}
        for target in self.targets:
            for line in target.sh("docker ps --no-trunc --format '{{.Names}} {{.ID}}'").splitlines():
                name, identifier = line.split()
                assert name not in found, f"{name} runs twice"
                found[name] = (target, identifier)
        return found

    def containers(self) -> dict[str, str]:
        """Running gears and their container ids."""
        return {name: identifier for name, (_target, identifier) in self.gears().items()}

    def answers(self, *places: str) -> dict[str, list[str]]:
        """Gear -> the gears that answer at addresses inside it."""
        gears = self.gears()
        names = {identifier[:12]: name for name, (_target, identifier) in gears.items()}
        asked = " ".join(f"http://{place}{PAGE}" for place in places)
        said = {}
        for name, (target, identifier) in gears.items():
            pid = f"$(docker inspect -f '{{{{.State.Pid}}}}' {identifier})"
            answer = target.sh(
                f"for url in {asked}; do nsenter -t {pid} -n curl -sS -m 5 --retry 5 --retry-connrefused "
                "--retry-delay 1 $url; done"
            )
            hosts = [line.rpartition(" ")[2] for line in answer.splitlines()]
            said[name] = [names.get(host, host) for host in hosts]
        return said

    def had_a_gear(self) -> None:
        """Create and remove a gear on each host, so that leftovers of a first gear, such as a target's folder, exist
        already.
        """
        one = {"name": "first-0", "image": "geard-test/busybox:1", "ports": [8080]}
        removed = {"name": "first-0", "state": "absent", "keep_data": False}
        for result in self.ansible.play("all", [task("gear_container", one), task("gear_container", removed)]):
            assert result["status"] == "ok", result

    def snapshots(self) -> list[dict[str, Any]]:
        """The complete state of the hosts."""
        return [snapshot.take(target) for target in self.targets]

    def differences(self, before: list[dict[str, Any]]) -> list[str]:
        """Differences from an earlier state."""
        return [line for old, new in zip(before, self.snapshots()) for line in snapshot.differences(old, new)]
