# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels of SELinux for what lies outside the places its policy knows, as rules of semanage-fcontext(8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BASE = "/var/lib/containers"
_SPECIAL = "([.*+?|\\"


@dataclass(frozen=True)
class Rule:
    """A pattern of paths and the type they have."""

    pattern: str
    type: str

    @property
    def root(self) -> str:
        """The folder all its paths lie in, or are."""
        cut = min((self.pattern.find(mark) for mark in _SPECIAL if mark in self.pattern), default=len(self.pattern))
        path = self.pattern[:cut]
        return path if cut == len(self.pattern) or self.pattern[cut:] == "(/.*)?" else path.rpartition("/")[0]

    @property
    def labels_root(self) -> bool:
        """Whether that folder itself has the type."""
        return self.pattern == f"{self.root}(/.*)?"

    @property
    def addition(self) -> list[str]:
        """The command that adds it."""
        return ["semanage", "fcontext", "--add", "--type", self.type, self.pattern]

    @property
    def removal(self) -> list[str]:
        """The command that takes it away."""
        return ["semanage", "fcontext", "--delete", self.pattern]

    @property
    def relabelling(self) -> list[str]:
        """The command that gives what is there already its label; what is made later has that of its folder."""
        return ["restorecon", "-R", self.root]


RULES = (
    *(Rule(f"{BASE}/{name}(/.*)?", "systemd_unit_file_t") for name in ("units", "targets", "slices")),
    Rule(f"{BASE}/keys(/.*)?", "ssh_home_t"),
    Rule(f"{BASE}/access(/.*)?", "ssh_home_t"),
    Rule(f"{BASE}/home/[^/]+/[^/]+/home(/.*)?", "user_home_dir_t"),
    Rule(f"{BASE}/data(/.*)?", "container_file_t"),
)
"""systemd reads units, sshd reads keys and grants and enters homes, containers use data."""


def policy(config: str) -> str:
    """Name of the policy, from /etc/selinux/config."""
    for line in config.splitlines():
        key, equals, value = line.partition("=")
        if equals and key.strip() == "SELINUXTYPE" and value.strip().isalnum():
            return value.strip()
    return "targeted"


def known_patterns(local: str) -> set[str]:
    """Patterns that an administrator or we gave a type, from file_contexts.local; theirs count, whatever the type."""
    lines = (line.split() for line in local.splitlines() if not line.startswith("#"))
    return {words[0] for words in lines if len(words) > 1}


def missing_rules(local: str, rules: Iterable[Rule] = RULES) -> tuple[Rule, ...]:
    """Rules that a host does not have yet."""
    known = known_patterns(local)
    return tuple(rule for rule in rules if rule.pattern not in known)


def has_type(context: bytes, rule: Rule) -> bool:
    """Whether a file's label, as in its attribute security.selinux, is of the rule's type."""
    return context.rstrip(b"\0").split(b":")[2:3] == [rule.type.encode()]


def own_rules(local: str) -> tuple[Rule, ...]:
    """Rules of ours that a host has, with the type we gave them."""
    found = {words[0]: words[-1] for words in map(str.split, local.splitlines()) if len(words) > 1}
    return tuple(rule for rule in RULES if f":{rule.type}:" in found.get(rule.pattern, ""))
