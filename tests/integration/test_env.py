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
from support.hosts import Target, task
from support.story import Story, remove

# Files of ours, and what a gear that restarts reads of them.
pytestmark = pytest.mark.one_debian("bookworm")

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
    where, other = path(gear), {"name": gear}
    look = f"stat -c '%a %U' {where}; cat {where}"
    with Story(target) as story:
        made = story.converge("gear_env", **other)
        story.converge("gear_env", **other, env={"B": "1", "A": SECRET})
        first = story.sh(look)
        merged = story.converge("gear_env", **other, env={"C": 3, "B": "2"}, names=["A", "NEVER"])
        second = story.sh(look)
        story.converge("gear_env", **other, env={"D": ""}, exclusive=True)
        third = story.sh(look)
        nothing = story.converge("gear_env", **other, names=[], state="absent")
        story.converge("gear_env", **other, names=["D"], state="absent")
        fourth = story.sh(look)
        gone = story.converge("gear_env", **other, state="absent")
        missing = story.converge("gear_env", **other, names=["D"], state="absent")
    assert made.result["environment"] == {"name": gear, "exists": True, "variables": [], "used_by": []}
    assert merged.result["actions"] == [f"{gear}: write environment +C ~B -A"]
    assert [step.text.splitlines() for step in (first, second, third, fourth)] == [
        ["600 root", f"A={SECRET}", "B=1"], ["600 root", "B=2", "C=3"], ["600 root", "D="], ["600 root"],
    ]  # fmt: skip
    assert gone.result["environment"]["exists"] is False
    changed = [step.result["changed"] for step in (made, merged, nothing, gone, missing)]
    assert changed == [True, True, False, True, False]
    assert not target.exists(where)


VALUES = {
    "PLAIN": "value", "EMPTY": "", "QUOTES": "\"double\" 'single' `back`", "DOLLAR": "$HOME ${HOME} $$ $(id)",
    "PERCENT": "%n %% %i 100%", "BACKSLASH": "\\ \\n \\\\ \\", "UNICODE": "käse ☃ 😀 \u202e", "BLANKS": "  \t both \t ",
    "EQUALS": "a=b=c", "HASH": "#not a comment", "CONTROL": "\x01\x1b[31m\x7f", "RETURN": "a\rb", "NUMBER": 5,
    "LARGE": "x" * 60000, "JINJA": "{{ none }} {% raw", "lower.case-name": "yes", "SYSTEMD": ";#\\",
}  # fmt: skip


def test_values_arrive_byte_for_byte(target: Target, gear: str) -> None:
    with Story(target) as story:
        written = story.converge("gear_env", name=gear, env=VALUES)
        story.do(name=gear, image=IMAGE)
    assert written.result["environment"]["variables"] == sorted(VALUES)
    wanted = {name.encode(): str(value).encode() for name, value in VALUES.items()}
    found = environment_of(target, gear)
    assert {name: found.get(name) for name in wanted} == wanted


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"env": {"A": f"{SECRET}\nB=1"}}, "env.A: the value cannot be used: it has a newline or NUL"),
    ({"env": {"A": f"{SECRET}\0"}}, "env.A: "),
    ({"env": {"A": f"{SECRET}\r"}}, "env.A: "),
    ({"env": {"A": SECRET * 6000}}, "env.A: the value cannot be used: name and value have 78002 bytes"),
    (
        {"env": {f"V{number}": SECRET * 4000 for number in range(25)}},
        "env: this environment cannot be used: it has 1300",
    ),
    ({"env": {"A B": SECRET}}, "env: 'A B' is not valid; expected "),
    ({"env": {"": SECRET}}, "env: missing; expected "),
    ({"env": {"A": [SECRET]}}, "env.A: a list is not valid; expected "),
    ({"name": "a/b"}, "name: 'a/b' is not valid; expected 2 to 24 characters"),
    ({"name": "x"}, "name: 'x' is not valid; expected "),
    ({"name": "new\nline"}, "name: 'new\\nline' is not valid; expected "),
    ({"names": ["A=1"]}, "names: 'A=1' is not valid; expected "),
    ({"env": {"A": "1"}, "names": ["A"]}, "names: 'A' cannot be used: "),
    ({"exclusive": True}, "exclusive: True cannot be used: "),
    ({"source": "relative.env"}, "source: 'relative.env' is not valid; expected "),
    ({"state": "absent", "env": {"A": "1"}}, "env: cannot be used: "),
]


