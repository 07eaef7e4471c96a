# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_env: variables are merged, replaced and removed, arrive byte for byte, and are never shown."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from support import on_host
from support.ansible import ROOT
from support.hosts import Target, converge, task

IMAGE = "geard-test/busybox:1"
SECRET = "sesame-open-9"
SIMPLE = ROOT / "tests" / "unit" / "fixtures" / "geard" / "simple.env"


def path(name: str) -> str:
    return f"/var/lib/containers/env/contents/{name[:2]}/{name}"


def pid(target: Target, gear: str) -> int:
    return int(target.sh(["docker", "inspect", "-f", "{{.State.Pid}}", gear]))


def environment_of(target: Target, gear: str) -> dict[bytes, bytes]:
    """The real environment of the container's first process."""
    encoded = target.sh(f"base64 -w0 /proc/{pid(target, gear)}/environ")
    items = base64.b64decode(encoded).rstrip(b"\0").split(b"\0")
    return dict(item.split(b"=", 1) for item in items)


def test_merges_replaces_and_removes(target: Target, gear: str) -> None:
    made = converge(target, "gear_env", {"name": gear}, changed=True)
    assert made["environment"] == {"name": gear, "exists": True, "variables": [], "used_by": []}
    target.converge("gear_env", name=gear, env={"B": "1", "A": SECRET})
    assert target.read(path(gear)) == f"A={SECRET}\nB=1\n"
    assert target.sh(["stat", "-c", "%a %U", path(gear)]) == "600 root"
    merged = target.converge("gear_env", name=gear, env={"C": 3, "B": "2"}, names=["A", "NEVER"])
    assert merged["actions"] == [f"{gear}: write environment +C ~B -A"]
    assert target.read(path(gear)) == "B=2\nC=3\n"
    target.converge("gear_env", name=gear, env={"D": ""}, exclusive=True)
    assert target.read(path(gear)) == "D=\n"
    converge(target, "gear_env", {"name": gear, "names": [], "state": "absent"}, changed=False)
    target.converge("gear_env", name=gear, names=["D"], state="absent")
    assert target.read(path(gear)) == ""
    gone = converge(target, "gear_env", {"name": gear, "state": "absent"}, changed=True)
    assert gone["environment"]["exists"] is False
    assert not target.exists(path(gear))
    converge(target, "gear_env", {"name": gear, "names": ["D"], "state": "absent"}, changed=False)


VALUES = {
    "PLAIN": "value", "EMPTY": "", "QUOTES": "\"double\" 'single' `back`", "DOLLAR": "$HOME ${HOME} $$ $(id)",
    "PERCENT": "%n %% %i 100%", "BACKSLASH": "\\ \\n \\\\ \\", "UNICODE": "käse ☃ 😀 \u202e", "BLANKS": "  \t both \t ",
    "EQUALS": "a=b=c", "HASH": "#not a comment", "CONTROL": "\x01\x1b[31m\x7f", "RETURN": "a\rb", "NUMBER": 5,
    "LARGE": "x" * 60000, "JINJA": "{{ '{{' }} none {{ '}}' }}", "lower.case-name": "yes", "SYSTEMD": ";#\\",
}  # fmt: skip


