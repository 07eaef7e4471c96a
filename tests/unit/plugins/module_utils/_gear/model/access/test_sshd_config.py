# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd is told, and how its answers are read."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.access import sshd_config
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption


def test_only_logins_of_gears_are_matched() -> None:
    text = sshd_config.drop_in("1:2:3", ["git-theirs", "ctr-theirs"])
    head, match, rest = text.partition("Match User ctr-*,!ctr-theirs\n")
    assert match
    rest, match, of_git = rest.partition("Match User git-*,!git-theirs\n")
    assert match
    assert all(line.startswith("    ") for line in of_git.splitlines())
    assert head.splitlines()[-1] == "MaxStartups 1:2:3"
    assert all(line.startswith("    ") for line in rest.splitlines())


@pytest.mark.parametrize(("forwards", "words"), [(False, "DisableForwarding yes"), (True, "AllowTcpForwarding local")])
def test_forwarding(forwards: bool, words: str) -> None:
    """Either nothing, or from the client to places its key's line names."""
    of_gears, _match, of_git = sshd_config.drop_in("", [], forwards).partition("Match User git-*\n")
    assert "    DisableForwarding yes\n" in of_git
    assert sshd_config.COMMAND_WITH_PORTS not in of_git
    lines = [line.strip() for line in of_gears.splitlines()]
    assert words in lines
    assert "PermitTunnel no" in lines
    assert ("AuthorizedKeysCommand " + (sshd_config.COMMAND_WITH_PORTS if forwards else sshd_config.COMMAND)) in lines
    keywords = [line.split()[0] for line in lines if not line.startswith("#")]
    assert len(keywords) == len(set(keywords))
    if forwards:
        closed = {"AllowStreamLocalForwarding no", "AllowAgentForwarding no", "X11Forwarding no", "PermitListen none"}
        assert closed <= set(lines)


@pytest.mark.parametrize(
    ("config", "included"),
    [
        ("Include /etc/ssh/sshd_config.d/*.conf\n", True),
        ("# one\nInclude sshd_config.d/*.conf\n", True),
        ('include "/etc/ssh/sshd_config.d/00-geard.conf"\n', True),
        ("Port 22\nInclude /etc/ssh/other/*.conf /etc/ssh/sshd_config.d/*\n", True),
        ("Match User x\nInclude /etc/ssh/sshd_config.d/*.conf\n", False),
        ("#Include /etc/ssh/sshd_config.d/*.conf\n", False),
        ("Include /etc/ssh/other.d/*.conf\n", False),
        ("", False),
    ],
)
def test_whether_a_configuration_includes_ours(config: str, included: bool) -> None:
    assert sshd_config.includes_drop_in(config) is included


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, []),
        ({"authorizedkeyscommand": [sshd_config.COMMAND_WITH_PORTS]}, []),
        ({"authorizedkeyscommand": ["/usr/bin/theirs %u"]}, ["'/usr/bin/theirs %u'"]),
        ({"allowusers": ["root", "ctr-*"]}, []),
        ({"allowusers": ["root"]}, ["AllowUsers of sshd has only root"]),
        ({"denyusers": ["ctr-*"]}, ["DenyUsers of sshd has ctr-*"]),
        ({"allowgroups": ["gear-logins"]}, []),
        (
            {"allowgroups": ["wheel"], "denygroups": ["gear-*"]},
            ["AllowGroups of sshd has only wheel", "DenyGroups of sshd has gear-*"],
        ),
    ],
)
def test_problems(settings: dict[str, list[str]], words: list[str]) -> None:
    found = list(sshd_config.problems({"authorizedkeyscommand": [sshd_config.COMMAND], **settings}))
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found))


@pytest.mark.parametrize("value", ["10", "10:30:100", ""])
def test_max_startups(value: str) -> None:
    assert sshd_config.check_max_startups(value) == value


@pytest.mark.parametrize("value", ["ten", "1:2", "0", "1:2:3:4", "-1", "1000000", "10\nPermitRootLogin yes"])
def test_max_startups_refused(value: str) -> None:
    with pytest.raises(InvalidOption):
        sshd_config.check_max_startups(value)
