# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the operations: secrets are hidden, results returned, and errors reach the operator."""

from __future__ import annotations

import contextlib
import gc
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .model.errors import GearError

HIDDEN = "(hidden)"
_VARIABLES = ("env", "build_args")
"""Options whose values are secret and whose keys are not."""

_LOGIN_OF_URL = re.compile(r"(?<=://)[^/\s]+(?=@)")


class _QuietModule(AnsibleModule):
    """Hides values from the system log.

    Ansible looks for them in the options as Python prints those, and so misses values with quotes or backslashes.
    """

    def _log_invocation(self) -> None:
        given, self.params = self.params, hide_values(self.params)
        try:
            super()._log_invocation()  # type: ignore[no-untyped-call]
        finally:
            self.params = given


class Module:
    """An AnsibleModule whose results and messages never show the value of a variable."""

    def __init__(self, **arguments: Any) -> None:
        self.ansible = _QuietModule(supports_check_mode=True, **arguments)  # type: ignore[no-untyped-call]
        self.params: dict[str, Any] = self.ansible.params
        self.check_mode: bool = self.ansible.check_mode
        self.wants_diff: bool = self.ansible._diff
        self._secrets: set[str] = set()
        self.hide(self.ansible.no_log_values)
        # Ansible would blank every number and name in the result that happens to equal a value. So it gets none:
        # results are built without values, and messages and the arguments shown with -vvv are cleaned here.
        self.ansible.no_log_values = set()

    def hide(self, values: Iterable[str]) -> None:
        """Keep more values out of messages, except those of up to three characters, which would blank too much."""
        forms = (form for value in values for form in (value, value.strip()))  # the journal drops blanks at both ends
        self._secrets.update(form for form in forms if len(form) > 3)

    def exit(self, **result: Any) -> None:
        """End the module with its result."""
        gc.freeze()  # at its end, Python would search all it has for garbage: a twentieth of a run
        self.ansible.exit_json(**_known(result), invocation=self._invocation())

    def fail(self, message: str, **result: Any) -> None:
        """End the module as failed, with a message and a result."""
        self.ansible.fail_json(msg=self.clean(message), **_known(result), invocation=self._invocation())

    def clean(self, text: str) -> str:
        """Text in which all values that hide() got are replaced; a program may have printed them."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def _invocation(self) -> dict[str, Any]:
        shown = hide_values(self.params)
        texts = (name for name, value in self.params.items() if isinstance(value, str))
        secret = (name for name in texts if self.ansible.argument_spec[name].get("no_log"))
        return {"module_args": {**shown, **dict.fromkeys(secret, HIDDEN)}}


def _known(result: dict[str, Any]) -> dict[str, Any]:
    """The result without an rc of None, which Ansible takes for a failure or warns of."""
    return {key: value for key, value in result.items() if key != "rc" or value is not None}


def hide_values(arguments: Any) -> Any:
    """Arguments without values of variables, logins in URLs, and private keys. Names of variables stay."""
    if isinstance(arguments, Mapping):
        return {
            key: dict.fromkeys(value, HIDDEN)
            if key in _VARIABLES and isinstance(value, Mapping)
            else hide_values(value)
            for key, value in arguments.items()
        }
    if isinstance(arguments, str):
        if "PRIVATE KEY" in arguments:  # somebody gave it in place of the public one
            return HIDDEN
        return _LOGIN_OF_URL.sub(HIDDEN, arguments)
    return [hide_values(item) for item in arguments] if isinstance(arguments, list) else arguments


@contextlib.contextmanager
def reported(module: Module) -> Iterator[None]:
    """Run an operation as root; a GearError ends the module as failed, with its one line as message."""
    try:
        if os.geteuid() != 0:
            raise GearError(
                "this module must run as root, as it manages systemd and Docker; set 'become: true' on the task"
            )
        yield
    except GearError as error:
        module.fail(str(error))
