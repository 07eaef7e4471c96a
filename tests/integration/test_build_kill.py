# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner of a build is killed at each of its steps. The same task then has its image, and nothing else is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lab import Lab
from support.builds import BUILDER, REPOSITORIES, SOURCES, clear, left_behind, make_repository
from support.hosts import Target
from support.story import Step, Story

BUILD = "gear_build"
TAG = "geard-test/killed:1"
HERE = Path(__file__).resolve().parent
PORT = 8096
STEPS = ("source", "scripts", "upload", "assemble", "commit")
DOCKERFILE = f"FROM {BUILDER} AS first\nUSER root\nRUN echo > /layer\nFROM {BUILDER}\nUSER root\nRUN echo > /layer\n"


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """The host with the killer, and with a source large enough to be killed while it is read."""
    clear(target, TAG)
    for program in ("kill_build", "slow_files"):
        target.host.write(f"/srv/{program}.py", (HERE / "on_host" / f"{program}.py").read_text(encoding="utf-8"))
    make_repository(target, f"{REPOSITORIES}/killed", "echo name > name; head -c 60000000 /dev/urandom > large")
    target.sh(
        f"mkdir -p {SOURCES}/scripts; systemctl stop slow 2>/dev/null; "
        f"systemd-run -q --unit=slow python3 /srv/slow_files.py {PORT} {SOURCES}/scripts 0.3; sleep 0.3"
    )
    target.host.write(f"{SOURCES}/scripts/save-artifacts", "#!/bin/sh\nexit 1\n")
    yield target
    target.sh(f"systemctl stop slow; rm -rf {REPOSITORIES}/killed /srv/kill_build.py /srv/slow_files.py")
    assert left_behind(target) == []
    clear(target, TAG)


@dataclass(frozen=True)
class Killed:
    """The victim of a step, then the same task twice; and everything in Docker beside the image."""

    step: str
    killed: Step
    done: Step
    same: Step
    left: Step

    def check(self) -> None:
        assert f"failed at step {self.step}: the process that ran it was killed (killed KILL)" in self.killed.message
        assert self.done.result["state"] in ("finished", "unchanged"), self.done.result
        assert self.same.result["state"] == "unchanged", self.same.result
        assert self.left.text == "", self.step


def kill_at(story: Story, step: str, **options: Any) -> Killed:
    """Add the steps of the story."""
    unit = f"kill-{step}"
    story.sh(
        f"systemctl stop {unit} 2>/dev/null || true; systemctl reset-failed {unit} 2>/dev/null || true; "
        f"systemd-run -q --unit={unit} python3 /srv/kill_build.py {step}; sleep 0.2"
    )
    killed = story.refuse(BUILD, **options)
    story.sh(f"! systemctl stop {unit} 2>/dev/null")  # it has ended
    done, same = story.do(BUILD, **options), story.do(BUILD, **options)
    return Killed(step, killed, done, same, story.sh("docker images -qf dangling=true; docker ps -aqf name=^/build-"))


@pytest.mark.one_debian("trixie")
def test_scripts(host: Target) -> None:
    options = {"tag": TAG, "source": "killed", "builder_image": BUILDER, "scripts_url": f"http://127.0.0.1:{PORT}"}
    with Story(host) as story:
        story.do(BUILD, **options)
        found = [kill_at(story, step, **options, env={"DEPS_SLEEP": "0.5"}, labels={"at": step}) for step in STEPS]
    for item in found:
        item.check()
    assert left_behind(host) == []


def test_dockerfile(host: Target) -> None:
    """Docker's two builders behave differently when their client disappears."""
    options = {"tag": TAG, "source": f"{SOURCES}/docker", "strategy": "dockerfile"}
    with Story(host) as story:
        story.sh(f"mkdir -p {SOURCES}/docker; printf '{DOCKERFILE}' > {SOURCES}/docker/Dockerfile")
        story.do(BUILD, **options, build_args={"WORD": "one"})
        story.sh(f"printf 'RUN sleep 3\n' >> {SOURCES}/docker/Dockerfile")
        item = kill_at(story, "dockerfile", **options)
        runs = story.sh("pgrep -f '[s]leep 3$' || echo none")
    item.check()
    assert runs.text == "none"
    assert left_behind(host) == []


@pytest.mark.one_debian("bookworm")
def test_push(host: Target, lab: Lab) -> None:
    tag = f"{lab.registry([host.name])}/killed/{host.name}:1"
    with Story(host) as story:
        item = kill_at(story, "push", tag=tag, source="killed", builder_image=BUILDER, push=True)
        story.sh(f"docker rmi {tag}")
    item.check()
    assert item.done.result["actions"] == [f"image {tag}: push"]
    assert left_behind(host) == []
