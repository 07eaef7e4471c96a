# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels of SELinux, as rules of semanage-fcontext(8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_SPECIAL = "([.*+?|\\"


@dataclass(frozen=True)
class Rule:
    """A regular expression of paths, and the type in the label of what it matches."""

    pattern: str
    type: str

    @property
    def root(self) -> str:
        """The folder that all matching paths are or lie in."""
        # Up to the first character that is special in a regular expression.
        cut = min((self.pattern.find(mark) for mark in _SPECIAL if mark in self.pattern), default=len(self.pattern))
        path = self.pattern[:cut]
        return path if cut == len(self.pattern) or self.pattern[cut:] == "(/.*)?" else path.rpartition("/")[0]

    @property
    def labels_root(self) -> bool:
        """Whether that folder itself matches."""
        return self.pattern == f"{self.root}(/.*)?"

    @property
    def addition(self) -> list[str]:
        """The command that adds the rule."""
        return ["semanage", "fcontext", "--add", "--type", self.type, self.pattern]

    @property
    def removal(self) -> list[str]:
        """The command that removes the rule."""
        return ["semanage", "fcontext", "--delete", self.pattern]

    @property
    def relabelling(self) -> list[str]:
        """The command that labels what exists; what is made later gets the label of its folder."""
        return ["restorecon", "-R", self.root]


def policy(config: str) -> str:
    """Name of the policy, from /etc/selinux/config."""
    for line in config.splitlines():
        key, equals, value = line.partition("=")
        if equals and key.strip() == "SELINUXTYPE" and value.strip().isalnum():
            return value.strip()
    return "targeted"


def known_patterns(local: str) -> set[str]:
    """Patterns in file_contexts.local, ours and the administrator's: a type that an administrator chose stays."""
    lines = (line.split() for line in local.splitlines() if not line.startswith("#"))
    return {words[0] for words in lines if len(words) > 1}


def missing_rules(local: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Those of the rules that a host does not have yet."""
    known = known_patterns(local)
    return tuple(rule for rule in rules if rule.pattern not in known)


def has_type(context: bytes, rule: Rule) -> bool:
    """Whether a file's label, as in its attribute security.selinux, is of the rule's type."""
    return context.rstrip(b"\0").split(b":")[2:3] == [rule.type.encode()]


def own_rules(local: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Those of the rules that a host has, with this type."""
    found = {words[0]: words[-1] for words in map(str.split, local.splitlines()) if len(words) > 1}
    return tuple(rule for rule in rules if f":{rule.type}:" in found.get(rule.pattern, ""))
