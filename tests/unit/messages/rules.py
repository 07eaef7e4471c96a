# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no message of the collection may look like. An operator reads one at three in the morning, alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .collect import Message

_LONGEST = 330
_FORBIDDEN = {
    "more than one line, or blanks at an end": r"\n|\t|^\s|\s$|  ",
    "a value of Python that means nothing to the reader": r"\bNone\b|\(given\)|'this( text)?'|\[\]|\{\}|\['",
    "'is refused' hides what is wrong": r"\b(is|are) refused\b",
    "an empty reason": r"[:;,(]$|: ?[;,.)]|\(\)|''",
    "a full stop at the end": r"(?<!\.\.)\.$",
    "words that are read twice": (
        r"\btold\b|\bbecame of\b|\bbroken off\b|\bbroke off\b|\b(is|are) none\b|\bwhat is no\b|\bto be had\b"
        r"|\bsomebody else's\b|\baltogether\b|\bwhat ran it\b|\bkeeps the versions none\b"
    ),
    "an expression without a sample value (give it one in samples.py)": r"<[^>\s][^>]*[\w)\]]>",
}
_FORMS = {
    "InvalidOption": r"^\S.*: .+ is not valid; expected \S|^\S.*: missing; expected \S",
    "UnusableOption": r"^\S+: (.+ )?cannot be used: \S",
}
_FEWEST_WORDS = 4


def complaints(message: Message) -> Iterator[str]:
    """What is wrong with a message."""
    for about, pattern in _FORBIDDEN.items():
        if re.search(pattern, message.text):
            yield about
    if len(message.text) > _LONGEST:
        yield f"longer than {_LONGEST} characters"
    form = _FORMS.get(message.kind)
    if form and not re.search(form, message.text):
        yield "not in the form of its class (model/errors.py)"
    if message.kind[0].isupper() and len(message.text.split()) < _FEWEST_WORDS:
        yield "too short to say what failed, where and why"
