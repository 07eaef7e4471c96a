# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab host as the tests see it, and the one proof every module, role and playbook is held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab import Host

from .ansible import Ansible, Result

COLLECTION = "geard.core."
BASE = "/var/lib/containers"
"""The root of everything that the collection keeps on a host."""


@dataclass(frozen=True)
class Target:
    """One prepared host."""

    host: Host
    ansible: Ansible

    @property
    def name(self) -> str:
        return self.host.name

    def sh(self, command: str | Sequence[str], check: bool = True) -> str:
        """Run a command on the host as root; its output without the last newline."""
        return self.host.ssh(command, check=check).stdout.rstrip("\n")

    def succeeds(self, command: str | Sequence[str]) -> bool:
        return self.host.ssh(command, check=False).returncode == 0

    def read(self, path: str) -> str:
        return self.host.ssh(["cat", path]).stdout

    def exists(self, path: str) -> bool:
        return self.succeeds(["test", "-e", path, "-o", "-L", path])

    def tasks(self, *tasks: Mapping[str, Any]) -> list[Result]:
        """Run tasks; one result each, failed ones included."""
        return self.ansible.play(self.name, tasks)

    def module(self, module: str, **options: Any) -> Result:
        """Run one module of the collection (or a fully qualified one)."""
        return self.tasks(task(module, options))[0]

    def ok(self, module: str, **options: Any) -> Result:
        """Run one module that must succeed."""
        result = self.module(module, **options)
        assert result["status"] == "ok", (result.get("msg"), result)
        return result

    def fails(self, module: str, **options: Any) -> str:
        """Run one module that must fail without a traceback, in one line; returns its message."""
        result = self.module(module, **options)
        assert result["status"] == "failed", result
        message = str(result["msg"])
        assert "Traceback" not in str(result), result
        assert "\n" not in message, message
        return message

    def converge(self, module: str, **options: Any) -> Result:
        """Prove that a task converges; returns the result of its first real run. See converge()."""
        return converge(self, module, options)


def task(module: str, options: Mapping[str, Any], **keywords: Any) -> dict[str, Any]:
    """A task of a play."""
    name = module if "." in module else COLLECTION + module
    return {name: dict(options), **keywords}


def converge(target: Target, module: str, options: Mapping[str, Any], *, changed: bool | None = None) -> Result:
    """Check mode predicts exactly, the run does it, and a second run and check change nothing.

    Runs the task four times: check, run, check, run. `actions` and `diff` of the first two must be equal.
    """
    done = converged(target.tasks(*convergence(module, options)))
    if changed is not None:
        assert done["changed"] is changed, done["actions"]
    return done


def host_converges(target: Target, changed: bool, **options: Any) -> Result:
    """converge() for gear_host."""
    return converge(target, "gear_host", options, changed=changed)


def convergence(module: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The four tasks that show whether one converges."""
    again = task(module, options, diff=True)
    return [{**again, "check_mode": True}, again, {**again, "check_mode": True}, again]


def converged(results: Sequence[Result]) -> Result:
    """The result of the first real run, if the four of them are as they must be."""
    predicted, done, settled, second = results
    for result in (predicted, done, settled, second):
        assert result["status"] == "ok", (result.get("msg"), result)
    assert predicted["actions"] == done["actions"], "check mode foretold something else"
    assert predicted["changed"] == done["changed"]
    assert predicted["diff"] == done["diff"]
    assert done["changed"] == bool(done["actions"])
    assert (done["diff"]["before"] != done["diff"]["after"]) == done["changed"]
    for result in (settled, second):
        assert result["actions"] == [], result["actions"]
        assert result["changed"] is False
        assert result["diff"]["before"] == result["diff"]["after"]
    return done