def test_values_arrive_byte_for_byte(target: Target, gear: str) -> None:
    result = target.converge("gear_env", name=gear, env=VALUES)
    assert result["environment"]["variables"] == sorted(VALUES)
    target.ok("gear_container", name=gear, image=IMAGE)
    wanted = {name.encode(): str(value).encode() for name, value in VALUES.items()}
    wanted[b"JINJA"] = b"{{ none }}"
    found = environment_of(target, gear)
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({"env": {"A": f"{SECRET}\nB=1"}}, "env.A: '(value)' is refused: a value has no NUL and no newline"),
        ({"env": {"A": f"{SECRET}\0"}}, "env.A: "),
        ({"env": {"A": f"{SECRET}\r"}}, "env.A: "),
        ({"env": {"A": SECRET * 6000}}, "env.A: '(78002 bytes)' is refused: "),
        ({"env": {f"V{number}": SECRET * 4000 for number in range(25)}}, "env: '(1300"),
        ({"env": {"A B": SECRET}}, "env: 'A B' is refused: "),
        ({"env": {"": SECRET}}, "env: '' is refused: "),
        ({"env": {"A": [SECRET]}}, "env.A: 'list' is refused: "),
        ({"name": "a/b"}, "name: 'a/b' is refused: 2 to 24 characters"),
        ({"name": "x"}, "name: 'x' is refused: "),
        ({"name": "new\nline"}, "name: 'new\\nline' is refused: "),
        ({"names": ["A=1"]}, "names: 'A=1' is refused: "),
        ({"env": {"A": "1"}, "names": ["A"]}, "names: 'A' is refused: "),
        ({"exclusive": True}, "exclusive: True is refused: "),
        ({"source": "relative.env"}, "source: 'relative.env' is refused: "),
        ({"state": "absent", "env": {"A": "1"}}, "env: '(given)' is refused: "),
    ],
)
def test_bad_input_is_refused_before_anything_changes(
    target: Target, gear: str, options: dict[str, Any], start: str
) -> None:
    for check in (True, False):
        result = target.tasks(task("gear_env", {"name": gear, **options}, check_mode=check))[0]
        assert result["status"] == "failed", result
        assert result["msg"].startswith(start), result["msg"]
        assert "\n" not in result["msg"]
        assert SECRET not in json.dumps(result)
    assert not target.exists(path(gear))


@pytest.fixture
def pair(target: Target, gear: str) -> Iterator[list[str]]:
    """Four gears: two run with the environment named like the test's gear, one is stopped, one has its own."""
    names = [f"{gear}-{letter}" for letter in "abso"]
    target.ok("gear_env", name=gear, env={"A": "1"})
    target.ok("gear_container", image=IMAGE, env_name=gear, gears=[
        {"name": names[0]}, {"name": names[1]}, {"name": names[2], "state": "stopped"},
        {"name": names[3], "env_name": names[3]},
    ])  # fmt: skip
    yield names
    target.ok("gear_container", gears=[{"name": name} for name in names], state="absent")


def test_gears_that_run_with_it_are_restarted_once(target: Target, gear: str, pair: list[str]) -> None:
    first, second, stopped, other = pair
    before = {name: pid(target, name) for name in (first, second, other)}
    result = converge(target, "gear_env", {"name": gear, "env": {"A": "2"}}, changed=True)
    assert result["actions"] == [f"{gear}: write environment ~A", f"{first}: restart", f"{second}: restart"]
    assert [(item["name"], item["changed"], item["failed"]) for item in result["gears"]] == [
        (first, True, False), (second, True, False),
    ]  # fmt: skip
    assert result["environment"]["used_by"] == sorted([first, second, stopped])
    for name in (first, second):
        assert pid(target, name) != before[name]
        assert environment_of(target, name)[b"A"] == b"2"
    assert pid(target, other) == before[other]
    assert target.sh(f"systemctl is-active ctr-{stopped}", check=False) == "inactive"


def test_restart_never_leaves_it_to_a_later_task(target: Target, gear: str, pair: list[str]) -> None:
    first, second, _stopped, _other = pair
    before = pid(target, first)
    never = {"name": gear, "env": {"A": "3"}, "restart": "never"}
    assert converge(target, "gear_env", never, changed=True)["gears"] == []
    assert pid(target, first) == before
    assert environment_of(target, first)[b"A"] == b"1"
    target.sh(f"systemctl restart ctr-{second}")
    later = converge(target, "gear_env", {**never, "restart": "changed"}, changed=True)
    assert later["actions"] == [f"{first}: restart"]
    assert environment_of(target, first)[b"A"] == b"3"


def test_gear_container_does_not_restart_what_gear_env_did(target: Target, gear: str, pair: list[str]) -> None:
    target.ok("gear_env", name=gear, env={"A": "4"})
    again = target.ok("gear_container", name=pair[0], image=IMAGE, env_name=gear)
    assert again["actions"] == []


