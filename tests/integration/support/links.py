# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services on lab hosts, and conversations with them from inside gears."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .hosts import Target, task
from .on_host import FOLDER, PROGRAMS

IMAGE = "openshift/busybox-http-app"
GEAR = "lnkgear"
"""The gear that has the links of a test."""
PORT, OTHER = 7001, 7002
"""Ports of the two services on the other host."""


def install(*targets: Target) -> None:
    """Put the programs of this module on hosts."""
    for target in targets:
        target.host.put(PROGRAMS, FOLDER)


def serve(target: Target, port: int, name: str = "") -> str:
    """Start a service outside of Docker, unless it runs; returns the name it answers with."""
    name = name or f"{target.name}:{port}"
    unit = f"serve-{port}"
    if not target.succeeds(f"systemctl is-active -q {unit}"):
        target.sh(f"systemd-run -q --unit={unit} python3 {FOLDER}/serve.py {name} {port}")
        target.sh(f"for i in $(seq 50); do ss -lnt 'sport = :{port}' | grep -q {port} && exit; sleep 0.1; done; exit 1")
    return name


@dataclass(frozen=True)
class Inside:
    """The network namespace of a running gear."""

    target: Target
    gear: str

    @property
    def enter(self) -> str:
        """Shell words that run the rest of the line in it; the container may have been started anew meanwhile."""
        return f"nsenter -t $(docker inspect -f '{{{{.State.Pid}}}}' {self.gear}) -n"

    def sh(self, command: str, check: bool = True) -> str:
        return self.target.sh(f"{self.enter} {command}", check=check)

    def ask(self, host: str, port: int, protocol: str = "tcp") -> str:
        """Who answers at an address."""
        return self.sh(f"python3 {FOLDER}/talk.py {host} {port} {protocol}")

    def ask_all(self, host: str, ports: Sequence[int]) -> list[str]:
        """Who answers at many ports, in one go."""
        words = " ".join(map(str, ports))
        return self.sh(f"sh -c 'for p in {words}; do python3 {FOLDER}/talk.py {host} $p tcp; done'").splitlines()

    def keep_talking(self, host: str, port: int, protocol: str = "tcp") -> Conversation:
        """Open a connection and keep it busy."""
        name = f"talk-{protocol}-{port}"
        self.target.sh(
            f"touch /tmp/{name}; rm -f /tmp/{name}.out; "
            f"({self.enter} python3 {FOLDER}/talk.py {host} {port} {protocol} /tmp/{name} > /tmp/{name}.out 2>&1 &) "
            "> /dev/null 2>&1; sleep 0.5"
        )
        return Conversation(self.target, name)

    def tables(self) -> str:
        """Every rule in the namespace, of both tools."""
        shown = "iptables-legacy-save; ip6tables-legacy-save; nft list ruleset"
        return self.sh(f"sh -c '{shown}' 2> /dev/null", check=False)

    def status(self) -> dict[str, Any]:
        """What the runtime recorded."""
        found: dict[str, Any] = json.loads(self.target.read(f"/run/containers/{self.gear[:2]}/{self.gear}/links"))
        return found


@dataclass(frozen=True)
class Conversation:
    """A connection that is kept busy in the background."""

    target: Target
    name: str

    def end(self) -> str:
        """Everyone who answered, in turn."""
        return self.target.sh(f"sleep 0.5; rm /tmp/{self.name}; sleep 1.2; cat /tmp/{self.name}.out")


def item_of(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["gears"][0]
    return found


def wait(near: Target, condition: str, seconds: int = 10) -> None:
    """Until a command of the host succeeds."""
    near.sh(f"for i in $(seq {seconds * 5}); do if {condition}; then exit 0; fi; sleep 0.2; done; exit 1")


def start_with(near: Target, *wanted: str, **options: Any) -> Inside:
    near.ok("gear_container", name=GEAR, image=IMAGE, **{"links": list(wanted), **options})
    return Inside(near, GEAR)


def relink(near: Target, *steps: dict[str, Any]) -> None:
    """Several tasks of gear_link in one play, all of which must succeed."""
    for result in near.tasks(*(task("gear_link", {"name": GEAR, **step}) for step in steps)):
        assert result["status"] == "ok", result
