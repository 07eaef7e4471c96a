# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of gear_container before every single step: the same task then converges, and nobody else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import on_host
from support.hosts import Target
from support.on_host import OnHost

NEIGHBOUR = "fknext"
GEAR = "fkill"
IMAGE = "geard-test/busybox:1"
COMMIT = "rename /var/lib/containers/units/fk/.gear-tmp-ctr-fkill.service"
GONE = "remove /var/lib/containers/units/fk/ctr-fkill.service"


@pytest.fixture(scope="module")
def driver(target: Target) -> Iterator[OnHost]:
    """The host with the programs; a neighbour shares the folders of the gear that is killed, and runs all the time."""
    target.ok("gear_container", name=NEIGHBOUR, image=IMAGE, ports=["8080"], env={"A": "1"}, links=["81:localhost:80"])
    yield on_host.install(target, "gear_container", name=GEAR, state="absent")
    target.ok("gear_container", gears=[{"name": NEIGHBOUR}, {"name": GEAR}], state="absent", keep_data=False)


def sweep(driver: OnHost, *tasks: tuple[str, dict[str, Any]], **keywords: Any) -> dict[str, list[str]]:
    """Kill each task of the cycle before each of its steps; what these steps were, by task."""
    cycle = [{"label": label, "options": {"name": GEAR, **options}} for label, options in tasks]
    answer = driver.run("kill_sweep", cycle=cycle, neighbour=NEIGHBOUR, **keywords)
    assert not answer["problems"], "\n".join(answer["problems"])
    steps: dict[str, list[str]] = answer["steps"]
    for label, found in steps.items():
        print(f"{label}: killed before each of {len(found)} steps", *found, sep="\n    ")
    return steps


def definition(**options: Any) -> dict[str, Any]:
    return {"image": IMAGE, **options}


@pytest.mark.one_debian("trixie")
def test_install_and_delete(driver: OnHost, target: Target) -> None:
    whole = definition(
        state="present", isolate=True, volumes=["/data", "/var/lib/x"], ports=["8080", "53/udp"],
        env={"A": "1", "B": "2"}, links=["127.0.0.1:8081:localhost:8080"],
    )  # fmt: skip
    delete = {"state": "absent", "keep_data": False}
    steps = sweep(driver, ("install", whole), ("delete", delete))
    assert {"run useradd", "wait for useradd", "reload its units (call)"} <= set(steps["install"])
    assert {"run userdel", "wait for userdel", "reload its units (call)"} <= set(steps["delete"])
    assert COMMIT in steps["install"]
    assert GONE in steps["delete"]
    assert min(len(found) for found in steps.values()) >= 35
    assert target.sh("docker volume ls -q --filter name=gear.fkill") == ""
    assert target.sh("docker images -q gear-pin") == target.sh(f"docker images -q {IMAGE}")  # the neighbour's


@pytest.mark.one_debian("trixie")
def test_change(driver: OnHost) -> None:
    """Definition, ports, environment and links of a stopped gear."""
    one = definition(state="present", ports=["8080", "9000:3000"], env={"A": "1"}, links=["81:localhost:80"])
    two = definition(state="present", ports=["8080", "9000:3001"], env={"A": "2"}, links=["82:localhost:80"])
    steps = sweep(driver, ("change", one), ("change back", two), in_turn=True)
    done = {*steps["change"], *steps["change back"]}
    assert {"reload its units (call)", "reload its units (return)"} <= done
    assert COMMIT in done
    assert sum(map(len, steps.values())) >= 25


@pytest.mark.one_debian("trixie")
def test_rollback(driver: OnHost) -> None:
    one, two = (definition(state="present", ports=["8080"], command=["rest", word]) for word in ("one", "two"))
    versions = [driver.target.ok("gear_container", name=GEAR, **wish)["gears"][0]["version"] for wish in (one, two)]
    tasks = [(f"go back to {version}", {"state": "present", "version": version}) for version in versions]
    steps = sweep(driver, *tasks, in_turn=True)
    done = {step for found in steps.values() for step in found}
    assert "reload its units (call)" in done
    assert COMMIT in done


@pytest.mark.one_debian("bookworm")
def test_running_gear(driver: OnHost, target: Target) -> None:
    """Killed between the requests to systemd and Docker; the files are the other tests' matter.

    A change is taken up by the running container, whether the kill came before the restart or after.
    """
    one, two = (
        definition(ports=["8080"], volumes=["/data"], env={"A": word}, command=["rest", word])
        for word in ("one", "two")
    )
    steps = sweep(
        driver, ("start", one), ("stop", {"state": "stopped"}), ("start again", {"state": "started"}),
        ("restart", two), ("delete", {"state": "absent", "keep_data": False}), only_outside=True,
    )  # fmt: skip
    for label, found in steps.items():
        verb = {"start again": "start", "delete": "stop"}.get(label, label)
        assert {f"{verb} ctr-fkill.service ({when})" for when in ("call", "return")} <= set(found)
    assert target.sh("docker ps -aq --filter name=fkill") == ""
