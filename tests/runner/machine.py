# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the machine offers: Debian packages, Python interpreters, pip's settings."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RunnerError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Newest first; ansible-test knows which of them it needs.
PYTHON_MINORS = range(15, 8, -1)


def _has_venv() -> bool:
    command = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def missing_packages(programs: Sequence[str] = ()) -> list[str]:
    """Debian packages that a virtual environment needs here, and those of programs that are called like them."""
    packages = [program for program in programs if not shutil.which(program)]
    if not _has_venv():
        packages.append(f"python3.{sys.version_info[1]}-venv")
    return packages


def install_packages(packages: list[str], log: Path) -> None:
    """Install Debian packages, or say which are missing when that is not possible."""
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise RunnerError(f"please install these packages first: {' '.join(packages)}")
    print(f"installing packages: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
            result = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, check=False
            )
    if result.returncode != 0:
        raise RunnerError(f"apt-get could not install {' '.join(packages)}; see {log}")


def _search_path() -> list[Path]:
    """The folders of PATH, without pyenv's shims, which look like interpreters, but with what they stand for."""
    folders = [Path(entry) for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if entry]
    real = [folder for folder in folders if folder.name != "shims"]
    pyenv = sorted(folder.parent for folder in folders if folder.name == "shims")
    versions = [path for root in pyenv for path in sorted(root.glob("versions/*/bin"), reverse=True)]
    return real + versions


def _runs(interpreter: Path) -> bool:
    result = subprocess.run([interpreter, "-c", ""], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return result.returncode == 0


def interpreter_path() -> str:
    """A PATH on which every Python of this machine is found under its own name."""
    folders = _search_path()
    chosen: list[Path] = []
    for minor in PYTHON_MINORS:
        candidates = (folder / f"python3.{minor}" for folder in folders)
        found = next((path for path in candidates if os.access(path, os.X_OK) and _runs(path)), None)
        if found and found.parent not in chosen:
            chosen.append(found.parent)
    standard = [folder for folder in folders if folder not in chosen]
    return os.pathsep.join(map(str, [*chosen, *standard]))


def pip_settings(pip: list[str]) -> str:
    """The user's pip settings, from files and environment, as one configuration file."""
    command = [*pip, "config", "list"]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return merge_pip_settings(result.stdout)


def merge_pip_settings(listing: str) -> str:
    """What `pip config list` prints, as a configuration file; variables of the environment win."""
    sections: dict[str, dict[str, str]] = {"global": {"quiet": "2"}}
    environment: dict[str, str] = {}
    for section, name, value in re.findall(r"^([\w:]+)\.([\w-]+)=(.+)$", listing, re.MULTILINE):
        target = environment if section == ":env:" else sections.setdefault(section, {})
        target[name] = str(ast.literal_eval(value)).replace("\n", "\n  ")
    sections["global"].update(environment)
    lines: list[str] = []
    for section, settings in sections.items():
        kept = {name: value for name, value in settings.items() if section == "global" or name not in environment}
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in kept.items())]
    return "\n".join(lines) + "\n"
