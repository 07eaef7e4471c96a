# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_container: environments reach the container byte for byte, and nothing else."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from support.ansible import Run
from support.hosts import Target, task
from support.story import Story, remove

REST = "geard-test/busybox:1"
SECRETS = {
    "PLAIN": "secret-plain-1",
    "QUOTED": "secret\"quo'ted\\back-2",
    "DOLLAR": "secret-$HOME-%n-`id`-3",
    "WIDE": "secret-ä☃😀-4",
    "BLANKS": "  secret blanks-5  ",
    "NUMBER": 987654321,
}
MARKS = (
    "secret-plain-1",
    "quo'ted",
    "back-2",
    "secret-$HOME",
    "%n-`id`-3",
    "☃😀-4",
    "u2603",
    "secret blanks-5",
    "987654321",
)


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    yield
    remove(target, "en-")
    target.sh("rm -rf /root/en; rm -f /var/lib/containers/env/contents/en/en-*")


def variables(target: Target, gear: str) -> dict[str, str]:
    """The environment of the container's first process."""
    pid = target.sh(["docker", "inspect", "-f", "{{.State.Pid}}", gear])
    content = base64.b64decode(target.sh(f"base64 /proc/{pid}/environ"))
    return dict(item.split("=", 1) for item in content.decode().split("\0") if item)


def test_values_arrive_byte_for_byte(target: Target) -> None:
    longest = "x" * (65535 - len("LONGEST="))
    odd = {
        "a.b-c/d": "dots",
        "1A": "digit",
        "ÄÖ": "wide",
        "A#B": "hash",
        "HASH": "#x",
        "CONTROL": "\x01\x7f\t\rx",
        "EMPTY": "",
        "EQ": "a=b",
    }
    with Story(target) as story:
        done = story.converge(name="en-bytes", image=REST, env={**SECRETS, **odd, "LONGEST": longest})
        fewer = story.do(name="en-bytes", image=REST, env={"PLAIN": "other", "NEW": "1"})
        kept = story.do(name="en-bytes", image=REST, hostname="changed")
        modes = story.sh("stat -c %a /var/lib/containers/env/contents/en/en-bytes /var/lib/containers/env/contents/en")
        emptied = story.do(name="en-bytes", image=REST, hostname="changed", env={})
    assert done.actions[0].startswith("create environment en-bytes: +")
    assert fewer.actions[0].startswith("write environment en-bytes: +NEW ~PLAIN -")
    assert "restart" in fewer.actions
    assert not [action for action in kept.actions if "environment" in action]
    assert modes.text.split() == ["600", "700"]
    assert emptied.actions == ["write environment en-bytes: -NEW -PLAIN", "restart"]
    with Story(target) as story:
        story.do(name="en-bytes", image=REST, env={**SECRETS, **odd, "LONGEST": longest})
    found = variables(target, "en-bytes")
    for name, value in {**SECRETS, **odd, "LONGEST": longest}.items():
        assert found[name] == str(value), name
    assert set(found) - set(SECRETS) - set(odd) == {"LONGEST", "PATH", "HOSTNAME", "HOME"}


@pytest.mark.one_debian("trixie")
def test_a_whole_environment_of_its_largest_size(target: Target) -> None:
    many = {f"V{number:02d}": "y" * 60000 for number in range(17)}
    with Story(target) as story:
        story.do(name="en-large", image=REST, env=many)
    found = variables(target, "en-large")
    assert {name: found[name] for name in many} == many


@pytest.mark.one_debian("bookworm")
def test_env_name_env_files_and_their_order(target: Target) -> None:
    target.sh(
        "mkdir -p /root/en; cd /root/en; printf 'A=file1\\nB=file1\\nC=file1\\n' > 1; printf 'B=file2\\nC=file2\\n' > 2"
    )
    with Story(target) as story:
        story.do("gear_env", name="en-shared", env={"C": "shared", "D": "shared"})
        two = story.converge(gears=[{"name": "en-one"}, {"name": "en-two", "env_files": ["/root/en/1", "/root/en/2"]}],
                             image=REST, env_name="en-shared")  # fmt: skip
        written = story.do(name="en-one", image=REST, env_name="en-shared", env={"D": "through one"})
        says: dict[str, Any] = {"command": ["sh", "-c", "echo it is $D; exit 1"], "restart_policy": "no"}
        story.do(name="en-back", image=REST, env_name="en-shared", state="present", **says)
        story.do(name="en-back", image=REST, state="present")
        fails = story.refuse(name="en-back", version="previous")
        story.do(name="en-back", image=REST, state="present")
        story.sh("mv /var/lib/containers/env/contents/en/en-shared /root/en/aside")
        lost = story.refuse(name="en-back", version="previous", state="present")
        story.sh("cd /var/lib/containers/env/contents/en; test ! -e en-shared; mv /root/en/aside en-shared")
        shared = [{"name": "en-b", "env_name": "en-new"}, {"name": "en-a", "env_name": "en-new", "env": {"A": "new"}}]
        batch = story.converge(gears=[*shared, {"name": "en-c", "env_name": "en-d"}, {"name": "en-d"}], image=REST)
        bad = [{"name": "en-e", "env_name": "en-f"}, {"name": "en-f", "slice": "nowhere"}]
        made_by_none = story.refuse(gears=bad, image=REST, continue_on_error=True)
        own = story.do(name="en-own", image=REST, env_files=["/root/en/1"], env={"A": "own"})
        gone = story.do(name="en-one", state="absent")
        left = story.sh("cat /var/lib/containers/env/contents/en/en-shared")
        story.do(name="en-two", image=REST, env_files=["/root/en/1", "/root/en/2"])
        back = story.sh("docker exec en-two sh -c 'echo $A $B $C $D'")
    assert two.gears["en-one"]["changed"] is True
    assert "; its last lines: it is (hidden)" in fails.message
    assert " its environment en-shared is no longer on this host; create it with gear_env" in lost.message
    assert variables(target, "en-b")["A"] == "new"
    assert "en-d: create environment en-d: empty" in batch.actions
    assert [item["failed"] for item in made_by_none.result["gears"]] == [True, True]
    assert "the gear that was to create it failed" in made_by_none.gears["en-e"]["msg"]
    assert written.actions == ["write environment en-shared: ~D -C", "restart"]
    assert own.gear["changed"] is True
    assert "environment" not in gone.actions[-1]
    assert left.text == "D=through one"
    assert back.text == "file1 file2 file2"
    found = variables(target, "en-own")
    assert (found["A"], found["B"]) == ("own", "file1")


