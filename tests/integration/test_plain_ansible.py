# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything once as a user has it: the artifact is built and installed, and runs through ansible-playbook alone.

With --controller=FOLDER it runs with the programs of that folder, which are those of another ansible-core. A warning or
a deprecation is a failure: all that runs here is the collection's own, or called by it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from support.ansible import ROOT, Ansible, Run

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = [pytest.mark.one_debian("trixie"), pytest.mark.own_hosts]

PLAYBOOK = ROOT / "tests" / "integration" / "plays" / "everything.yml"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGAqHLTWDgGSHFWHdrUWsOfmMPyiqlPNWXEt8YAd0mRb ada@example.com"
OLD_MODULE = """from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({})
module.deprecate("that is old", version="9.9.9", collection_name="geard.core")
module.warn("that is odd")
module.exit_json()
"""
WARNING = re.compile(r"\[(DEPRECATION )?WARNING\]")
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("gear_*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())


@dataclass
class Plain(Ansible):
    """Ansible with the collection as it is installed, that says all it has to say."""

    programs: Path = Path(sys.executable).parent

    def program(self, name: str) -> str:
        return str(self.programs / name)

    @cached_property
    def installed(self) -> Path:
        """The folder in which ansible-galaxy installed the artifact that it built."""
        self.run("ansible-galaxy", "collection", "build", "--output-path", str(self.folder), str(ROOT))
        (artifact,) = self.folder.glob("geard-core-*.tar.gz")
        folder = self.folder / "collections"
        self.run("ansible-galaxy", "collection", "install", "--offline", "-p", str(folder), str(artifact))
        return folder

    def collections(self) -> Path:
        return self.folder / "collections"

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in super().environment().items() if name != "PYTHONPATH"}
        return {**inherited, "ANSIBLE_DEPRECATION_WARNINGS": "1", "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "0"}

    def run(self, program: str, *words: str) -> str:
        """What a program says, which ends well and without a warning."""
        said = self.say(program, *words)
        assert warnings(said) == [], said
        return said

    def say(self, program: str, *words: str, **environment: str) -> str:
        """What a program says, which ends well."""
        done = subprocess.run(
            [self.program(program), *words],
            env={**self.environment(), "GEAR_TEST_RESULTS": os.devnull, **environment},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said


def warnings(output: str) -> list[str]:
    """The first lines of warnings in what Ansible says, but for those about a collection of its own."""
    lines = filter(WARNING.match, output.splitlines())
    return [line for line in lines if "ansible/_protomatter" not in line]


@pytest.fixture(scope="module")
def plain(hosts: HostPool, pytestconfig: pytest.Config) -> Plain:
    """Ansible with an inventory of one host that nothing was done to."""
    target = hosts.get("plain", prepared=False)
    folder = target.ansible.folder / "plain"
    folder.mkdir()
    ansible = Plain(target.ansible.inventory, folder)
    ansible.programs = pytestconfig.getoption("--controller") or ansible.programs
    assert ansible.installed.is_dir()
    return ansible


def test_documentation_is_readable(plain: Plain) -> None:
    shown = plain.run("ansible-doc", *(f"geard.core.{name}" for name in MODULES))
    assert all(f"geard.core.{name}" in shown.lower() for name in MODULES)
    shown = plain.run("ansible-doc", "-t", "role", *(f"geard.core.{name}" for name in ROLES))
    assert all(f"geard.core.{name}" in shown.lower() for name in ROLES)


def test_one_module_without_a_playbook(plain: Plain) -> None:
    call = ("gears", "-m", "geard.core.gear_host", "-a", "port_range=4000-4999")
    told = plain.run("ansible", "-i", str(plain.inventory), *call)
    assert "CHANGED" in told


def test_a_deprecation_and_a_warning_would_be_seen(plain: Plain) -> None:
    (plain.folder / "old.py").write_text(OLD_MODULE)
    said = plain.say("ansible", "-i", str(plain.inventory), "gears", "-m", "old", ANSIBLE_LIBRARY=str(plain.folder))
    told = warnings(said)
    assert any("that is old" in line for line in told)
    assert any("that is odd" in line for line in told)


def test_everything_runs_without_a_warning(plain: Plain) -> None:
    variables = ("-e", f"plain_key='{KEY}'", "-e", f"gear_deploy_descriptor={ROOT / 'examples' / 'simple_deploy.json'}")
    run = plain.playbook(PLAYBOOK, *variables)
    assert run.code == 0, run.output
    assert warnings(run.output) == [], run.output
    assert not_run(run) == set()


def not_run(run: Run) -> set[str]:
    """Modules of the collection that no task called."""
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    modules = {f"geard.core.{name}" for name in runtime["action_groups"]["gear"]}
    return modules - {line["action"] for line in run.lines}
