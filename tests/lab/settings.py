# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a lab keeps its files, and the names derived from that place."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Settings of a lab, identified by its directory: two directories are two labs that never meet."""

    directory: Path = Path("/var/lib/geard-lab")
    cache: Path = Path("/var/cache/geard-lab")
    subnet: str = ""
    mirror: str = ""

    @classmethod
    def from_environment(cls) -> Settings:
        get = os.environ.get
        return cls(
            directory=Path(get("GEARD_LAB_DIR") or cls.directory).absolute(),
            cache=Path(get("GEARD_LAB_CACHE") or cls.cache).absolute(),
            subnet=get("GEARD_LAB_SUBNET", ""),
            mirror=get("GEARD_LAB_MIRROR", ""),
        )

    @property
    def identity(self) -> str:
        return hashlib.sha256(str(self.directory).encode()).hexdigest()[:4]

    @property
    def bridge(self) -> str:
        return f"gl-{self.identity}"

    @property
    def hosts(self) -> Path:
        return self.directory / "hosts"

    @property
    def keys(self) -> Path:
        return self.directory / "ssh"

    @property
    def private_key(self) -> Path:
        return self.keys / "id_ed25519"

    @property
    def inventory(self) -> Path:
        return self.directory / "inventory.ini"

    def machine_name(self, host: str) -> str:
        """The machine's name for a host, unique among the labs of the machine."""
        return f"{host}-{self.identity}"
