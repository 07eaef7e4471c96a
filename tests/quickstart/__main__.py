# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the quickstart."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from lab.errors import LabError
from runner.errors import RunnerError
from runner.places import ROOT

from .controller import open_controller, remove_controller
from .places import Place, lab_hosts, this_machine
from .show import how_to_go_on, say, show, step

EXAMPLE = ROOT / "examples" / "simple_deploy.json"


def main() -> int:
    options = _parse(sys.argv[1:])
    logging.basicConfig(level=logging.INFO, format="      %(message)s", stream=sys.stdout)
    try:
        if os.geteuid() != 0:
            raise RunnerError("gears are units of systemd, and hosts are made by root: run it with sudo")
        place = this_machine() if options.here else lab_hosts(options.suite)
        return clean(place) if options.clean else run(place)
    except (RunnerError, LabError) as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("quickstart: interrupted; run it again, or clean up with: ./quickstart --clean", file=sys.stderr)
        return 130


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./quickstart",
        description="Prepares two hosts, deploys linked gears over them, scales them, and shows what came of it.",
    )
    parser.add_argument("--here", action="store_true", help="use this machine instead of throwaway hosts")
    parser.add_argument(
        "--suite", choices=("trixie", "bookworm"), default="", help="Debian release of the throwaway hosts"
    )
    parser.add_argument("--clean", action="store_true", help="remove what the quickstart made")
    return parser.parse_args(words)


def run(place: Place) -> int:
    with step(1, "Ansible, in a virtual environment"):
        controller = open_controller()
    with step(2, place.about):
        controller.use(place.up())
    with step(3, "The role gear_host prepares them: Docker, and what gears need"):
        controller.play("geard.core.prepare")
        place.load_image()
    descriptor = controller.copy(EXAMPLE)
    with step(4, f"{EXAMPLE.name} is deployed: two gears, services of systemd, that find each other at local ports"):
        show(descriptor.read_text(encoding="utf-8"))
        controller.deploy(descriptor)
    with step(5, "Four instead of two: the file says so, and the same command does what is missing"):
        controller.run("sed", "-i", 's/"count":2/"count":4/', str(descriptor))
        controller.deploy(descriptor, "unit")
    with step(6, "And back; gears that stay have not been restarted"):
        controller.run("sed", "-i", 's/"count":4/"count":2/', str(descriptor))
        controller.deploy(descriptor, "unit")
    say(how_to_go_on(controller.activation, place, descriptor))
    return 0


def clean(place: Place) -> int:
    place.down(open_controller)
    remove_controller()
    say(f"clean: {place.left_behind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
