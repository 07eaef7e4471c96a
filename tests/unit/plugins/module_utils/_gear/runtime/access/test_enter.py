# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear-enter: whose login calls, and which gear it may enter; everybody else is told why not."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import Conflict
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.access import enter
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

PEOPLE = {
    5: ("ctr-web", "Container user"),
    6: ("ctr-alone", "Container user,,,"),
    7: ("ctr-alone", "Container user"),
    8: ("ctr-gone", "Container user"),
    9: ("ctr-web", "Somebody else"),
    10: ("git-web", "Repository user"),
    11: ("web", "Container user"),
    12: ("ctr-../web", "Container user"),
    13: ("ctr-rt-ctr", "Container user"),
    0: ("root", "root"),
}


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """The gears web and rt-ctr, and alone, which is isolated."""

    def entry(uid: int) -> pwd.struct_passwd:
        name, comment = PEOPLE[uid]
        return pwd.struct_passwd((name, "*", uid, uid, comment, "/", "/bin/sh"))

    monkeypatch.setattr(pwd, "getpwuid", entry)
    layout = Layout(base=str(tmp_path))
    for name, text in (("web", ""), ("rt-ctr", ""), ("alone", "X-ContainerUserId=6:6\n")):
        unit = Path(layout.unit(name))
        unit.parent.mkdir(parents=True)
        unit.write_text(text)
    return layout


@pytest.mark.parametrize(("uid", "gear"), [("5", "web"), ("6", "alone"), ("13", "rt-ctr")])
def test_the_login_of_a_gear(layout: Layout, uid: str, gear: str) -> None:
    assert enter.caller(layout, uid)[0] == gear


@pytest.mark.parametrize(
    ("uid", "reason"),
    [
        ("", "through sudo"),
        ("web", "through sudo"),
        ("99", "through sudo"),
        ("0", "not the login of a gear"),
        ("7", "not the login that gear alone runs as"),
        ("8", "no gear gone on this host any more"),
        ("9", "not the login of a gear"),
        ("10", "not the login of a gear"),
        ("11", "not the login of a gear"),
        ("12", "not the login of a gear"),
    ],
)
def test_anybody_else(layout: Layout, uid: str, reason: str) -> None:
    with pytest.raises(Conflict, match=reason):
        enter.caller(layout, uid)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", ["/bin/sh", "-l"]),
        ("=", ["/bin/sh", "-c", ""]),
        ("=echo $HOME; id", ["/bin/sh", "-c", "echo $HOME; id"]),
        ("=-u root", ["/bin/sh", "-c", "-u root"]),
    ],
)
def test_a_command_is_text_for_the_shell_in_the_container(asked: str, words: list[str]) -> None:
    assert enter.words(asked) == words
