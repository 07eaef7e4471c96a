# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_job: runs once and never again; results and output; links; nothing left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from support import on_host
from support.hosts import Target, task
from support.story import Story

JOB = "gear_job"
IMAGE = "geard-test/busybox:1"
FOLDER = "/srv/jobs"
SECRET = "correct-horse-battery"


def shell(script: str, **options: Any) -> dict[str, Any]:
    """A job that runs a shell line and can write to a folder of the host."""
    return {"image": IMAGE, "command": ["sh", "-c", script], "binds": [f"{FOLDER}:/out"], **options}


def left_behind(target: Target) -> list[str]:
    """Everything of jobs on the host except their results."""
    return target.sh(
        "docker ps -aq --filter label=io.geard.job; systemctl list-units --all --plain --no-legend 'job-*.service'; "
        "cd /var/lib/containers/jobs; find . -name env -o -name links -o -name '*.new' -o -name '.gear-tmp-*'"
    ).splitlines()


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """The host without jobs of earlier runs."""
    clear = f"rm -rf {FOLDER} /var/lib/containers/jobs/*; mkdir -p {FOLDER}"
    target.sh(clear)
    yield target
    assert left_behind(target) == []
    target.sh(clear)


@pytest.mark.forky
@pytest.mark.one_debian("trixie")
def test_a_job_and_its_result(host: Target) -> None:
    script = "echo $SECRET; echo $$ >> /out/ran; printf '\\377 one\\n\\ntwo \\n\\n'; echo to stderr >&2"
    options = shell(script, env={"SECRET": SECRET, "SHORT": "1"}, slice="container-large", request_id="first:1/a=b")
    begin = time.time()
    with Story(host) as story:
        first = story.converge(JOB, **options)
        joined = story.do(JOB, request_id="first:1/a=b")
        other = story.do(JOB, **{**options, "command": "false", "env": {"OTHER": "1"}})
        status = story.refuse(JOB, **shell("echo out; echo last words >&2; exit 42"))
        again = story.refuse(JOB, **shell("exit 3", request_id="fails"))
        same = story.refuse(JOB, **shell("exit 3", request_id="fails"))
        predicted = story.check(JOB, **shell("touch /out/never"))
        unrunnable = story.refuse(JOB, image=IMAGE, command="no-such-program")
        ran = story.sh(f"wc -l < {FOLDER}/ran; ls {FOLDER}")
    result = first.result
    assert result["stdout"] == "(hidden)\n\\xff one\n\ntwo "  # as it was written, but for newlines at the end
    assert (result["stderr"], result["rc"], result["state"]) == ("to stderr", 0, "finished")
    assert result["jobs"][0]["stdout"] == result["stdout"]
    times = [
        datetime.fromisoformat(result[key].replace("Z", "+00:00"))
        for key in ("created_at", "started_at", "finished_at")
    ]
    assert begin - 5 < times[0].timestamp() <= times[1].timestamp() < times[2].timestamp() < time.time() + 5
    assert (times[2] - times[1]).total_seconds() == pytest.approx(result["duration"], abs=0.01)
    assert (result["slice"], result["image"]) == ("container-large", IMAGE)
    assert ran.text == "1\nran"
    for step in (joined, other):
        assert (step.result["changed"], step.result["joined"]) == (False, True)
        assert step.result["stdout"] == result["stdout"]
    assert other.result["differs"] == ["command", "env"]
    assert "other values of command, env" in str(other.result["warnings"])
    assert status.result["rc"] == 42
    assert status.message.endswith("ended with status 42; its last lines: last words")
    assert (status.result["stdout"], status.result["stderr"]) == ("out", "last words")
    assert (again.result["changed"], same.result["changed"], same.result["rc"]) == (True, False, 3)
    assert predicted.result["actions"] == [f"job: run {IMAGE}"]
    assert "variable" not in predicted.result["diff"]["after"]
    assert unrunnable.result["rc"] == 127
    assert "no-such-program" in unrunnable.message
    everything = [step.results for step in story.steps]
    assert SECRET not in str(everything)
    assert SECRET not in host.sh("grep -r '' /var/lib/containers/jobs; systemctl show 'job-*'")
    assert left_behind(host) == []


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"request_id": "unknown"}, "request_id: 'unknown' cannot be used: "),
    ({"image": IMAGE, "env_name": "not-there"}, "env_name: 'not-there' cannot be used: "),
    ({"image": IMAGE, "slice": "not-there"}, "slice: "),
    ({"image": IMAGE, "links": ["81:no.such.name.invalid:80"]}, "links: "),
    ({"image": "not/there", "pull": "never"}, "image not/there is not on this host"),
)


