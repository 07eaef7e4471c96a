# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine's own apt configuration, carried over to the hosts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .run import run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Settings of the machine that decide whether apt reaches and accepts its mirror.
CARRIED = re.compile(
    r"Acquire::(https?::(Proxy|CAInfo|Verify-\w+|Timeout)\b|ftp::Proxy|Check-Valid-Until|Check-Date|ForceIPv[46]|Retries)"
)


FIELD = re.compile(r"^([\w-]+):(.*(?:\n[ \t].*)*)", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """One line of a sources.list."""

    uri: str
    suite: str
    components: str
    signed_by: str = ""

    def is_debian(self) -> bool:
        """Whether this is Debian itself, not a derivative that uses Debian's suite names."""
        if self.signed_by:
            return "debian-archive" in self.signed_by
        return self.uri.rstrip("/").rpartition("/")[2] in ("debian", "debian-security")

    def line(self) -> str:
        return f"deb [signed-by={KEYRING}] {self.uri} {self.suite} {self.components}"


def one_line(text: str) -> Iterator[Source]:
    """Sources in the old format."""
    form = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>[^#]+)")
    for match in filter(None, map(form.match, text.splitlines())):
        signed = re.search(r"signed-by=(\S+)", match["options"] or "")
        yield Source(match["uri"], match["suite"], match["components"].strip(), signed[1] if signed else "")


def deb822(text: str) -> Iterator[Source]:
    """Read sources in the new format, without keys embedded in the file."""
    for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = {key.lower(): value.strip() for key, value in FIELD.findall(stanza)}
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(uri, suite, fields.get("components", ""), fields.get("signed-by", ""))


def machine_sources(etc: Path = Path("/etc/apt")) -> list[Source]:
    found: list[Source] = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if path.is_file() and path.suffix in (".list", ".sources"):
            parse = deb822 if path.suffix == ".sources" else one_line
            found += parse(path.read_text(encoding="utf-8"))
    return found


def sources_for(suite: str, found: Iterable[Source], mirror: str = "") -> list[Source]:
    """The same mirrors for another suite. Empty leaves the choice to mmdebstrap."""
    if mirror:
        return [Source(mirror, suite, "main")]
    wanted = {}
    for source in found:
        codename, *pockets = source.suite.split("-", 1)
        pocket = "".join(pockets)
        if source.is_debian() and codename.isalpha() and pocket in ("", "updates", "security"):
            source = Source(source.uri, f"{suite}-{pocket}" if pocket else suite, "main")
            wanted[source.line()] = source
    return list(wanted.values())


def options(suite: str) -> list[str]:
    """Lines for the apt.conf of a tree of this suite; a mirror may keep lists of Debian testing beyond their date."""
    return [*carried_options(), *(['Acquire::Check-Valid-Until "false";'] if suite == "forky" else [])]


def carried_options() -> list[str]:
    """Proxy, CA and validity settings, as lines for an apt.conf."""
    lines = [line for line in run(["apt-config", "dump"]).stdout.splitlines() if CARRIED.match(line)]
    for scheme in ("http", "https"):
        proxy = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme.upper()}_PROXY")
        if proxy and not any(line.lower().startswith(f"acquire::{scheme}::proxy ") for line in lines):
            lines.append(f'Acquire::{scheme}::Proxy "{proxy}";')
    return lines