def test_bad_input_is_refused_before_anything_changes(target: Target, gear: str) -> None:
    tasks = [task("gear_env", {"name": gear, **options}, check_mode=check)
             for options, _start in REFUSED for check in (True, False)]  # fmt: skip
    results = target.tasks(*tasks)
    for (_options, start), pair_of_results in zip(REFUSED, zip(results[::2], results[1::2])):
        for result in pair_of_results:
            assert result["status"] == "failed", result
            assert result["msg"].startswith(start), result["msg"]
            assert "\n" not in result["msg"]
            assert SECRET not in json.dumps(result)
    assert not target.exists(path(gear))


FIRST, SECOND, STOPPED, OTHER = SHARING = ("env-first", "env-second", "env-stopped", "env-other")


@pytest.fixture
def shared(target: Target) -> Iterator[str]:
    """An environment with which two gears run; a third that uses it is stopped, a fourth has its own."""
    remove(target, "env-")
    with Story(target) as story:
        story.do("gear_env", name="env-shared", env={"A": "1"})
        story.do(image=IMAGE, env_name="env-shared", gears=[
            {"name": FIRST}, {"name": SECOND}, {"name": STOPPED, "state": "stopped"},
            {"name": OTHER, "env_name": OTHER},
        ])  # fmt: skip
    yield "env-shared"
    remove(target, "env-")
    target.ok("gear_env", name="env-shared", state="absent")


def test_gears_that_run_with_it_are_restarted_once(target: Target, shared: str) -> None:
    before = {name: pid(target, name) for name in (FIRST, SECOND, OTHER)}
    with Story(target) as story:
        changed = story.converge("gear_env", name=shared, env={"A": "2"})
        again = story.do(name=FIRST, image=IMAGE, env_name=shared)
    assert changed.result["actions"] == [f"{shared}: write environment ~A", f"{FIRST}: restart", f"{SECOND}: restart"]
    assert [(item["name"], item["changed"], item["failed"]) for item in changed.result["gears"]] == [
        (FIRST, True, False), (SECOND, True, False),
    ]  # fmt: skip
    assert changed.result["environment"]["used_by"] == sorted([FIRST, SECOND, STOPPED])
    assert again.actions == [], "gear_container has nothing left to do"
    for name in (FIRST, SECOND):
        assert pid(target, name) != before[name]
        assert environment_of(target, name)[b"A"] == b"2"
    assert pid(target, OTHER) == before[OTHER]
    assert target.sh(f"systemctl is-active ctr-{STOPPED}", check=False) == "inactive"


def test_restart_never_leaves_it_to_a_later_task(target: Target, shared: str) -> None:
    before = pid(target, FIRST)
    with Story(target) as story:
        never = story.converge("gear_env", name=shared, env={"A": "3"}, restart="never")
    assert never.result["gears"] == []
    assert never.result["changed"] is True
    assert pid(target, FIRST) == before
    assert environment_of(target, FIRST)[b"A"] == b"1"
    with Story(target) as story:
        story.sh(f"systemctl restart ctr-{SECOND}")
        later = story.converge("gear_env", name=shared, env={"A": "3"})
        removal = {"name": shared, "state": "absent"}
        used = [story.add("refuse", [task("gear_env", removal, check_mode=check)]) for check in (True, False)]
        story.do(gears=[{"name": name} for name in SHARING], state="absent")
        kept = story.sh(f"test -e {path(shared)}; test ! -e {path(OTHER)}")
        gone = story.converge("gear_env", name=shared, state="absent")
    assert later.result["actions"] == [f"{FIRST}: restart"]
    users = f"gears {FIRST}, {SECOND}, {STOPPED} use it"
    assert all(step.message.startswith(f"cannot remove environment {shared}: {users}") for step in used)
    assert kept.result["rc"] == 0, "a gear takes only the environment of its own name with it"
    assert gone.result["changed"] is True


