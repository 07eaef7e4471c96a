# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many tasks at the same time on one host: none fails, no port is given twice, every reservation has its owner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support import on_host
from support.hosts import Target
from support.on_host import OnHost

# Our locks between processes of ours.
pytestmark = pytest.mark.one_debian("bookworm")

IMAGE = "geard-test/busybox:1"
PREFIX = "fcr"


@pytest.fixture(scope="module")
def driver(target: Target) -> Iterator[OnHost]:
    yield on_host.install(target, "gear_container", name=PREFIX, state="absent")
    remove_all(target)


@pytest.fixture(autouse=True)
def nobody_before(driver: OnHost) -> None:
    remove_all(driver.target)


def remove_all(target: Target) -> None:
    names = ours(target)
    if names:
        target.ok("gear_container", gears=[{"name": name} for name in names], state="absent", keep_data=False)


def ours(target: Target) -> list[str]:
    found = target.sh(f"ls /var/lib/containers/units/*/ | grep '^ctr-{PREFIX}' || true").split()
    return sorted(unit[4:-8] for unit in found)


def gear(name: str, **options: Any) -> dict[str, Any]:
    return {"name": f"{PREFIX}{name}", "image": IMAGE, "state": "present", "ports": ["8080"], **options}


def check_ports(target: Target, returned: list[dict[str, Any]], count: int) -> None:
    """As many gears as asked for, each with a port of its own that is reserved for it, and no other reservation."""
    mine = {item["ports"][0]["external"]: item["unit"] for item in returned}
    assert len(mine) == len(returned) == count
    on_disk = target.sh("cd /var/lib/containers/ports/interfaces/1 && find . -type l -printf '%f %l\\n'").splitlines()
    reserved = {int(line.split()[0]): line.split()[1].rpartition("/")[2] for line in on_disk}
    assert {port: unit for port, unit in reserved.items() if unit.startswith(f"ctr-{PREFIX}")} == mine
    named = target.sh(f"grep -h ^X-PortMapping= /var/lib/containers/units/*/ctr-{PREFIX}*.service").splitlines()
    assert sorted(int(line.split(":")[1]) for line in named) == sorted(mine)


def all_good(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert [answer["complaint"] for answer in answers if not answer["good"]] == []
    return [item for answer in answers for item in answer["gears"]]


def test_sixteen_tasks_of_twenty_gears(driver: OnHost, target: Target) -> None:
    tasks = [{"gears": [gear(f"{process:x}{number}") for number in range(20)]} for process in range(16)]
    returned = all_good(driver.run("crowd", tasks=tasks))
    check_ports(target, returned, 320)
    again = driver.run("crowd", tasks=tasks, at_once=4)
    assert not any(answer["changed"] for answer in again)
    assert len(target.sh(f"systemctl list-unit-files --no-legend 'ctr-{PREFIX}*'").splitlines()) == 320


def test_sixty_installs_twelve_at_a_time(driver: OnHost, target: Target) -> None:
    returned = all_good(driver.run("crowd", tasks=[gear(f"-{number}") for number in range(60)], at_once=12))
    check_ports(target, returned, 60)


def test_one_gear_wanted_by_many(driver: OnHost, target: Target) -> None:
    """Equal requests: one container, one port. Different ones: the last one wins as a whole."""
    for _round in range(3):
        equal = all_good(driver.run("crowd", tasks=[gear("same", state="started")] * 2))
        check_ports(target, equal[:1], 1)
        assert equal[0]["ports"] == equal[1]["ports"]
        assert target.sh(f"docker ps --format '{{{{.Names}}}}' --filter name={PREFIX}") == f"{PREFIX}same"
        remove_all(target)
    different = [gear("same", env={"A": str(number)}, labels={"n": str(number)}) for number in range(8)]
    all_good(driver.run("crowd", tasks=different))
    unit = target.read(f"/var/lib/containers/units/{PREFIX[:2]}/ctr-{PREFIX}same.service")
    winner = [number for number in range(8) if f"--label=n={number} " in unit]
    assert len(winner) == 1
    result = driver.run("crowd", tasks=[different[winner[0]]])[0]
    assert result["good"]


def test_installed_and_removed_at_the_same_time(driver: OnHost, target: Target) -> None:
    """Contradictory tasks: each may say that the other was in the way, but nothing broken is left."""
    tasks = [gear("both", state="started"), {"name": f"{PREFIX}both", "state": "absent", "keep_data": False}] * 3
    for _round in range(3):
        for answer in driver.run("crowd", tasks=tasks):
            assert answer["good"] or "both" in answer["complaint"], answer
            assert "Traceback" not in answer["complaint"]
    [last] = all_good(driver.run("crowd", tasks=tasks[:1]))
    assert last["active_state"] == "active"
    check_ports(target, [last], 1)


def test_through_ansible_with_forks(driver: OnHost, target: Target) -> None:
    """One host under eight names, so that Ansible itself runs eight modules at once."""
    aliases = target.ansible.folder / "aliases.ini"
    hosts = [f"alias{number} ansible_host={target.host.address}\n" for number in range(8)]
    aliases.write_text("[gears]\n" + "".join(hosts))
    gears = [gear(f"-{{{{ inventory_hostname }}}}-{number}") for number in range(10)]
    tasks = [{"geard.core.gear_container": {"gears": gears}}]
    path = target.ansible.folder / "forks.yml"
    path.write_text(json.dumps([{"hosts": "alias*", "gather_facts": False, "tasks": tasks}]))
    run = target.ansible.playbook(path, "--forks=8", "-i", str(aliases))
    assert run.code == 0, run.output
    check_ports(target, [item for result in run.results for item in result["gears"]], 80)
