# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the library is imported from: what gear_host installed if it is what was sent, else what was sent."""

from __future__ import annotations

import json
import os
import py_compile
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils import _gear
from ansible_collections.geard.core.plugins.module_utils._gear.model import runtime
from ansible_collections.geard.core.plugins.module_utils._gear.runtime import library

ROOT = Path(_gear.__path__[0])
SENT = ("__init__.py", "model/__init__.py", "model/errors.py")
PROGRAM = """
import json, sys
compiled = []
sys.addaudithook(lambda event, words: compiled.append(words[1]) if event == "compile" else None)
sys.path.insert(0, sys.argv[1])
import base._gear.model.errors as errors
print(json.dumps([errors.__file__, [name for name in compiled if isinstance(name, str) and "errors" in name]]))
"""


@dataclass
class Case:
    """What is sent to a host, and a library installed there; both can be changed before it is imported."""

    folder: Path
    sent: dict[str, bytes] = field(default_factory=dict)

    @property
    def library(self) -> Path:
        return self.folder / "library"

    @property
    def current(self) -> Path:
        return self.library / "0123456789abcdef"

    @property
    def manifest(self) -> Path:
        return self.current / str(sys.implementation.cache_tag)

    @property
    def installed_file(self) -> str:
        return str(self.current / "_gear" / "model" / "errors.py")

    def install(self) -> None:
        """What gear_host does."""
        for name, content in self.sent.items():
            path = self.current / "_gear" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            py_compile.compile(str(path), doraise=True)
        self.manifest.write_text(library.manifest(self.sent), encoding="utf-8")
        (self.library / "current").symlink_to(self.current.name)

    def imported(self, archive: bool = True) -> tuple[str, list[str]]:
        """The file that was imported, and what of it was compiled for that."""
        place = self.folder / "payload.zip"
        if archive:
            with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as payload:
                for name, content in {"../__init__.py": b"", **self.sent}.items():
                    payload.writestr(os.path.normpath(f"base/_gear/{name}"), content)
        else:
            for name, content in {"../__init__.py": b"", **self.sent}.items():
                path = Path(os.path.normpath(place / "base" / "_gear" / name))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        command = [sys.executable, "-I", "-c", PROGRAM, str(place)]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return found[0], found[1]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A host that has what is sent."""
    made = Case(tmp_path, {name: (ROOT / name).read_bytes() for name in SENT})
    text = made.sent["__init__.py"].decode()
    # On a host it is root's, below /usr/local.
    changes = {f'"{runtime.LIBRARY}"': f'"{made.library}"', "st_uid != 0": f"st_uid != {os.geteuid()}"}
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    made.sent["__init__.py"] = text.encode()
    umask = os.umask(0o022)
    made.install()
    os.umask(umask)
    return made


def test_what_was_sent_is_imported_from_where_it_is_installed_and_not_compiled(case: Case) -> None:
    assert case.imported() == (case.installed_file, [])


def test_the_host_may_have_more_than_was_sent(case: Case) -> None:
    with case.manifest.open("a", encoding="utf-8") as manifest:
        manifest.write("model/other.py 1 2\n")
    assert case.imported()[0] == case.installed_file


def other_file(case: Case) -> None:
    """One that differs in a letter."""
    case.sent["model/errors.py"] = case.sent["model/errors.py"].replace(b"exception", b"Exception", 1)


def further_file(case: Case) -> None:
    case.sent["model/other.py"] = b"x"


def gear_host(case: Case) -> None:
    case.sent["runtime/library.py"] = b""
    case.manifest.write_text(library.manifest(case.sent), encoding="utf-8")


def other_python(case: Case) -> None:
    case.manifest.rename(case.current / "cpython-27")


def not_prepared(case: Case) -> None:
    (case.library / "current").unlink()


def damaged_manifest(case: Case) -> None:
    case.manifest.write_bytes(b"\xff\xfe")


def library_for_all(case: Case) -> None:
    case.library.chmod(0o777)


def folder_for_its_group(case: Case) -> None:
    case.current.chmod(0o775)


def manifest_for_all(case: Case) -> None:
    case.manifest.chmod(0o666)


@pytest.mark.parametrize(
    "change",
    [
        *(other_file, further_file, gear_host, other_python, not_prepared, damaged_manifest),
        *(library_for_all, folder_for_its_group, manifest_for_all),
    ],
)
def test_otherwise_what_was_sent_is_imported(case: Case, change: Callable[[Case], None]) -> None:
    change(case)
    assert case.imported()[0] == f"{case.folder}/payload.zip/base/_gear/model/errors.py"


def test_a_library_of_another_owner_is_not_imported(case: Case) -> None:
    text = case.sent["__init__.py"].decode()
    case.sent["__init__.py"] = text.replace(f"st_uid != {os.geteuid()}", f"st_uid != {os.geteuid() + 1}").encode()
    case.manifest.write_text(library.manifest(case.sent), encoding="utf-8")
    assert case.imported()[0].startswith(f"{case.folder}/payload.zip/")


def test_a_folder_in_place_of_a_zip_file_is_imported(case: Case) -> None:
    assert case.imported(archive=False)[0] == f"{case.folder}/payload.zip/base/_gear/model/errors.py"
