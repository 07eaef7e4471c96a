# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible of another release, with a Python that this machine may not have."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import RunnerError
from .places import LOGS, ROOT, cache_folder, locked
from .toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .releases import Release

# What is installed beside Ansible: unit tests need the first two, and Debian's Python has no pip.
TESTING = ("hypothesis >= 6.100, < 7", "pytest >= 9.0, < 10", "pip")

# Runs a command with the /usr of another Debian, whose tree is the first argument, in the place of the machine's. Only
# the command sees it there; home folders, /tmp, the network and all else are what they were.
INSIDE = 'for it in usr etc/alternatives etc/ld.so.cache; do mount --bind "$0/$it" "/$it" || exit; done; exec "$@"'


@dataclass(frozen=True)
class Python:
    """An interpreter of this machine, or one of another Debian."""

    path: str
    inside: tuple[str, ...] = ()
    """The words that go before a command that needs it."""


def open_controller(release: Release, tools: Toolbox, search_path: str, lab: str) -> Toolbox:
    """Ansible of this release, installed now if it is not there; all its programs run on this machine as they are.

    `tools` lends its pip, and `lab` is the folder of the lab that makes another Debian's programs if they are needed.
    Raises RunnerError when the release cannot be installed.
    """
    python = find_python(release, search_path, lab)
    recipe = [python.path, *python.inside, release.requirement, *TESTING]
    digest = hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:8]
    controller = Toolbox(cache_folder() / f"ansible-{release.version}-{digest}")
    with locked(controller.folder.with_name(f"{controller.folder.name}.lock")):
        if not controller.bin.exists():
            venv = Toolbox(controller.folder / "venv")
            _make_environment(venv, python, [release.requirement, *TESTING], tools)
            spare_archives(venv)
            (controller.folder / "lib").symlink_to(venv.folder / "lib")
            _make_programs(controller, venv, python)
    return controller


def find_python(release: Release, search_path: str, lab: str) -> Python:
    """The Python a release is tested with: this machine's if it has it, otherwise Debian's."""
    found = shutil.which(f"python{release.python}", path=search_path)
    if found:
        return Python(found)
    result = subprocess.run(
        [sys.executable, "-m", "lab", "tree", release.suite],
        cwd=ROOT / "tests",
        env={**os.environ, "GEARD_LAB_DIR": lab},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise RunnerError(f"no Python {release.python} here, and none from Debian ({release.suite}):\n{result.stderr}")
    inside = ("unshare", "--mount", "sh", "-c", INSIDE, result.stdout.strip())
    return Python(f"/usr/bin/python{release.python}", inside)


def _make_environment(venv: Toolbox, python: Python, requirements: Sequence[str], tools: Toolbox) -> None:
    folder = venv.folder.parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = LOGS / f"{folder.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:

        def run(*command: str) -> None:
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
            if result.returncode != 0:
                raise RunnerError(f"cannot install {requirements[0]}; see {log}")

        run(*python.inside, python.path, "-m", "venv", "--without-pip", str(venv.folder))
        run(*tools.pip, "download", "--no-deps", "--dest", str(folder), "pip")
        (wheel,) = folder.glob("pip-*.whl")
        run(*python.inside, venv.python, f"{wheel}/pip", "--disable-pip-version-check", "install", *requirements)


def spare_archives(venv: Toolbox) -> None:
    """Have ansible-test install what it needs from the package index only.

    ansible-core 2.22 names an archive on a web site for Python 3.15, which not every machine that tests can reach. The
    released version is as good for the Pythons before it.
    """
    for path in venv.folder.glob("lib/python3*/site-packages/ansible_test/_data/requirements/sanity.*.txt"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^(\S+) @ https?://\S+$", r"\1", text), encoding="utf-8")


def _make_programs(controller: Toolbox, venv: Toolbox, python: Python) -> None:
    """Make a program for each of the virtual environment's. Their folder shows that all is done."""
    partial = controller.bin.with_suffix(".partial")
    partial.mkdir()
    for path in filter(_is_program, venv.bin.iterdir()):
        search = f'PATH={shlex.quote(str(venv.bin))}:"$PATH"'
        command = f'exec {shlex.join([*python.inside, str(path)])} "$@"'
        program = partial / path.name
        program.write_text(f"#!/bin/sh\n{search}\n{command}\n", encoding="utf-8")
        program.chmod(0o755)
    partial.rename(controller.bin)


def _is_program(path: Path) -> bool:
    """Whether it is one, also where a link leads to another Debian's Python."""
    return path.is_symlink() or os.access(path, os.X_OK)