def test_a_gear_that_does_not_come_back_fails_the_task(target: Target, gear: str) -> None:
    check = f"/usr/bin/docker exec {gear} sh -c 'echo BROKEN is $BROKEN >&2; test -z \"$BROKEN\"'"
    target.ok("gear_container", name=gear, image=IMAGE, restart_policy="no",
              unit_options={"Service": {"ExecStartPost": check.replace("$", "$$")}})  # fmt: skip
    result = target.module("gear_env", name=gear, env={"BROKEN": SECRET})
    assert result["status"] == "failed"
    assert result["msg"].startswith(f"gear {gear} did not start: the unit is failed (failed); its last lines: ")
    assert "BROKEN is (hidden)" in result["msg"]
    assert result["gears"][0]["failed"] is True
    assert result["changed"] is True
    assert SECRET not in json.dumps(result)
    assert target.read(path(gear)) == f"BROKEN={SECRET}\n"
    mended = target.ok("gear_env", name=gear, names=["BROKEN"])
    assert mended["gears"] == [], "a gear that does not run is left alone"


def test_links_that_do_not_come_back_fail_the_task(target: Target, gear: str) -> None:
    name = "env.example.invalid"
    target.sh(f"echo 192.0.2.7 {name} >> /etc/hosts")
    target.ok("gear_container", name=gear, image=IMAGE, links=[f"81:{name}:80"])
    target.sh(f"sed -i /{name}/d /etc/hosts")
    message = target.fails("gear_env", name=gear, env={"A": "1"})
    assert f"{name}:80 is not in force" in message
    assert environment_of(target, gear)[b"A"] == b"1"


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
    with Story(target) as story:
        merged = story.converge("gear_env", name=gear, source=file, env={"OTHER": "inline"}, names=["TEST"])
        first = story.sh(f"cat {path(gear)}")
        story.converge("gear_env", name=gear, source=file, exclusive=True)
        second = story.sh(f"cat {path(gear)}; rm {file}")
        gone = story.refuse("gear_env", name=gear, source=file)
        gone_in_check_mode = story.add("refuse", [task("gear_env", {"name": gear, "source": file}, check_mode=True)])
    assert merged.result["environment"]["variables"] == ["OTHER", "QUOTED"]
    assert first.text == 'OTHER=inline\nQUOTED=\\"foo\\"'
    assert second.text == 'OTHER=1\nQUOTED=\\"foo\\"\nTEST=value'
    for step in (gone, gone_in_check_mode):
        assert step.message == f"cannot read {file} on this host: No such file or directory"


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
    bad = f"A=1\nexport B={SECRET}\n"
    target.sh(f"cd /root/{gear}-www; printf %s {shlex.quote(bad)} > bad.env; head -c 102401 /dev/zero > large.env")
    with Story(target) as story:
        story.converge("gear_env", name=gear, source=f"{server}/simple.env")
        missing = story.refuse("gear_env", name=gear, source=f"{server}/none.env")
        wrong = story.refuse("gear_env", name=gear, source=f"{server}/bad.env")
        large = story.refuse("gear_env", name=gear, source=f"{server}/large.env")
        silent = story.refuse("gear_env", name=gear, source="http://127.0.0.1:1/x")
        content = story.sh(f"cat {path(gear)}")
    assert "404" in missing.message
    assert wrong.message.startswith(f"source: '{server}/bad.env' cannot be used: line 2: ")
    assert SECRET not in json.dumps(wrong.result)
    assert "more than 102400 bytes" in large.message
    assert silent.message.startswith("cannot read http://127.0.0.1:1/x: ")
    assert content.text == 'OTHER=1\nQUOTED=\\"foo\\"\nTEST=value'


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
    free = f"/run/{gear}-free"
    hold = f"flock /var/lib/containers/.gear.lock sh -c 'until [ -e {free} ]; do sleep 0.1; done; rm {free}'"
    with Story(target) as story:
        story.do("gear_env", name=gear, env={"A": "1"})
        story.sh(f"systemd-run --unit=lock-{gear} {hold}; sleep 0.5")
        story.do("gear_env", name=gear, env={"A": "1"})  # a task that changes nothing needs no lock
        soon = "systemd-run --on-active=2 --timer-property=AccuracySec=100ms"
        held = story.sh(f"systemctl is-active lock-{gear}; {soon} touch {free}")
        story.do("gear_env", name=gear, env={"A": "2"})
        freed = story.sh(f"systemctl is-active lock-{gear} || true")
    assert held.text.splitlines()[0] == "active"
    assert freed.text == "inactive"


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
