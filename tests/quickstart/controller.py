# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible on this machine: a virtual environment, and this checkout as the collection geard.core."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from runner import machine
from runner.errors import RunnerError
from runner.places import ANSIBLE, LOGS, ROOT, cache_folder
from runner.toolbox import Toolbox, find_toolbox, open_toolbox

# For a reader who sees a playbook run for the first time.
FOR_READERS = {
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "False",
    "ANSIBLE_DEPRECATION_WARNINGS": "False",
}


def _folder() -> Path:
    return cache_folder() / "quickstart"


def open_controller() -> Controller:
    """Build the controller, or reuse that of an earlier run."""
    LOGS.mkdir(parents=True, exist_ok=True)
    machine.install_packages(machine.missing_packages(), LOGS / "packages.log")
    controller = Controller(_folder(), open_toolbox(ANSIBLE))
    controller.link_collection()
    return controller


def remove_controller() -> None:
    """Remove its files and the virtual environment."""
    shutil.rmtree(_folder(), ignore_errors=True)
    toolbox = find_toolbox(ANSIBLE)
    shutil.rmtree(toolbox.folder, ignore_errors=True)
    toolbox.folder.with_suffix(".lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        cache_folder().rmdir()


@dataclass(frozen=True)
class Controller:
    """An Ansible whose settings a shell can adopt."""

    folder: Path
    toolbox: Toolbox

    @property
    def activation(self) -> Path:
        """A file that applies these settings to a shell."""
        return self.folder / "activate"

    def link_collection(self) -> None:
        link = self.folder / "collections" / "ansible_collections" / "geard" / "core"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT)

    def use(self, inventory: Path) -> None:
        """Work on the hosts of this inventory from now on."""
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "ANSIBLE_INVENTORY": str(inventory),
            "ANSIBLE_PIPELINING": "True",
        }
        lines = ["# Source this file, and ansible works on the hosts of the quickstart."]
        lines.append(f'export PATH={shlex.quote(str(self.toolbox.bin))}:"$PATH"')
        lines += [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
        self.activation.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def copy(self, descriptor: Path) -> Path:
        """Copy a file of the checkout to a place where the reader may change it."""
        return Path(shutil.copy(descriptor, self.folder))

    def play(self, playbook: str, *words: str) -> None:
        """Run a playbook."""
        self.run("ansible-playbook", playbook, *words)

    def deploy(self, descriptor: Path, *unwanted: str) -> None:
        """Deploy on prepared hosts and show the result, without the tasks that have these tags."""
        tags = ",".join(["prepare", *unwanted])
        self.play("geard.core.quickstart", "--skip-tags", tags, "-e", f"gear_deploy_descriptor={descriptor}")

    def ad_hoc(self, module: str, arguments: str) -> None:
        """Run one module on all hosts."""
        self.run("ansible", "gears", "-m", module, "-a", arguments)

    def run(self, *command: str) -> None:
        """Show a command and run it; its output goes to the terminal at once."""
        print(f"      $ {shlex.join(command)}", flush=True)
        line = f". {shlex.quote(str(self.activation))} && exec {shlex.join(command)}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        done = subprocess.run(["sh", "-c", line], env={**environment, **FOR_READERS}, cwd="/", check=False)
        if done.returncode:
            raise RunnerError(f"{command[0]} failed, see above; ./quickstart goes on from there when it is run again")
