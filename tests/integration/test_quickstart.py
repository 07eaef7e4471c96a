# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""./quickstart as a newcomer runs it: from nothing to linked gears, then its suggestions, then back to nothing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from lab import Lab
from support.ansible import ROOT

# Makes hosts of its own with everything else on them; the other suite deploys the same program (test_deploy_cycle.py).
pytestmark = [pytest.mark.own_hosts, pytest.mark.one_debian("trixie")]

ANSWER = re.compile(
    r"inside  web-1 http://127.0.0.1:(\d+)/ is answered by (\S+) on (\S+) \(container (\w{12})\): openshift/\S+ on \2\n"
)


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
        assert "unit    ctr-web-1.service on host1: active, starts at boot" in said
        assert "ExecStart=/usr/bin/docker run" in said
        assert "log     openshift/busybox-http-app:latest: serving port 8080" in said
        assert re.search(r"answer  openshift/busybox-http-app:latest on web-1", said)
        assert re.search(r"http://[\d.]+:4000/", said)
        shown = ANSWER.findall(said)
        two = [("8080", "web-1", "host1"), ("8081", "web-2", "host2")]
        four = [*two, ("8082", "web-3", "host1"), ("8083", "web-4", "host2")]
        assert [answer[:3] for answer in shown] == [*two, *four, *two]
        assert len({answer[3] for answer in shown}) == 4, "gears that stay were restarted"
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
