# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleFileNotFound
from ansible.plugins.action import ActionBase

from ansible_collections.geard.core.plugins.module_utils._gear.model.deploy.plan import Host
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import (
    GearError,
    InvalidOption,
    UnusableOption,
)
from ansible_collections.geard.core.plugins.module_utils._gear.operations.deploy import plan as deploy
from ansible_collections.geard.core.plugins.module_utils._gear.operations.deploy.result import summary, take_down


class ActionModule(ActionBase):
    """Plans a deployment on the controller, from its descriptor and what the hosts of the play registered."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the plan, and what each host is told to do. Nothing is changed on any host."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            argument_spec={
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "name": {"type": "str", "required": True},
                "descriptor": {"type": "str"},
                "found_variable": {"type": "str", "required": True, "aliases": ["found"]},
                "installed_variable": {"type": "str", "aliases": ["installed"]},
                "address_variable": {"type": "str", "required": True, "aliases": ["address"]},
            }
        )
        play = Play(task_vars or {})
        try:
            gears = play.found(arguments["found_variable"])
            if arguments["state"] == "absent":
                result.update(take_down(arguments["name"], gears))
                return result
            planned = deploy.plan(
                arguments["name"],
                self._content(arguments["descriptor"]),
                play.hosts(arguments["address_variable"]),
                gears,
                arguments["descriptor"],
            )
            registered = arguments["installed_variable"]
            installed = play.gears(registered) if registered else None
            result.update(summary(planned, gears, installed))
            # Items of gears hold the values of environments, which must not reach screens and logs.
            result["_ansible_no_log"] = any(
                "env" in gear for task in result["hosts"].values() for gear in task["gears"]
            )
        except GearError as error:
            raise AnsibleActionFail(f"deployment {arguments['name']}: {error}") from None
        return result

    def _content(self, descriptor: str | None) -> str:
        """Text of the descriptor; raises InvalidOption or UnusableOption when it cannot be read."""
        if not descriptor:
            raise InvalidOption("gear_deploy_descriptor", descriptor, "the path of a descriptor on the controller")
        try:
            return self._path(descriptor).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise UnusableOption(
                "gear_deploy_descriptor", descriptor, f"cannot read it on the controller: {error.strerror}"
            ) from None
        except UnicodeDecodeError as error:
            raise UnusableOption(
                "gear_deploy_descriptor",
                descriptor,
                f"byte {error.start} of the file is not UTF-8; expected JSON or YAML",
            ) from None

    def _path(self, descriptor: str) -> Path:
        """Path of the descriptor: where Ansible looks for files, or relative to where Ansible was started."""
        try:
            return Path(self._find_needle("files", descriptor))  # type: ignore[no-untyped-call]
        except AnsibleFileNotFound:
            return Path(descriptor).expanduser()


class Play:
    """The hosts of the play and their variables."""

    def __init__(self, task_vars: Mapping[str, Any]) -> None:
        self._names = list(task_vars["ansible_play_hosts"])
        self._variables = task_vars["hostvars"]

    def _without(self, variable: str) -> str:
        """The first host that lacks a variable, "" when none does."""
        return next((str(name) for name in self._names if variable not in self._variables[name]), "")

    def hosts(self, address: str) -> list[Host]:
        """Every host with its groups, and with its address, which its variable of this name holds.

        Raises UnusableOption when a host lacks the variable.
        """
        if host := self._without(address):
            because = f"host {host} has no variable of this name; set it to the address that other hosts use for it"
            raise UnusableOption("address_variable", address, because)
        return [
            Host(
                str(name),
                str(self._variables[name][address]),
                frozenset(map(str, self._variables[name]["group_names"])),
            )
            for name in self._names
        ]

    def found(self, registered: str) -> dict[str, list[dict[str, Any]]]:
        """Host -> its gears; raises UnusableOption when a host lacks the result, as it would count as empty."""
        if host := self._without(registered):
            because = f"host {host} has no variable of this name; register the result of gear_info under it"
            raise UnusableOption("found_variable", registered, because)
        return self.gears(registered)

    def gears(self, registered: str) -> dict[str, list[dict[str, Any]]]:
        """Host -> its gears, from the result that it registered under this name."""
        return {str(name): list(self._variables[name].get(registered, {}).get("gears") or ()) for name in self._names}