def test_variables_of_the_image_stay_unless_given(target: Target) -> None:
    with Story(target) as story:
        story.do(name="en-image", image="geard-test/user:1", command=["rest"], env={"OTHER": "x"})
    assert variables(target, "en-image")["FROM_IMAGE"] == "yes"
    with Story(target) as story:
        story.do(name="en-image", image="geard-test/user:1", command=["rest"], env={"FROM_IMAGE": "no"})
    assert variables(target, "en-image")["FROM_IMAGE"] == "no"


@pytest.mark.one_debian("bookworm")
def test_a_new_environment_of_a_running_gear(target: Target) -> None:
    """Kept for the next start, or applied at once; a postponed change is not forgotten."""
    gear: dict[str, Any] = {"name": "en-leave", "image": REST}
    with Story(target) as story:
        story.do(**gear, env={"A": "1"})
        left = story.converge(**gear, env={"A": "2"}, on_change="leave")
        before = story.sh("docker exec en-leave sh -c 'echo $A'")
        taken = story.do(**gear, env={"A": "2"})
        after = story.sh("docker exec en-leave sh -c 'echo $A'")
    assert left.actions == ["write environment en-leave: ~A"]
    assert before.text == "1"
    assert taken.actions == ["restart"]
    assert after.text == "2"


def playbook(target: Target, *tasks: dict[str, Any], words: tuple[str, ...] = ()) -> Run:
    """Run tasks as an operator does, and keep the output."""
    path = target.ansible.folder / "secrets.yml"
    body = [{"ignore_errors": True, **item} for item in tasks]
    path.write_text(json.dumps([{"hosts": target.name, "gather_facts": False, "tasks": body}]))
    return target.ansible.playbook(path, *words)


@pytest.mark.one_debian("trixie")
@pytest.mark.parametrize("form", ["single", "batch", "defaults"])
def test_values_are_shown_nowhere(target: Target, form: str) -> None:
    """Not with -vvv and --diff, in results, the host's journal, arguments of processes, or units."""
    name = f"en-sec-{form}"
    prints = ["sh", "-c", "env; env >&2; exit 3"]
    options: dict[str, Any] = {"image": REST, "restart_policy": "no"}
    gear = {
        "single": {"name": name, **options, "env": SECRETS},
        "batch": {"gears": [{"name": name, **options, "env": SECRETS}]},
        "defaults": {"gears": [{"name": name}], **options, "env": SECRETS},
    }[form]
    broken = {
        "single": {**gear, "command": prints},
        "batch": {"gears": [{**gear.get("gears", [{}])[0], "command": prints}]},
        "defaults": {**gear, "command": prints},
    }[form]
    since = target.sh("date +%s.%N")
    run = playbook(
        target,
        task("gear_container", gear, check_mode=True),
        task("gear_container", gear),
        task("ansible.builtin.shell", {"cmd": "cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' '"}),
        task("gear_container", {"name": name, "image": REST, "env": {**SECRETS, "PLAIN": "secret-changed-9"}}),
        task("gear_container", broken),
        task("gear_container", {"name": name, "state": "restarted"}),
        task("gear_container", {"name": name, "image": REST, "env": {"TOKEN": "secret-plain-1\nnext"}}),
        words=("-vvv", "--diff"),
    )
    statuses = [result["status"] for result in run.results]
    assert statuses == ["ok", "ok", "ok", "ok", "failed", "failed", "failed"], run.output
    unit = target.sh(f"cat /var/lib/containers/units/en/ctr-{name}.service /var/lib/containers/units/en/{name}/*")
    logged = target.sh(f"journalctl --since=@{since} -o cat --no-pager | grep -a 'Invoked with'")
    assert logged.count(name) >= 5
    for mark in (*MARKS, "secret-changed-9"):
        assert mark not in run.output, (mark, form)
        assert mark not in json.dumps(run.results, ensure_ascii=False), (mark, form)
        assert mark not in unit, mark
        assert mark not in logged, (mark, form)
    for name_of_variable in SECRETS:
        assert name_of_variable in run.output
    failure = run.results[4]
    assert "did not start" in failure["msg"]
    assert "PLAIN=(hidden)" in failure["msg"]
    assert "\n" not in failure["msg"]
    assert os.linesep not in run.results[5]["msg"]