def test_an_environment_in_use_is_not_removed(target: Target, gear: str, pair: list[str]) -> None:
    for check in (True, False):
        result = target.tasks(task("gear_env", {"name": gear, "state": "absent"}, check_mode=check))[0]
        assert result["status"] == "failed"
        assert result["msg"].startswith(f"environment {gear} cannot be removed: gears {pair[0]}, {pair[1]}, {pair[2]}")
    assert target.exists(path(gear))
    target.ok("gear_container", gears=[{"name": name} for name in pair], state="absent")
    assert target.exists(path(gear)), "a gear takes only the environment of its own name with it"
    converge(target, "gear_env", {"name": gear, "state": "absent"}, changed=True)


def test_a_gear_that_does_not_come_back_fails_the_task(target: Target, gear: str) -> None:
    check = f"/usr/bin/docker exec {gear} sh -c 'echo BROKEN is $BROKEN >&2; test -z \"$BROKEN\"'"
    target.ok("gear_container", name=gear, image=IMAGE, restart_policy="no",
              unit_options={"Service": {"ExecStartPost": check.replace("$", "$$")}})  # fmt: skip
    result = target.module("gear_env", name=gear, env={"BROKEN": SECRET})
    assert result["status"] == "failed"
    assert result["msg"].startswith(f"gear {gear} did not start, the unit is failed (failed); its last lines: ")
    assert "BROKEN is (hidden)" in result["msg"]
    assert result["gears"][0]["failed"] is True
    assert result["changed"] is True
    assert SECRET not in json.dumps(result)
    assert target.read(path(gear)) == f"BROKEN={SECRET}\n"
    mended = target.ok("gear_env", name=gear, names=["BROKEN"])
    assert mended["gears"] == [], "a gear that does not run is left alone"


def test_values_are_in_no_log_and_no_output(target: Target, gear: str) -> None:
    secret = f"{gear}-is-secret"
    target.sh(f"printf 'FROM_FILE={secret}-file\\n' > /root/{gear}.env")
    options = {"name": gear, "env": {"TOKEN": secret}, "source": f"/root/{gear}.env"}
    play = target.ansible.folder / f"{gear}.yml"
    play.write_text(json.dumps([{"hosts": target.name, "gather_facts": False, "tasks": [task("gear_env", options)]}]))
    shown = target.ansible.playbook(play, "-vvv", "--diff")
    assert shown.code == 0
    assert "FROM_FILE" in shown.output
    assert secret not in shown.output
    result = json.dumps(shown.results)
    assert "TOKEN" in result
    assert secret not in result
    assert target.sh(f"journalctl --no-pager -o verbose | grep -c {gear}") != "0"
    assert target.sh(f"journalctl --no-pager -o verbose | grep -c {secret}", check=False) == "0"
    target.sh(f"rm /root/{gear}.env")


# sources


def test_a_file_of_the_host(target: Target, gear: str) -> None:
    file = f"/root/{gear}.env"
    target.host.put(SIMPLE, file)
    result = target.converge("gear_env", name=gear, source=file, env={"OTHER": "inline"}, names=["TEST"])
    assert result["environment"]["variables"] == ["OTHER", "QUOTED"]
    assert target.read(path(gear)) == 'OTHER=inline\nQUOTED=\\"foo\\"\n'
    target.converge("gear_env", name=gear, source=file, exclusive=True)
    assert target.read(path(gear)) == 'OTHER=1\nQUOTED=\\"foo\\"\nTEST=value\n'
    target.sh(f"rm {file}")
    for check in (True, False):
        result = target.tasks(task("gear_env", {"name": gear, "source": file}, check_mode=check))[0]
        assert result["msg"] == f"cannot read {file} on this host: No such file or directory"