@pytest.mark.one_debian("bookworm")
def test_environment_and_options(host: Target, gear: str) -> None:
    host.ok("gear_env", name=gear, env={"FROM_GEAR": "gear-value", "BOTH": "gear"})
    seen = "env | grep -E 'GEAR|BOTH|OWN' | sort > /out/env; cat /proc/1/cmdline > /out/cmdline; id -u; pwd; hostname"
    own = {"OWN": " a  b ", "BOTH": "job"}
    with Story(host) as story:
        whole = story.do(JOB, **shell(seen, env_name=gear, env=own, user="0", workdir="/tmp", hostname="h1"))
        image = story.do(JOB, image="geard-test/user:1", command=["echo", "$HOME '\"%n"])
        env = story.sh(f"cat {FOLDER}/env")
        story.do("gear_env", name=gear, state="absent")
        refused = [(story.refuse(JOB, **options), start) for options, start in REFUSED]
    assert whole.result["stdout"].split() == ["0", "/tmp", "h1"]
    assert env.text.splitlines() == ["BOTH=job", "FROM_GEAR=gear-value", "OWN= a  b "]
    assert image.result["stdout"].endswith("$HOME '\"%n")
    for step, start in refused:
        assert step.message.startswith(start), step.message


@pytest.mark.one_debian("bookworm")
def test_twenty_jobs_in_one_task(host: Target) -> None:
    names = [f"crowd-{number}" for number in range(20)]
    items = [{"request_id": name, "command": ["sh", "-c", f"echo {name}; sleep 1"]} for name in names]
    begin = time.monotonic()
    started = host.ok(JOB, image=IMAGE, jobs=items, wait=False)
    took = time.monotonic() - begin
    print(f"20 jobs started in {took:.1f} s")
    assert {item["state"] for item in started["jobs"]} == {"running"}
    assert all(item["rc"] is None and item["changed"] for item in started["jobs"])
    with Story(host) as story:
        running = story.do("gear_info", names=names, gather=["jobs"])
        done = story.do(JOB, jobs=[{"request_id": name} for name in names])
        bad = story.refuse(JOB, image=IMAGE, jobs=[{"command": "true"}, {"command": "false"}])
        info = story.do("gear_info", names=["crowd-7"], gather=["jobs"])
        log = story.do("gear_log", names=["crowd-7", "crowd-none"], lines=50)
        gone = story.do("gear_log", name="crowd-none", kind="job")
    assert {item["request_id"] for item in running.result["jobs"]} == set(names)
    assert [item["stdout"] for item in done.result["jobs"]] == names
    assert done.result["changed"] is False
    assert [item["rc"] for item in bad.result["jobs"]] == [0, 1]
    [told] = info.result["jobs"]
    assert (told["request_id"], told["state"], told["rc"], told["image"]) == ("crowd-7", "finished", 0, IMAGE)
    assert told["expires"] > told["finished_at"]
    assert (log.gears["crowd-7"]["kind"], log.gears["crowd-7"]["exists"]) == ("job", True)
    messages = [item["message"] for item in log.gears["crowd-7"]["records"]]
    assert "crowd-7" in messages
    assert log.gears["crowd-none"]["kind"] == "gear"
    assert gone.gear["msg"] == "job crowd-none does not exist on this host"
    assert left_behind(host) == []


@pytest.mark.one_debian("bookworm")
def test_timeout_stop_and_async(host: Target) -> None:
    forever = shell("echo begun; touch /out/begun; sleep 1000", stop_timeout=1)
    in_background = {**task(JOB, shell("sleep 1; echo done")), "async": 30, "poll": 1}
    begun = f"until test -e {FOLDER}/begun; do sleep 0.1; done"
    with Story(host) as story:
        late = story.refuse(JOB, **forever, timeout=3, request_id="late")
        story.sh(f"rm -f {FOLDER}/begun")
        joined = story.refuse(JOB, request_id="late")
        started = story.do(JOB, **forever, request_id="stop-me", wait=False)
        story.sh(f"{begun}; systemctl stop job-c3RvcC1tZQ.service")
        stopped = story.refuse(JOB, request_id="stop-me")
    assert late.message.startswith("job late did not end within 3 s and was stopped")
    assert (late.result["state"], joined.result["state"], joined.result["changed"]) == ("timeout", "timeout", False)
    assert started.result["unit"] == "job-c3RvcC1tZQ.service"
    assert (stopped.result["state"], stopped.result["rc"], stopped.result["stdout"]) == ("finished", 137, "begun")
    [result] = host.tasks(in_background)
    assert (result["status"], result["rc"], result["stdout"]) == ("ok", 0, "done"), result
    assert left_behind(host) == []


