# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual environment with the tools, built once per set of requirements."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RunnerError
from .machine import pip_settings
from .places import LOGS, cache_folder, locked

if TYPE_CHECKING:
    from collections.abc import Sequence

# Hosts have Python 3.9 or newer.
OLDEST_MINOR = 9
# Stands in for the script that ansible-test would download to get pip into its virtual environments.
# It runs the wheel of pip that lies beside it.
GET_PIP = """\
import glob, os, runpy, sys

folder = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, glob.glob(os.path.join(folder, "pip-{version}-*.whl"))[0])
sys.argv = ["pip", "install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Toolbox:
    """A virtual environment."""

    folder: Path

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    def command(self, name: str) -> str:
        return str(self.bin / name)

    @property
    def python(self) -> str:
        return self.command("python")

    @property
    def pip(self) -> list[str]:
        return [self.python, "-m", "pip", "--disable-pip-version-check"]

    def ansible_test_pip(self) -> str:
        """The version of pip that this ansible-test puts into its virtual environments."""
        return self._ansible_test("_internal/python_requirements.py", r"\bpip='([\d.]+)'")[0]

    def ansible_test_pythons(self) -> list[str]:
        """The Pythons of hosts that this ansible-test knows and the collection supports."""
        known = self._ansible_test("_util/target/common/constants.py", r"'(3\.\d+)'")
        return [version for version in known if int(version[2:]) >= OLDEST_MINOR]

    def _ansible_test(self, file: str, pattern: str) -> list[str]:
        """Every match in a file of ansible-test, which has no option that tells."""
        (source,) = self.folder.glob(f"lib/python3*/site-packages/ansible_test/{file}")
        found = re.findall(pattern, source.read_text(encoding="utf-8"))
        if not found:
            raise RunnerError(f"this ansible-test is unknown: {source} has no {pattern}")
        return found


def open_toolbox(*requirements: Path) -> Toolbox:
    """The virtual environment with what these files list; it is built when there is none."""
    toolbox = find_toolbox(*requirements)
    with locked(toolbox.folder.with_suffix(".lock")):
        if not _ready_mark(toolbox).exists():
            _build(toolbox, requirements)
        _ready_mark(toolbox).touch()
    return toolbox


def find_toolbox(*requirements: Path) -> Toolbox:
    """Where this virtual environment is, or will be."""
    content = f"{os.path.realpath(sys.executable)} {sys.version}\n".encode()
    content += b"".join(path.read_bytes() for path in requirements)
    return Toolbox(cache_folder() / f"venv-{hashlib.sha256(content).hexdigest()[:12]}")


def _ready_mark(toolbox: Toolbox) -> Path:
    return toolbox.folder / "ready"


def _build(toolbox: Toolbox, requirements: Sequence[Path]) -> None:
    started = time.monotonic()
    log = LOGS / "venv.log"
    print(f"creating the virtual environment {toolbox.folder} (once; log: {log})", flush=True)
    shutil.rmtree(toolbox.folder, ignore_errors=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        for command in (
            [sys.executable, "-m", "venv", str(toolbox.folder)],
            [*toolbox.pip, "install", *(f"--requirement={path}" for path in requirements)],
        ):
            result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
            if result.returncode != 0:
                raise RunnerError(f"cannot create the virtual environment; see {log}\n{_tail(log)}")
    print(f"virtual environment ready after {time.monotonic() - started:.0f} s", flush=True)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def prepare_ansible_test(toolbox: Toolbox, home: Path) -> dict[str, str]:
    """Make a home folder in which ansible-test finds pip without a download of its own; returns its variables."""
    version = toolbox.ansible_test_pip()
    cache = home / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if not script.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [*toolbox.pip, "download", "--quiet", "--no-deps", "--dest", str(cache), f"pip=={version}"]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RunnerError(f"cannot get pip {version} for ansible-test:\n{result.stderr}")
        script.write_text(GET_PIP.format(version=version), encoding="utf-8")
    settings = home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(pip_settings(toolbox.pip), encoding="utf-8")
    return {"HOME": str(home)}
