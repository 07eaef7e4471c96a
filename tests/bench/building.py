# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds: what of them is ours, what one costs that has nothing to do, and what artifacts of the one before save."""

from __future__ import annotations

import json
import time
from statistics import median
from typing import Any

from lab import images, wheels
from runner.errors import RunnerError
from runner.places import ROOT

from .cases import CLEAN, INCREMENTAL, LARGE, OWN, PING, PREFIX, SMALL, UNCHANGED_BUILD, build_memory, built
from .figures import Figures, record
from .runs import ping
from .setup import Bench

MODULE = "geard.core.gear_build"
FOLDER = "/srv/bench"
PORT = 8099
SOURCES = ROOT / "tests" / "integration" / "sources"
NOT_OURS = ("artifacts", "assemble", "commit")
"""Steps that scripts and Docker take their time for."""
MAKE_LARGE = """
import os
for folder in range(400):
    os.makedirs(f"large/{folder}")
    for number in range(500):
        with open(f"large/{folder}/{number}", "wb") as file:
            file.write(os.urandom(16) * 336)
"""
"""A GiB in 200,000 files."""


def measure_builds(bench: Bench, figures: Figures, runs: int) -> None:
    """A program in Python with a web framework and a database library; pages for what of a build is ours."""
    host = bench.host
    host.load_images(*images.builders())
    url = wheels.serve(host, FOLDER, PORT)
    for source in ("python", "static"):
        host.put(SOURCES / source, f"{FOLDER}/{source}")
        start = f"git init -q --bare -b main {FOLDER}/{source}.git; git init -q -b main"
        host.ssh(f"cd {FOLDER}/{source} && {start} && {_commit(source, 'first')}")
    program = _options("python", {"PIP_INDEX_URL": url, "PIP_TRUSTED_HOST": host.address})
    pages = _options("static", {})
    try:
        for number in range(runs):
            clean, _seconds = _build(bench, {**program, "clean": True, "force": True})
            record(figures, built(CLEAN), clean["duration"])
            host.ssh(f"cd {FOLDER}/python && echo '# {number}' >> app.py && {_commit('python', 'more')}")
            more, _seconds = _build(bench, program)
            _confirm(more["incremental"] and not clean["incremental"], "artifacts are used, but not in a clean build")
            record(figures, built(INCREMENTAL), more["duration"])
            host.ssh(f"cd {FOLDER}/static && echo '{number}' > number && {_commit('static', 'more')}")
            own, whole = _build(bench, pages)
            for _run in range(3):
                record(figures, built(PING), ping(bench))
                same, seconds = _build(bench, program)
                _confirm(not same["changed"], "a build that has nothing to do changes nothing")
                record(figures, built(UNCHANGED_BUILD), seconds)
            least = median(figures.times[built(PING)][-3:])
            record(figures, built(OWN), whole - least - sum(own["steps"].get(step, 0) for step in NOT_OURS))
    finally:
        tags = f"{program['tag']} {pages['tag']}"
        host.ssh(f"systemctl stop {wheels.UNIT}; docker rmi -f {tags}; rm -rf {FOLDER}", check=False)


def measure_large(bench: Bench, figures: Figures) -> None:
    """The greatest memory of what builds: of one file, and of a folder with 1 GiB in 200,000 files."""
    host = bench.host
    host.load_images("geard-test/s2i:1")
    nothing = "mkdir -p .s2i/bin; printf '#!/bin/sh\\n' > .s2i/bin/assemble; chmod 755 .s2i/bin/assemble"
    host.ssh(f"for name in small large; do mkdir -p {FOLDER}/$name && cd {FOLDER}/$name && {nothing}; done")
    host.ssh(f"cd {FOLDER} && python3 -", stdin=MAKE_LARGE)
    try:
        for name, size in ((SMALL, "small"), (LARGE, "large")):
            options = {"source": f"{FOLDER}/{size}", "tag": f"{PREFIX}{size}", "builder_image": "geard-test/s2i:1"}
            result, _seconds = _build(bench, options)
            record(figures, built(name), result["duration"])
            folder = f"/var/lib/containers/builds/{result['unit'][len('build-') : -len('.service')]}"
            figures.add(build_memory(name), json.loads(host.ssh(f"cat {folder}/result.json").stdout)["memory"] / 1e6)
    finally:
        host.ssh(f"docker rmi -f {PREFIX}small {PREFIX}large; rm -rf {FOLDER}", check=False)


def _options(source: str, env: dict[str, str]) -> dict[str, Any]:
    image = f"geard-test/{source}-builder:1"
    return {"source": f"{FOLDER}/{source}.git", "tag": f"{PREFIX}{source}", "builder_image": image, "env": env}


def _commit(source: str, message: str) -> str:
    commit = f"git -c user.name=Bench -c user.email=bench@example.com commit -qm {message}"
    return f"git add -A && {commit} && git push -q {FOLDER}/{source}.git HEAD:main"


def _build(bench: Bench, options: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """The module's result, and the seconds of the run from end to end."""
    start = time.perf_counter()
    output = bench.ansible("ansible", bench.host.name, "-m", MODULE, "-a", json.dumps(options))
    seconds = time.perf_counter() - start
    result: dict[str, Any] = json.loads(output.partition("=>")[2])
    return result, seconds


def _confirm(is_so: bool, what: str) -> None:
    if not is_so:
        raise RunnerError(f"builds: it is not so that {what}")