@pytest.mark.one_debian("trixie")
def test_output_of_100_megabytes(host: Target) -> None:
    line = "x=$(head -c 39999 /dev/zero | tr '\\0' x)"
    flood = f"{line}; yes $x | head -c 100000000; echo the end; echo on stderr >&2"
    begin = time.monotonic()
    result = host.ok(JOB, image=IMAGE, command=["sh", "-c", flood], request_id=f"flood-{time.time():.0f}")
    print(f"100 MB took {time.monotonic() - begin:.1f} s, of which the job {result['duration']} s")
    assert (result["stdout_truncated"], result["stderr_truncated"]) == (True, False)
    assert 250_000 < len(result["stdout"]) < 270_000
    assert result["stdout"].endswith("x\nthe end")
    assert f"{100_000_000 + 8 - 256 * 1024} bytes left out" in result["stdout"]
    assert result["stderr"] == "on stderr"
    count = f"journalctl -u {result['unit']} _TRANSPORT=stdout -o cat | tr -d '\\n' | wc -c"
    assert int(host.sh(count)) == 100_000_000 - 2500 + len("the end" + "on stderr")


@pytest.mark.one_debian("trixie")
def test_links_are_there_before_the_job(host: Target, gear: str) -> None:
    host.ok("gear_container", name=gear, image="openshift/busybox-http-app", ports=["8080"])
    port = host.ok("gear_container", name=gear, state="started")["gears"][0]["ports"][0]["external"]
    ask = {"image": IMAGE, "command": "wget -qO- http://127.0.0.1:81/cgi-bin/index.cgi"}
    with Story(host) as story:
        linked = story.do(JOB, **ask, links=[f"81:localhost:{port}"], hostname="linked", extra_hosts=["x:10.0.0.1"])
        without = story.refuse(JOB, **ask)
        nowhere = story.refuse(JOB, **shell("touch /out/ran-too"), links=["[fd00::1]:81:[2001:db8::2]:80"])
        story.sh(f"test ! -e {FOLDER}/ran-too")
    assert linked.result["stdout"].startswith("openshift/busybox-http-app:latest on ")
    assert without.result["rc"] == 1
    assert "no IPv6 route to " in nowhere.message
    assert "rc" not in nowhere.result
    assert left_behind(host) == []


def test_killed_runner_and_reboot(host: Target) -> None:
    """The runner of a job is killed: its container goes, and the result says so. The host dies: nothing runs again."""
    script = "echo begun >> /out/{0}; sleep 1000"
    for name in ("killed", "reboot"):
        host.ok(JOB, **shell(script.format(name)), request_id=name, wait=False, env={"SECRET": SECRET})
        host.sh(f"until test -e {FOLDER}/{name}; do sleep 0.1; done")
    host.sh("kill -9 $(systemctl show --value --property=MainPID job-a2lsbGVk.service)")
    message = host.fails(JOB, request_id="killed")
    assert "the process that ran it was killed (killed KILL)" in message
    assert host.sh("docker ps -q --filter label=io.geard.job | wc -l") == "1"
    host.host.kill()
    host.host.boot()
    with Story(host) as story:
        lost = story.refuse(JOB, **shell(script.format("reboot")), request_id="reboot", env={"SECRET": SECRET})
        left = story.sh(
            f"docker ps -aq --filter label=io.geard.job; grep -rl {SECRET} /var/lib/containers/jobs || true"
        )
        info = story.do("gear_info", names=["reboot"], gather=["jobs"])
        lines = story.sh(f"wc -l < {FOLDER}/reboot")
        story.do(JOB, **shell("true"))
    assert "job reboot was interrupted, perhaps by a reboot" in lost.message
    assert (lost.result["state"], lost.result["jobs"][0]["rc"], lines.text) == ("lost", None, "1")
    assert info.result["jobs"][0]["state"] == "lost"
    assert left.text == ""
    assert left_behind(host) == []


@pytest.mark.one_debian("trixie")
def test_results_are_kept_for_a_time(host: Target) -> None:
    count = shell("echo x >> /out/kept", request_id="kept")
    with Story(host) as story:
        story.do(JOB, **count)
        story.do("gear_host", keep_jobs="1s")
        story.sh("sleep 1.5")
        info = story.do("gear_info", names=["kept"], gather=["jobs"])
        predicted = story.check(JOB, **count)
        again = story.do(JOB, **count)
        folders = story.sh("ls /var/lib/containers/jobs")
        lines = story.sh(f"wc -l < {FOLDER}/kept")
        bad = story.refuse("gear_host", keep_jobs="never")
        story.do("gear_host")
    assert info.result["jobs"] == []
    assert predicted.result["changed"] is True
    assert (again.result["changed"], again.result["joined"]) == (True, False)
    assert folders.text == again.result["unit"][4:-8]
    assert lines.text == "2"
    assert bad.message.startswith("keep_jobs: 'never' is not valid; expected ")


def test_killed_before_every_step(host: Target, suite: str) -> None:
    """kill -9 of the module before each of its steps: the same task then has the result, and the job ran once.

    The steps are the same on every Debian, so each does half of them.
    """
    driver = on_host.install(host, JOB, request_id="install", image=IMAGE, command="true")
    answer = driver.run("job_sweep", image=IMAGE, folder=FOLDER, first=1 if suite == "trixie" else 2)
    assert answer["problems"] == []
    print(*answer["steps"], sep="\n    ")
    assert len(answer["steps"]) >= 5
    assert left_behind(host) == []
