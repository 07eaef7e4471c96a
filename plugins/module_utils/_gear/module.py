# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between Ansible and the operations: shared arguments, results, and one way for an error to reach the operator."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .model.errors import GearError

HIDDEN = "(hidden)"
_VARIABLES = ("env", "build_args")
_LOGIN_OF_URL = re.compile(r"(?<=://)[^/\s]+(?=@)")


class _QuietModule(AnsibleModule):
    """Ansible logs lists of options as Python writes them, and then does not find values with quotes or backslashes."""

    def _log_invocation(self) -> None:
        given, self.params = self.params, hide_values(self.params)
        try:
            super()._log_invocation()  # type: ignore[no-untyped-call]
        finally:
            self.params = given


class Module:
    """An AnsibleModule that never shows the values of variables, and knows the one family of errors."""

    def __init__(self, **arguments: Any) -> None:
        self.ansible = _QuietModule(supports_check_mode=True, **arguments)  # type: ignore[no-untyped-call]
        self.params: dict[str, Any] = self.ansible.params
        self.check_mode: bool = self.ansible.check_mode
        self.wants_diff: bool = self.ansible._diff
        self._secrets: set[str] = set()
        self.hide(self.ansible.no_log_values)
        # Ansible would also blank every number and name in the result that happens to equal a value. Results are
        # built without values, messages are cleaned here, and so are the arguments shown with -vvv.
        self.ansible.no_log_values = set()

    def hide(self, values: Iterable[str]) -> None:
        """Keep further values out of messages; those of up to three characters would blank half of any text."""
        forms = (form for value in values for form in (value, value.strip()))  # journals drop blanks at the ends
        self._secrets.update(form for form in forms if len(form) > 3)

    def exit(self, **result: Any) -> None:
        """End the module with its result."""
        self.ansible.exit_json(**_known(result), invocation=self._invocation())

    def fail(self, message: str, **result: Any) -> None:
        """End the module as failed."""
        self.ansible.fail_json(msg=self.clean(message), **_known(result), invocation=self._invocation())

    def clean(self, text: str) -> str:
        """Text without the values of variables, which a program may have printed."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def _invocation(self) -> dict[str, Any]:
        shown = hide_values(self.params)
        texts = (name for name, value in self.params.items() if isinstance(value, str))
        secret = (name for name in texts if self.ansible.argument_spec[name].get("no_log"))
        return {"module_args": {**shown, **dict.fromkeys(secret, HIDDEN)}}


def _known(result: dict[str, Any]) -> dict[str, Any]:
    """A result without an rc that is not known: Ansible takes it for a failure, or warns that it is no number."""
    return {key: value for key, value in result.items() if key != "rc" or value is not None}


def hide_values(arguments: Any) -> Any:
    """Arguments with the values of variables hidden, their names kept, without passwords in URLs and private keys."""
    if isinstance(arguments, Mapping):
        return {
            key: dict.fromkeys(value, HIDDEN)
            if key in _VARIABLES and isinstance(value, Mapping)
            else hide_values(value)
            for key, value in arguments.items()
        }
    if isinstance(arguments, str):
        if "PRIVATE KEY" in arguments:  # given in place of a public one
            return HIDDEN
        return _LOGIN_OF_URL.sub(HIDDEN, arguments)
    return [hide_values(item) for item in arguments] if isinstance(arguments, list) else arguments


@contextlib.contextmanager
def reported(module: Module) -> Iterator[None]:
    """Run an operation; a foreseeable failure becomes the module's, in one line."""
    try:
        if os.geteuid() != 0:
            raise GearError(
                "this module must run as root, as it manages systemd and Docker; set 'become: true' on the task"
            )
        yield
    except GearError as error:
        module.fail(str(error))
