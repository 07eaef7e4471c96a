# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmarks need: ansible-core, the peers' collections, a host of the lab, prepared."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab import Host, Lab
from runner import machine
from runner.errors import RunnerError
from runner.places import ANSIBLE, LOGS, ROOT, cache_folder, locked
from runner.toolbox import Toolbox, open_toolbox

PEERS = "ansible >= 12, < 14"
"""The package on PyPI that carries community.docker; only that and what it needs are unpacked."""
PEER_COLLECTIONS = ("community/docker/", "community/library_inventory_filtering_v1/")


@dataclass(frozen=True)
class Bench:
    """Prepared hosts and the means to run Ansible against it."""

    hosts: tuple[Host, ...]
    inventory: Path
    toolbox: Toolbox
    collections: tuple[Path, ...]
    folder: Path

    @property
    def host(self) -> Host:
        """The one for all that needs only one."""
        return self.hosts[0]

    def first(self, count: int) -> Bench:
        """The same with the first hosts only."""
        hosts = self.hosts[:count]
        path = self.folder / f"inventory-{count}.ini"
        return replace(self, hosts=hosts, inventory=Lab().inventory([host.name for host in hosts], path))

    def ansible(self, program: str, *words: str, **environment: str) -> str:
        """Run a program of ansible-core against the hosts; its output, or RunnerError when it failed."""
        command = [self.toolbox.command(program), "-i", str(self.inventory), *words]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(map(str, self.collections)),
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            **environment,
        }
        done = subprocess.run(
            command, env={**clean, **settings}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RunnerError(
                f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}"
            )
        return done.stdout


def prepare(names: Sequence[str], suite: str) -> Bench:
    """Everything from nothing: packages, virtual environment, peers, hosts, images, gear_host."""
    machine.install_packages(machine.missing_packages(), LOGS / "packages.log")
    toolbox = open_toolbox(ANSIBLE)
    peers = open_peers(toolbox)
    lab = Lab()
    hosts = lab.up_all(names, suite=suite)
    for host in hosts:
        host.load_images()
    folder = cache_folder() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    inventory = lab.inventory(names, folder / "inventory.ini")
    bench = Bench(tuple(hosts), inventory, toolbox, (own_collections(folder), peers), folder)
    bench.ansible("ansible", "all", "-m", "geard.core.gear_host")
    return bench


def own_collections(folder: Path) -> Path:
    """A path where Ansible finds this checkout as geard.core."""
    if ROOT.parts[-3:] == ("ansible_collections", "geard", "core"):
        return ROOT.parents[2]
    link = folder / "own" / "ansible_collections" / "geard" / "core"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT)
    return folder / "own"


def open_peers(toolbox: Toolbox) -> Path:
    """The folder with community.docker, downloaded once."""
    folder = cache_folder() / "bench" / "peers"
    with locked(folder.with_suffix(".lock")):
        if not (folder / "ansible_collections").exists():
            print(f"downloading {PEERS} for community.docker (once)", flush=True)
            wheel = download(toolbox.pip, PEERS, folder)
            unpack(wheel, PEER_COLLECTIONS, folder)
            wheel.unlink()
    return folder


def download(pip: Sequence[str], requirement: str, folder: Path) -> Path:
    """Fetch one wheel without what it depends on."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [*pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder), requirement]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RunnerError(f"cannot download {requirement}:\n{done.stderr}")
    return next(folder.glob("*.whl"))


def unpack(wheel: Path, collections: Sequence[str], folder: Path) -> None:
    """Unpack some collections of a wheel; the folder appears whole or not at all."""
    base = "ansible_collections/"
    aside = folder / "aside"
    with zipfile.ZipFile(wheel) as archive:
        wanted = [item for item in archive.namelist() if item.startswith(tuple(base + name for name in collections))]
        archive.extractall(aside, wanted)
    (aside / base).rename(folder / base)
