# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the quickstart runs: on throwaway hosts, or on this machine."""

from __future__ import annotations

import dataclasses
import shlex
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from lab import Lab, Settings, images, packages
from runner.errors import RunnerError
from runner.places import cache_folder

if TYPE_CHECKING:
    from .controller import Controller

# What examples/simple_deploy.json runs.
IMAGE = "openshift/busybox-http-app"
TAKE_DOWN = "-e gear_deploy_name=simple -e gear_deploy_state=absent"


class Place(ABC):
    """Hosts that the quickstart prepares."""

    about: str
    hosts: tuple[str, ...]
    left_behind: str
    clean_up: str

    @abstractmethod
    def up(self) -> Path:
        """Prepare the hosts for Ansible, and return an inventory."""

    @abstractmethod
    def load_image(self) -> None:
        """Load the test image into their Docker, so that no registry is needed."""

    @abstractmethod
    def down(self, controller: Callable[[], Controller]) -> None:
        """Remove everything the quickstart created."""


@dataclass
class LabHosts(Place):
    """Throwaway hosts in a lab of its own."""

    lab: Lab
    suite: str

    about = "Two throwaway hosts boot: Debian with systemd, sshd and Docker"
    hosts = ("host1", "host2")
    left_behind = "the hosts and all files of the quickstart are gone; packages that were installed for it stay"
    clean_up = "./quickstart --clean"

    def up(self) -> Path:
        self.lab.up_all(self.hosts, suite=self.suite)
        return self.lab.inventory(self.hosts)

    def load_image(self) -> None:
        for host in self.lab.hosts(self.hosts):
            host.load_images(f"{IMAGE}:latest")

    def down(self, controller: Callable[[], Controller]) -> None:
        self.lab.clean()


class ThisMachine(Place):
    """This machine."""

    about = "This machine is the only host"
    hosts = ("localhost",)
    left_behind = (
        "the gears, their data and everything of gears is gone; packages that were installed, Docker among them, stay"
    )
    clean_up = "./quickstart --here --clean"

    def up(self) -> Path:
        if not Path("/run/systemd/system").is_dir():
            raise RunnerError(
                "systemd does not run this machine; without --here the quickstart boots a host of its own"
            )
        if not packages.static(packages.BUSYBOX):
            packages.install(["busybox-static"])
        inventory = cache_folder() / "quickstart" / "inventory.ini"
        words = "ansible_connection=local ansible_python_interpreter=/usr/bin/python3"
        inventory.write_text(f"[gears]\nlocalhost {words}\n", encoding="utf-8")
        return inventory

    def load_image(self) -> None:
        subprocess.run(["docker", "load", "--quiet"], input=images.archive(f"{IMAGE}:latest"), check=True)

    def down(self, controller: Callable[[], Controller]) -> None:
        if not Path("/var/lib/containers/host.json").exists():
            return
        found = controller()
        found.use(self.up())
        found.play("geard.core.deploy", *shlex.split(TAKE_DOWN), "-e", "gear_deploy_keep_data=false")
        found.ad_hoc("geard.core.gear_host", "state=absent")


def lab_hosts(suite: str) -> Place:
    """Hosts in a lab of the quickstart's own, so that cleaning up touches nothing else."""
    settings = Settings.from_environment()
    return LabHosts(Lab(dataclasses.replace(settings, directory=settings.directory / "quickstart")), suite)


def this_machine() -> Place:
    """This machine, without a lab."""
    return ThisMachine()
