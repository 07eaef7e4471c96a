# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""./quickstart as a newcomer runs it: from nothing to a gear, then what it says comes next, then back to nothing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from lab import Lab
from support.ansible import ROOT


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_quickstart_and_what_it_says(lab: Lab, suite: str, tmp_path: Path) -> None:
    folder = lab.settings.directory / f"quickstart-{suite}"
    cache = tmp_path / "cache"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment = {**kept, "GEARD_LAB_DIR": str(folder), "GEARD_CACHE": str(cache)}
    try:
        said = run(environment, "./quickstart", "--suite", suite)
        assert "ctr-hello.service: active, starts at boot" in said
        assert "ExecStart=/usr/bin/docker run" in said
        assert "log     openshift/busybox-http-app:latest: serving port 8080" in said
        assert re.search(r"answer  openshift/busybox-http-app:latest on \w+", said)
        assert re.search(r"http://[\d.]+:4000/", said)
        assert "changed=1 " in said.rpartition("PLAY RECAP")[2], "preparing the host again changed it"
        commands = re.findall(r"^    (\S.*)$", said.rpartition("Go on with these commands:")[2], re.MULTILINE)
        assert len(commands) > 6
        for command in commands[1:-1]:
            run(environment, "sh", "-c", f"{commands[0]} && {command}")
        assert commands[-1] == "./quickstart --clean"
    finally:
        cleaned = run(environment, "./quickstart", "--clean")
    assert "clean" in cleaned
    assert not (folder / "quickstart").exists()
    assert not list(cache.glob("*"))
