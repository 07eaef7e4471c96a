# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-client start|exec|connect NAME [WORD...]: become the Docker client, for the container of a gear.

The client gets the full id. It would take the name of a container that is gone for the beginning of another one's id.
"""

from __future__ import annotations

import posix  # as in store/container/run_marks.py

from ...host.docker.containers import container_of_gear
from ...model.errors import OperationFailed
from ...model.names import check_name
from ...model.runtime import DOCKER


def main(arguments: list[str]) -> None:
    """Entry of the program; does not return. Raises OperationFailed when the container is gone."""
    verb, name = arguments[0], check_name(arguments[1])
    found = container_of_gear(name)
    if found is None:
        raise OperationFailed(f"the container {name} does not exist any more")
    posix.execv(DOCKER, ["docker", *words(verb, str(found["Id"]), arguments[2:])])


def words(verb: str, container: str, given: list[str]) -> list[str]:
    """The arguments of the client; raises ValueError for another verb."""
    if verb == "start":
        return ["start", "--attach", container]
    if verb == "exec":
        return ["exec", container, *given]
    if verb == "connect":
        return ["network", "connect", given[0], container]
    raise ValueError(verb)
