# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every message that the collection can give is in messages.txt, for people to read, and obeys a few rules."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.geard.core.tests.unit.messages.collect import Message, messages, render
from ansible_collections.geard.core.tests.unit.messages.rules import complaints

FOUND = messages()


def test_messages_txt_has_every_message_as_it_is_now() -> None:
    kept = Path(__file__).with_name("messages.txt").read_text(encoding="utf-8")
    assert kept.splitlines() == render(FOUND).splitlines(), "run: python3 -m tests.unit.messages, and read what changed"


def test_every_message_obeys_the_rules() -> None:
    wrong = [f"{found.file}: {found.kind}: {found.text}: {why}" for found in FOUND for why in complaints(found)]
    assert not wrong, "\n".join(wrong)


def test_the_rules_find_what_they_are_for() -> None:
    for kind, text in (
        ("InvalidOption", "name: 'x' is refused: a name"),
        ("InvalidOption", "image: None is not valid; expected an image"),
        ("Conflict", "gear web keeps the versions none"),
        ("OperationFailed", "cannot pull shop/web: "),
        ("warn", "the job was broken off"),
        ("UnusableOption", "env_name: 'x' is not valid; expected an environment"),
    ):
        assert list(complaints(Message("", "", kind, text))), text


def test_messages_are_collected_through_variables_helpers_and_loops() -> None:
    """A sample from each way in which a text reaches an error, so that a blind spot does not pass for silence."""
    kinds = {found.kind for found in FOUND}
    assert {"InvalidOption", "Conflict", "HostNotReady", "MissingLibrary", "OperationFailed", "warn", "refuse"} <= kinds
    assert len(FOUND) > 400
