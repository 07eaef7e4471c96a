# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""SELinux of the host: whether it is on, which labels it was given, and giving it ours."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..model.host.selinux import Rule, has_type, missing_rules, own_rules, policy
from .process import run_checked

SWITCH = "/sys/fs/selinux/enforce"
CONFIG = "/etc/selinux/config"
LOCAL = "/etc/selinux/{policy}/contexts/files/file_contexts.local"
_SLOW = 300.0


def is_on() -> bool:
    """Whether the kernel asks SELinux, be it to refuse or only to complain."""
    return os.path.exists(SWITCH)


def wanted() -> tuple[Rule, ...]:
    """Rules this host lacks, or has and was not labelled by; none where SELinux is off."""
    if not is_on():
        return ()
    local = _local()
    return (*missing_rules(local), *(rule for rule in own_rules(local) if not _is_labelled(rule)))


def _is_labelled(rule: Rule) -> bool:
    if not rule.labels_root or not os.path.isdir(rule.root):
        return True
    return has_type(os.getxattr(rule.root, "security.selinux"), rule)


def given() -> tuple[Rule, ...]:
    """Rules of ours this host has."""
    return own_rules(_local()) if is_on() else ()


def add(rule: Rule) -> None:
    """Add a rule, unless it is there, and label what is there."""
    if rule in missing_rules(_local()):
        run_checked(rule.addition, f"tell SELinux that {rule.pattern} is {rule.type}", _SLOW)
    run_checked(rule.relabelling, f"label {rule.root}", _SLOW)


def remove(rules: Iterable[Rule]) -> None:
    """Take rules away."""
    for rule in rules:
        run_checked(rule.removal, f"have SELinux forget {rule.pattern}", _SLOW)


def restore(path: str) -> None:
    """Give what was made just now the label its rule says, where its folder has another one."""
    if is_on():
        run_checked(["restorecon", "-R", path], f"label {path}", _SLOW)


def _local() -> str:
    return _text(LOCAL.format(policy=policy(_text(CONFIG))))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""
