# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether text files are plain and programs can be run."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Taken from elsewhere as they are.
PLAIN = ("COPYING", "LICENSES/", "examples/simple_deploy.json", "tests/unit/fixtures/geard/")


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in sorted(set(names)):
        path = root / name
        if name and path.is_file() and not path.is_symlink():
            yield name, path


def whitespace(root: Path) -> Iterator[str]:
    """No tabs, no spaces at the end of a line, exactly one line break at the end of a file."""
    for name, path in _files(root):
        content = path.read_bytes()
        if name.startswith(PLAIN) or b"\0" in content or not content:
            continue
        for number, line in enumerate(content.split(b"\n"), start=1):
            if b"\t" in line or line != line.rstrip():
                yield f"{name}:{number}: tab or space at the end"
        if not content.endswith(b"\n") or content.endswith(b"\n\n"):
            yield f"{name}: does not end with exactly one line break"


def executable(root: Path) -> Iterator[str]:
    """What starts with #! can be run, except modules, which Ansible runs itself; nothing else is executable."""
    for name, path in _files(root):
        program = path.read_bytes().startswith(b"#!") and not name.startswith("plugins/")
        if bool(path.stat().st_mode & 0o111) != program:
            yield f"{name}: {'is not' if program else 'must not be'} executable"


CHECKS = (whitespace, executable)
