# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the scripts of a build come from, each from the first place that has it, and the variables of its source."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.source.files import LARGEST_PEEK, Folder
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import GearError, OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build.scripts import Scripts, find_scripts
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.build.source import Fetched

LABEL = {"Labels": {"io.openshift.s2i.scripts-url": "image:///usr/libexec/s2i"}}
BOTH = {**LABEL, "Env": ["A=1", "STI_SCRIPTS_URL=image:///usr/local/sti"]}

WANTED = "expected at least assemble and run"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


def write(folder: Path, *names: str) -> Path:
    """Scripts that say where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(folder.name if folder.name != "bin" else folder.parent.name)
    return folder


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def found(source: Path, config: dict[str, Any], scripts_url: str = "") -> Scripts:
    return find_scripts(scripts_url, Folder(str(source)), config)


def test_each_script_is_from_the_first_place_that_has_it(source: Path, tmp_path: Path) -> None:
    write(source / ".s2i" / "bin", "run", "assemble", "other")
    write(source / ".sti" / "bin", "run", "save-artifacts", "usage")
    given = write(tmp_path / "given", "run", "assemble-runtime")
    ours = {"run": b".s2i", "assemble": b".s2i", "save-artifacts": b".sti"}
    assert found(source, BOTH) == Scripts(ours, "/usr/libexec/s2i")
    assert found(source, BOTH, f"file://{given}/") == Scripts(
        {**ours, "run": b"given", "assemble-runtime": b"given"}, "/usr/libexec/s2i"
    )
    assert found(source, BOTH, "image:///opt/s2i/") == Scripts({}, "/opt/s2i")


def test_paths_in_a_container() -> None:
    scripts = Scripts({"run": b""}, "/usr/libexec/s2i")
    assert scripts.path("run", "/tmp/scripts") == "/tmp/scripts/run"
    assert scripts.path("assemble", "/tmp/scripts") == "/usr/libexec/s2i/assemble"
    assert Scripts().path("assemble", "/tmp/scripts") == ""


def test_what_an_image_says(source: Path, tmp_path: Path) -> None:
    own = write(tmp_path / "own", "assemble", "run")
    assert found(source, {}) == Scripts()
    assert found(source, {"Labels": None, "Env": None}) == Scripts()
    assert found(source, BOTH).folder == "/usr/libexec/s2i"
    assert found(source, {"Env": BOTH["Env"]}).folder == "/usr/local/sti"
    assert found(source, {"Labels": {"io.s2i.scripts-url": "image://x"}, "Env": BOTH["Env"]}).folder == "/x"
    labels = {"Labels": {"io.openshift.s2i.scripts-url": f"file://{own}"}}
    assert found(source, labels) == Scripts({"assemble": b"own", "run": b"own"})
    write(source / ".s2i" / "bin", "run")
    assert found(source, labels) == Scripts({"assemble": b"own", "run": b".s2i"})


def test_scripts_on_the_web(source: Path, tmp_path: Path) -> None:
    write(source / ".s2i" / "bin", "run", "assemble")
    folder = write(tmp_path / "web" / "1", "run", "save-artifacts")
    with served(tmp_path / "web") as url:
        assert found(source, LABEL, f"{url}/1/") == Scripts(
            {"run": b"1", "assemble": b".s2i", "save-artifacts": b"1"}, "/usr/libexec/s2i"
        )
        with pytest.raises(OperationFailed, match=f"^there are no build scripts at scripts_url {url}/2; {WANTED}$"):
            found(source, LABEL, f"{url}/2")
        (folder / "run").write_bytes(bytes(LARGEST_PEEK))
        assert found(source, LABEL, f"{url}/1").brought["run"] == bytes(LARGEST_PEEK)
        (folder / "run").write_bytes(bytes(LARGEST_PEEK + 1))
        with pytest.raises(OperationFailed, match=f"^the build script {url}/1/run has more than 1 MiB$"):
            found(source, LABEL, f"{url}/1")
    with pytest.raises(OperationFailed, match=f"^cannot read {url}/1/assemble: .*refused"):
        found(source, LABEL, f"{url}/1")


def test_scripts_that_cannot_be_read(source: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    url = f"file://{given}"
    with pytest.raises(OperationFailed, match=f"^there are no build scripts at scripts_url {url}; {WANTED}$"):
        found(source, {}, url)
    (given / "run").write_bytes(bytes(LARGEST_PEEK + 1))
    with pytest.raises(OperationFailed, match=f"^the build script {given}/run has more than 1 MiB$"):
        found(source, {}, url)
    (given / "run").unlink()
    (given / "run").mkdir()
    with pytest.raises(OperationFailed, match=f"^cannot read {given}/run on this host: it is not a file$"):
        found(source, {}, url)
    with pytest.raises(OperationFailed, match=r"^cannot use scripts_url ftp://x: it must begin with image://"):
        found(source, {}, "ftp://x")
    write(source / ".s2i" / "bin")
    (source / ".s2i" / "bin" / "run").write_bytes(bytes(LARGEST_PEEK + 1))
    with pytest.raises(OperationFailed, match=r"^'\.s2i/bin/run' in the source has more than 1 MiB"):
        found(source, {})


def variables(source: Path) -> dict[str, str]:
    fetched = object.__new__(Fetched)
    fetched.tree = Folder(str(source))
    return fetched.environment()


def test_variables_of_a_source(source: Path) -> None:
    assert variables(source) == {}
    write(source / ".sti").joinpath("environment").write_text("OLD=1")
    assert variables(source) == {"OLD": "1"}
    content = "# B=1\r\n A = b c \r\nC=\n=x\n\nnothing\nA.b-c=a=b\nU=\u2028x\x0by\u2028\nC=last\n # D=1 \n =1\n"
    write(source / ".s2i").joinpath("environment").write_bytes(content.encode())
    assert variables(source) == {"A": "b c", "C": "last", "A.b-c": "a=b", "U": "x\x0by"}
    write(source / ".s2i").joinpath("environment").write_bytes(b"\xef\xbb\xbfA=1")
    assert variables(source) == {"A": "1"}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"A B=1", "is not valid; expected "),
        (b"export A=1", "is not valid; expected "),
        (b"A\0=1", "is not valid; expected "),
        (b"A=1\0", "the value cannot be used: it has a newline or NUL, "),
        (b"A=\xff", "the value cannot be used: name or value is not valid UTF-8, "),
        (b"\xff=1", "the value cannot be used: name or value is not valid UTF-8, "),
        (
            b"A=" + b"x" * 65536,
            "the value cannot be used: name and value have 65538 bytes; at most 65535 are possible$",
        ),
    ],
)
def test_what_no_variable_can_be(source: Path, line: bytes, fault: str) -> None:
    write(source / ".s2i").joinpath("environment").write_bytes(b"B=2\n" + line + b"\n")
    with pytest.raises(GearError, match=rf"^\.s2i/environment[.:].* {fault}"):
        variables(source)
