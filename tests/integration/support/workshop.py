# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What builds need on a host: builder images, an index of Python packages, repositories with sources, and ears."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import images, wheels

from .builds import GIT
from .hosts import Target

SOURCES = Path(__file__).resolve().parents[1] / "sources"
FOLDER = "/srv/builds"
PYTHON, STATIC = "geard-test/python-builder:1", "geard-test/static-builder:1"
PORT, HEARING = 8099, 8098


@dataclass(frozen=True)
class Workshop:
    """A host that can build."""

    target: Target

    @property
    def url(self) -> str:
        """Where the host serves the index and its repositories."""
        return f"http://{self.target.host.address}:{PORT}"

    @property
    def pip(self) -> dict[str, str]:
        """Variables that lead pip to the index."""
        return {"PIP_INDEX_URL": f"{self.url}/simple/", "PIP_TRUSTED_HOST": self.target.host.address}

    def open(self) -> None:
        """Bring the images and the index, and serve."""
        self.target.host.load_images(*images.builders())
        wheels.serve(self.target.host, FOLDER, PORT)
        self.target.sh(["mkdir", f"{FOLDER}/git"])

    def run(self, unit: str, command: str) -> None:
        """Run a program on the host until the workshop closes, instead of one that runs already."""
        stop = f"systemctl stop {unit}; systemctl reset-failed {unit}"
        self.target.sh(f"({stop}) 2> /dev/null; systemd-run -q --unit={unit} {command} 2>&1; sleep 0.3")

    def close(self) -> None:
        self.target.sh(f"systemctl stop {wheels.UNIT} hearing-test; rm -rf {FOLDER}", check=False)

    def put(self, name: str, source: str) -> str:
        """Put a source on the host and its content into a repository; the path of the latter."""
        work, bare = f"{FOLDER}/work/{name}", f"{FOLDER}/git/{name}.git"
        self.target.sh(f"rm -rf {work} {bare}; git init -q --bare -b main {bare}")
        self.target.host.put(SOURCES / source, work)
        self.target.sh(f"cd {work} && {GIT} init -q -b main && git remote add origin {bare}")
        self.commit(name, "true")
        return bare

    def change(self, name: str, line: str) -> str:
        """The shell line that changes a source, commits and pushes it."""
        push = "git push -q origin HEAD:main && git -C $(git remote get-url origin) update-server-info"
        return f"cd {FOLDER}/work/{name} && {line} && git add -A && {GIT} commit -qm change && {push}"

    def commit(self, name: str, line: str) -> None:
        self.target.sh(self.change(name, line))

    def asked(self) -> list[str]:
        """What was asked of the index, repositories left out."""
        lines = self.target.sh("journalctl -o cat -u " + wheels.UNIT).splitlines()
        return [line.split('"')[1].split()[1] for line in lines if '"GET /simple/' in line]

    def listen(self) -> str:
        """Hear what a callback tells; the first two times it is told to come again. Returns the URL."""
        program = Path(__file__).resolve().parents[1] / "on_host" / "hear.py"
        self.target.host.put(program, f"{FOLDER}/hear.py")
        self.target.sh(["rm", "-f", f"{FOLDER}/heard"])
        self.run("hearing-test", f"python3 {FOLDER}/hear.py {HEARING} {FOLDER}/heard")
        return f"http://127.0.0.1:{HEARING}/builds?token=hush"

    def heard(self) -> list[dict[str, Any]]:
        """What was told, in its order."""
        return [json.loads(line) for line in self.target.sh(f"cat {FOLDER}/heard").splitlines()]

    def config(self, image: str) -> dict[str, Any]:
        """What an image says of itself."""
        return dict(json.loads(self.target.sh(["docker", "image", "inspect", image]))[0]["Config"])
