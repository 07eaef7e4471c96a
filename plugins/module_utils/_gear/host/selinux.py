# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""SELinux of the host: whether it is on, which rules of labels it has, and adding and removing ours."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ..model.host.selinux import Rule, has_type, missing_rules, own_rules, policy
from .process import run_checked

SWITCH = "/sys/fs/selinux/enforce"
CONFIG = "/etc/selinux/config"
LOCAL = "/etc/selinux/{policy}/contexts/files/file_contexts.local"
_SLOW = 300.0
"""Seconds for a command: restorecon walks all data of the gears."""


def is_on() -> bool:
    """Whether SELinux is on, enforcing or permissive."""
    return os.path.exists(SWITCH)


def wanted(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Those of the rules that this host lacks, or has without the labels; none where SELinux is off."""
    if not is_on():
        return ()
    local = _local()
    return (*missing_rules(local, rules), *(rule for rule in own_rules(local, rules) if not _is_labelled(rule)))


def _is_labelled(rule: Rule) -> bool:
    # A task may have been killed between adding the rule and labelling what exists.
    if not rule.labels_root or not os.path.isdir(rule.root):
        return True
    return has_type(os.getxattr(rule.root, "security.selinux"), rule)


def given(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Those of the rules that this host has; none where SELinux is off."""
    return own_rules(_local(), rules) if is_on() else ()


def add(rule: Rule) -> None:
    """Add a rule unless it is there, and label what exists; raises OperationFailed."""
    if missing_rules(_local(), [rule]):
        run_checked(rule.addition, f"set the SELinux type of {rule.pattern} to {rule.type}", _SLOW)
    run_checked(rule.relabelling, f"set the SELinux labels below {rule.root}", _SLOW)


def remove(rules: Iterable[Rule]) -> None:
    """Remove rules; raises OperationFailed."""
    for rule in rules:
        run_checked(rule.removal, f"remove the SELinux type of {rule.pattern}", _SLOW)


def restore(path: str) -> None:
    """Label what was just made in a folder with another label; raises OperationFailed."""
    if is_on():
        run_checked(["restorecon", "-R", path], f"set the SELinux labels below {path}", _SLOW)


def _local() -> str:
    return _text(LOCAL.format(policy=policy(_text(CONFIG))))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""
