# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's record of a host."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import LabError
from .run import write_atomically
from .settings import Settings

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class Record:
    name: str
    suite: str
    bare: bool
    cgroup: str
    address: str
    address6: str

    def save(self, settings: Settings) -> None:
        write_atomically(path_of(settings, self.name), json.dumps(asdict(self), indent=2) + "\n")


def directory_of(settings: Settings, name: str) -> Path:
    return settings.hosts / name


def path_of(settings: Settings, name: str) -> Path:
    return directory_of(settings, name) / "host.json"


def check_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise LabError(f"{name!r} is no host name", "use lower-case letters, digits and dashes, at most 40")
    return name


def read(path: Path) -> Record | None:
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def load(settings: Settings, name: str) -> Record:
    found = read(path_of(settings, check_name(name)))
    if found is None:
        raise LabError(f"no host {name} in this lab", f"run: lab up {name}")
    return found


def load_all(settings: Settings) -> list[Record]:
    found = map(read, sorted(settings.hosts.glob("*/host.json")))
    return [record for record in found if record is not None]
