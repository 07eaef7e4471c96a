# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builder images with scripts of the source-to-image protocol, made like the other images of the lab."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .catalogue import File, Image

SCRIPTS = Path(__file__).resolve().parent / "builders"
PLACE = "usr/libexec/s2i"
USER = 1001
HOME = "/opt/app-root"
LABELS = {"io.openshift.s2i.scripts-url": f"image:///{PLACE}"}


def scripts(kind: str, names: Sequence[str]) -> tuple[File, ...]:
    """Scripts of a builder, and a folder that its user may write to."""
    files = [File(f"{PLACE}/{name}", (SCRIPTS / kind / name).read_text(encoding="utf-8"), 0o755) for name in names]
    return (File(f"{HOME[1:]}/", mode=0o755, owner=USER), *files)


def usual(kind: str, *names: str) -> tuple[File, ...]:
    return scripts(kind, ("assemble", "run", "usage", *names))


BUILDERS = (
    Image(
        "geard-test/python-builder:1",
        (f"/{PLACE}/usage",),
        files=usual("python", "save-artifacts"),
        user=str(USER),
        environment={"HOME": HOME, "PIP_NO_CACHE_DIR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        ports=("8080/tcp",),
        labels=LABELS,
        packages=("python3-venv",),
    ),
    Image(
        "geard-test/static-builder:1",
        (f"/{PLACE}/usage",),
        files=(*usual("static"), File(f"{HOME[1:]}/build/", mode=0o755, owner=USER)),
        user=str(USER),
        environment={"HOME": HOME},
        ports=("8080/tcp",),
        labels={**LABELS, "io.openshift.s2i.destination": f"{HOME}/build"},
    ),
    # Without what builds: it gets the pages from the image above.
    Image(
        "geard-test/static-runtime:1",
        files=scripts("static", ("assemble-runtime", "run")),
        user=str(USER),
        environment={"HOME": HOME},
        workdir=HOME,
        ports=("8080/tcp",),
        labels={**LABELS, "io.openshift.s2i.assemble-input-files": f"{HOME}/www"},
    ),
)