@pytest.fixture
def server(target: Target, gear: str) -> Iterator[str]:
    """A web server of the host, for files that tests put into its folder; it is named like the gear."""
    folder = f"/root/{gear}-www"
    target.sh(f"mkdir -p {folder}")
    target.host.put(SIMPLE, f"{folder}/simple.env")
    target.sh(
        f"systemd-run --unit=www-{gear} -p WorkingDirectory={folder} python3 -m http.server 8099 --bind 127.0.0.1; "
        "until curl -so /dev/null http://127.0.0.1:8099/; do sleep 0.1; done"
    )
    yield "http://127.0.0.1:8099"
    target.sh(f"systemctl stop www-{gear}; rm -r {folder}")


def test_a_url(target: Target, gear: str, server: str) -> None:
    folder = f"/root/{gear}-www"
    target.converge("gear_env", name=gear, source=f"{server}/simple.env")
    assert target.read(path(gear)) == 'OTHER=1\nQUOTED=\\"foo\\"\nTEST=value\n'
    assert "404" in target.fails("gear_env", name=gear, source=f"{server}/none.env")
    bad = f"A=1\nexport B={SECRET}\n"
    target.sh(f"printf %s {shlex.quote(bad)} > {folder}/bad.env; head -c 102401 /dev/zero > {folder}/large.env")
    message = target.fails("gear_env", name=gear, source=f"{server}/bad.env")
    assert message.startswith(f"source: '{server}/bad.env' is refused: line 2: ")
    assert SECRET not in message
    message = target.fails("gear_env", name=gear, source=f"{server}/large.env")
    assert "at most 102400 bytes" in message
    assert "cannot read http://127.0.0.1:1/x" in target.fails("gear_env", name=gear, source="http://127.0.0.1:1/x")
    assert target.read(path(gear)) == 'OTHER=1\nQUOTED=\\"foo\\"\nTEST=value\n'


# the host


def test_a_host_that_is_not_ready(target: Target, gear: str) -> None:
    record = "/var/lib/containers/host.json"
    target.sh(f"mv {record} {record}.aside")
    try:
        for module in ("gear_env", "gear_info", "gear_log"):
            assert "is not prepared" in target.fails(module, **({} if module == "gear_info" else {"name": gear}))
    finally:
        target.sh(f"mv {record}.aside {record}")
    result = target.tasks({**task("gear_env", {"name": gear}), "become": True, "become_user": "nobody"})[0]
    assert result["status"] == "failed"
    assert "must run as root" in result["msg"], result


def test_a_store_that_is_locked(target: Target, gear: str) -> None:
    target.ok("gear_env", name=gear, env={"A": "1"})
    lock = "/var/lib/containers/.gear.lock"
    target.sh(f"systemd-run --unit=lock-{gear} flock {lock} sleep 3; sleep 0.3")
    target.ok("gear_env", name=gear, env={"A": "1"})  # a task that changes nothing needs no lock
    assert target.sh(f"systemctl is-active lock-{gear}", check=False) == "active"
    target.ok("gear_env", name=gear, env={"A": "2"})
    assert target.sh(f"systemctl is-active lock-{gear}", check=False) == "inactive"


def test_parallel_merges_lose_nothing(target: Target, gear: str) -> None:
    host = on_host.install(target, "gear_env", name=gear)
    answer = host.run("env_parallel", name=gear, processes=16, rounds=4)
    assert answer["complaints"] == []
    lines = target.read(path(gear)).splitlines()
    assert lines == sorted(f"V{process}_{number}={process}" for process in range(16) for number in range(4))


def test_a_kill_at_any_step_is_made_good_by_the_same_task(target: Target, gear: str) -> None:
    neighbour = f"{gear}-n"
    target.ok("gear_container", image=IMAGE, gears=[{"name": gear}, {"name": neighbour}])
    host = on_host.install(target, "gear_env", name=gear)
    change = {"name": gear, "env": {"A": "1", "B": "2"}, "exclusive": True}
    reset = {"name": gear, "env": {"A": "9"}, "exclusive": True, "restart": "never"}
    answer = host.run("env_sweep", task=change, reset=reset, gear=gear, neighbour=neighbour)
    target.ok("gear_container", name=neighbour, state="absent")
    assert not answer["problems"], "\n".join(answer["problems"])
    steps = " ".join(answer["steps"])
    assert "rename" in steps
    assert "restart" in steps
