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

from .controller import open_controller, remove_controller
from .places import VARIABLES, Place, lab_host, this_machine
from .show import how_to_go_on, say, step


def main() -> int:
    options = _parse(sys.argv[1:])
    logging.basicConfig(level=logging.INFO, format="      %(message)s", stream=sys.stdout)
    try:
        if os.geteuid() != 0:
            raise RunnerError("gears are units of systemd, and hosts are made by root: run it with sudo")
        place = this_machine() if options.here else lab_host(options.suite)
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
        description="Prepares a host, runs an image there as a systemd service, and shows what came of it.",
    )
    parser.add_argument("--here", action="store_true", help="use this machine instead of a throwaway host")
    parser.add_argument(
        "--suite", choices=("trixie", "bookworm"), default="", help="Debian release of the throwaway host"
    )
    parser.add_argument("--clean", action="store_true", help="remove what the quickstart made")
    return parser.parse_args(words)


def run(place: Place) -> int:
    with step(1, "Ansible, in a virtual environment"):
        controller = open_controller()
    with step(2, place.about):
        controller.use(place.up())
    with step(3, "The role gear_host prepares the host: it installs Docker and what gears need"):
        controller.play("geard.core.prepare")
    with step(4, "A test image is loaded, so that no registry is needed"):
        place.load_image()
    with step(5, "The image becomes a service; preparing the host again changes nothing"):
        controller.play("geard.core.quickstart", **VARIABLES)
    say(how_to_go_on(controller.activation, place.clean_up))
    return 0


def clean(place: Place) -> int:
    place.down(open_controller)
    remove_controller()
    say(f"clean: {place.left_behind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
