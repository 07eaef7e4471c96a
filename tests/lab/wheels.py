# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real Python packages for pip without internet access: Debian's, packed as wheels, in the folders that pip wants."""

from __future__ import annotations

import inspect
import io
import json
import platform
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from . import apt, base, cachedir
from .debian import SUITE
from .settings import Settings

if TYPE_CHECKING:
    from .host import Host

# A web framework and a database library, with all they need.
PACKAGES = ("python3-flask", "python3-sqlalchemy", "python3-setuptools-whl")
# Those that have no wheel, as many have not: installing them takes its time.
SOURCES = ("sqlalchemy",)
UNIT = "lab-index.service"
MODULES = "usr/lib/python3/dist-packages/"
WHEELS = "usr/share/python-wheels/"
ABOUT = re.compile(r"(?P<name>[^/]+?)-(?P<version>[^-/]+)\.(dist|egg)-info/(METADATA|PKG-INFO)")
PYTHON = {"trixie": "cp313", "bookworm": "cp311"}[SUITE]

Files = Mapping[str, bytes]


def archive(settings: Settings) -> Path:
    """A tarball with simple/NAME/WHEEL for each package, from the cache if it exists."""
    options = [f"--aptopt={line}" for line in apt.carried_options()]
    words = ["--mode=root", "--variant=extract", f"--include={','.join(PACKAGES)}", *options, SUITE]
    lines = base.sources(SUITE, settings)

    def make(path: Path) -> None:
        whole = path.with_suffix(".whole.tar")
        try:
            base.bootstrap("wheels of Debian packages", words, lines, whole)
            with tarfile.open(path, mode="w") as target:
                write(index(modules(whole)), target)
        finally:
            whole.unlink(missing_ok=True)

    return cachedir.made(settings, "wheels", [*words, *lines, inspect.getsource(sys.modules[__name__])], make)


def serve(host: Host, folder: str, port: int) -> str:
    """Put the index on the host, serve it until its unit stops, and return the URL for pip."""
    host.pipe(archive(host.settings).read_bytes(), f"rm -rf {folder} && mkdir -p {folder} && tar -x -C {folder} -f -")
    stop = f"(systemctl stop {UNIT}; systemctl reset-failed {UNIT}) 2> /dev/null"
    run = f"systemd-run -q --unit={UNIT} python3 -u -m http.server --directory {folder} {port}"
    host.ssh(f"{stop}; {run}; until curl -s -o /dev/null 127.0.0.1:{port}; do sleep 0.1; done", timeout=30)
    return f"http://{host.address}:{port}/simple/"


def modules(tree: Path) -> dict[str, bytes]:
    """The Python modules of Debian's packages, and Debian's own wheels."""
    found = {}
    with tarfile.open(tree) as whole:
        for info in whole:
            path = info.name.removeprefix("./")
            file = whole.extractfile(info) if info.isreg() and path.startswith((MODULES, WHEELS)) else None
            if file:
                found[path.removeprefix(MODULES)] = file.read()
    return found


def index(files: Files) -> Iterator[tuple[str, bytes]]:
    """Path and content of every package: a wheel, or a source to build one from."""
    for path, data in files.items():
        about = ABOUT.fullmatch(path)
        if about:
            name = about["name"].lower().replace("-", "_")
            own = {path: data for path, data in files.items() if path.startswith((f"{name}/", f"{name}.py"))}
            make = source if name in SOURCES else wheel
            file, content = make(f"{name}-{about['version']}", own, data)
            yield f"simple/{name.replace('_', '-')}/{file}", content
        elif path.startswith(f"{WHEELS}setuptools-"):
            yield f"simple/setuptools/{path[len(WHEELS) :]}", data


def wheel(name: str, own: Files, about: bytes) -> tuple[str, bytes]:
    """A wheel with a list of its files, without checksums, which the format allows."""
    pure = not any(path.endswith(".so") for path in own)
    tag = "py3-none-any" if pure else f"{PYTHON}-{PYTHON}-linux_{platform.machine()}"
    info = f"{name}.dist-info"
    text = f"Wheel-Version: 1.0\nGenerator: geard lab\nRoot-Is-Purelib: {str(pure).lower()}\nTag: {tag}\n"
    files = {**own, f"{info}/METADATA": about, f"{info}/WHEEL": text.encode()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for path, data in files.items():
            target.writestr(path, data)
        target.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD")))
    return f"{name}-{tag}.whl", buffer.getvalue()


def source(name: str, own: Files, about: bytes) -> tuple[str, bytes]:
    """A source package that pip must build with setuptools, in an isolated environment."""
    needed = [line.partition(": ")[2] for line in about.decode().splitlines() if line.startswith("Requires-Dist: ")]
    short, _dash, version = name.rpartition("-")
    project = {"name": short, "version": version, "dependencies": [line for line in needed if "extra ==" not in line]}
    lines = ["[build-system]", 'requires = ["setuptools"]', 'build-backend = "setuptools.build_meta"', "[project]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in project.items()]
    lines += ["[tool.setuptools.packages.find]", f'include = ["{short}*"]', ""]
    files = {**own, "PKG-INFO": about, "pyproject.toml": "\n".join(lines).encode()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as target:
        write(((f"{name}/{path}", data) for path, data in files.items()), target)
    return f"{name}.tar.gz", buffer.getvalue()


def write(members: Iterable[tuple[str, bytes]], target: tarfile.TarFile) -> None:
    for name, data in members:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o644
        target.addfile(info, io.BytesIO(data))
