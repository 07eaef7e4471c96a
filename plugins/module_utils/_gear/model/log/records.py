# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of the journal, and the times that choose them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ..errors import InvalidOption, UnusableOption

MAX_MESSAGE = 65536
"""Characters of a message that are returned. journald itself splits lines at 48 KiB."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(?:[.,](\d{1,6})\d*)?(?:(?P<utc>[Zz])|([+-]\d{2}):?(\d{2}))?"
)
_TIMES = (
    "seconds back from now, a time in ISO 8601 such as 2026-03-01T12:00:00Z, or one that journalctl takes such as -1h, "
    "yesterday or '2026-03-01 12:00'"
)


@dataclass(frozen=True)
class Record:
    """One record. usec: microseconds since 1970. cursor: its place in the journal. priority: 0 to 7 as in syslog(3)."""

    cursor: str
    usec: int
    priority: int | None
    identifier: str
    message: str

    def as_dict(self) -> dict[str, object]:
        """The form modules return."""
        time = (_EPOCH + timedelta(microseconds=self.usec)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "time": time,
            "priority": self.priority,
            "identifier": self.identifier or None,
            "message": self.message,
        }


def parse_record(entry: Mapping[str, object]) -> Record | None:
    """Read an entry of journalctl's JSON; None when it has no time."""
    usec, priority = str(entry.get("__REALTIME_TIMESTAMP")), str(entry.get("PRIORITY"))
    if not usec.isdigit():
        return None
    message = _text(entry.get("MESSAGE"))
    if len(message) > MAX_MESSAGE:
        message = f"{message[:MAX_MESSAGE]}... ({len(message) - MAX_MESSAGE} more characters)"
    return Record(
        cursor=str(entry.get("__CURSOR")),
        usec=int(usec),
        priority=int(priority) if priority.isdigit() else None,
        identifier=_text(entry.get("SYSLOG_IDENTIFIER")),
        message=message,
    )


def _text(value: object) -> str:
    """A field as text: journalctl has a list of bytes for what is not UTF-8, a list of texts for a repeated field."""
    if isinstance(value, list):
        if value and all(isinstance(item, int) for item in value):
            return bytes(value).decode("utf-8", "backslashreplace")
        return "\n".join(_text(item) for item in value)
    return "" if value is None else str(value)


def check_time(value: object, where: str) -> str:
    """Return a time in journalctl's syntax; raises InvalidOption when the text cannot be a time."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip() or not text.isprintable() or len(text) > 100:
        raise InvalidOption(where, value, _TIMES)
    if text.isascii() and text.isdigit():
        return f"-{int(text)}s"
    match = _ISO.fullmatch(text)
    return at(_microseconds(match, where)) if match else text


def at(usec: int) -> str:
    """A moment, given in microseconds since 1970, in journalctl's syntax."""
    return f"@{usec // 1_000_000}.{usec % 1_000_000:06d}"


def _microseconds(match: re.Match[str], where: str) -> int:
    """Microseconds since 1970 of a time in ISO 8601; without an offset it is local time of the host."""
    minute, second, fraction, _utc, hours, minutes = match.groups()
    offset = "+00:00" if match["utc"] else f"{hours}:{minutes}" if hours else ""
    try:
        moment = datetime.fromisoformat(f"{minute}{second or ':00'}.{(fraction or '0').ljust(6, '0')}{offset}")
        return (moment.astimezone(timezone.utc) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise UnusableOption(where, match[0], f"it is not a time: {error}") from None


def refused_time(complaint: str, since: str, until: str) -> InvalidOption | None:
    """The error of an option whose time journalctl did not accept; None when its complaint is another one."""
    for where, text in (("since", since), ("until", until)):
        if text and complaint.endswith(f"Failed to parse timestamp: {text}"):
            return InvalidOption(where, text, _TIMES)
    if "--since= must be before --until=" in complaint:
        return UnusableOption("until", until, "it is not later than since")
    return None
