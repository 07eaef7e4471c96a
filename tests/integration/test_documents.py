# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md and docs/geard.md print works as it is printed."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest
from support.ansible import ROOT
from support.hosts import Target

# The commands are the same everywhere; what they do is tried on both in the files of the modules.
pytestmark = pytest.mark.one_debian("bookworm")


def commands() -> list[str]:
    blocks = re.findall(r"^```shell\n(.*?)^```", (ROOT / "docs" / "geard.md").read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


def ad_hoc(target: Target, command: str) -> str:
    words = shlex.split(command)
    assert words[:2] == ["ansible", "host1"]
    ansible = target.ansible
    environment = {**ansible.environment(), "GEAR_TEST_RESULTS": str(ansible.folder / "page.jsonl")}
    done = subprocess.run(
        [ansible.program("ansible"), "-i", str(ansible.inventory), target.name, *words[2:]],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_every_command_works(target: Target) -> None:
    printed = commands()
    assert len(printed) >= 15
    try:
        told = {command: ad_hoc(target, command) for command in printed}
        assert target.sh("ls /etc/systemd/system/ctr-my-*", check=False) == ""
    finally:
        names = [{"name": name} for name in ("my-web", "my-sample-service")]
        target.ok("gear_container", gears=names, state="absent", keep_data=False)
    first_look = next(output for command, output in told.items() if "gather=gears" in command)
    assert '"active_state": "active"' in first_look
    log = next(output for command, output in told.items() if "gear_log" in command)
    assert "serving port 8080" in log


def test_the_playbook_of_the_readme(target: Target) -> None:
    text = (ROOT / "README.md").read_text().partition("## A playbook")[2]
    playbook = text.partition("```yaml\n")[2].partition("```")[0]
    assert "registry.example.com/shop/web:4" in playbook
    path = target.ansible.folder / "readme.yml"
    path.write_text(playbook.replace("registry.example.com/shop/web:4", "openshift/busybox-http-app"))
    try:
        for expected in (True, False):
            run = target.ansible.playbook(path)
            assert run.code == 0, run.output
            assert any(result.get("changed") for result in run.results) is expected
        assert target.sh("systemctl is-active ctr-web-1 ctr-web-2", check=False).split() == ["active", "inactive"]
    finally:
        gears = [{"name": "web-1"}, {"name": "web-2"}]
        target.ok("gear_container", gears=gears, state="absent", keep_data=False)
