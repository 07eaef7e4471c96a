# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role gear_githost: from a host without git to repositories that people clone, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.ansible import Run
from support.githost import githost
from support.hosts import Target
from support.people import FOLDER, Person

pytestmark = pytest.mark.one_debian("bookworm")

if TYPE_CHECKING:
    from conftest import HostPool


@pytest.fixture
def host(target: Target) -> Iterator[Target]:
    """A host with a repository that the role does not list, and without git."""
    quiet = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y"
    with githost(target, {"name": "rz-gone"}):
        target.ok("gear_sshd", state="absent")
        target.sh(f"{quiet} remove git > /dev/null && ! command -v git")
        try:
            yield target
        finally:
            target.sh(f"command -v git || {quiet} install git")


def play(target: Target, folder: Path, *words: str, **variables: Any) -> list[str]:
    """Run the role; returns names of the tasks that changed something, or would."""
    path = folder / "githost.yml"
    role = {"hosts": target.name, "gather_facts": False, "roles": ["geard.core.gear_githost"]}
    path.write_text(json.dumps([role]))
    run: Run = target.ansible.playbook(path, "--extra-vars", json.dumps(variables), *words)
    assert run.code == 0, run.output
    return [line["task"].partition(" : ")[2] for line in run.lines if line["result"].get("changed")]


def test_from_a_host_without_git_to_a_clone_and_back(host: Target, hosts: HostPool, tmp_path: Path) -> None:
    ada, bob = (Person(hosts.get("b"), host.host.address, f"rz-{name}") for name in ("ada", "bob"))
    items = [
        {
            "name": "rz-shop",
            "write": [ada.make_key()],
            "read": [ada.public, bob.make_key()],
            "default_branch": "stable",
        },
        {"name": "rz-empty"},
        {"name": "rz-none", "state": "absent"},
    ]
    url = f"git-rz-shop@{host.host.address}:~"
    wanted: dict[str, Any] = {"gear_githost_repositories": items}
    foretold = play(host, tmp_path, "--check", **wanted)
    done = play(host, tmp_path, **wanted)
    ada.run(f"rm -rf {FOLDER}/rz-*.d")
    pushed = ada.git(
        f"git clone -q {url} shop && cd shop && git commit -q --allow-empty -m 1 && git push -q origin HEAD"
    )
    read = bob.git(f"git clone -q {url} shop && cd shop && git branch --show-current && ! git push -q origin HEAD:x")
    assert play(host, tmp_path, **wanted) == []
    absent = play(host, tmp_path, gear_githost_state="absent", **wanted)
    assert host.sh("ls /var/lib/containers/git") == "rz-gone"
    host.ok("gear_repo", name="rz-gone", state="absent")
    make, grant = "Create and remove repositories", ["Grant keys for reading", "Grant keys for pushing"]
    assert foretold[0] == "List the packages to install"
    assert done == ["Install git", "Configure sshd and sudo", make, *grant]
    assert pushed.code == 0, pushed
    assert (read.code, read.out) == (0, "stable"), read
    assert absent == [make]
