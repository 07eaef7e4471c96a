# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH into gears with real OpenSSH from one host to another: what a session can do, and every way around its limits."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support import story
from support.hosts import Target, task
from support.people import FOLDER, Person, settings_of
from support.story import Story

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = pytest.mark.forky
IMAGE = "geard-test/busybox:1"
BASE = "/var/lib/containers"
LENIENT = "/etc/ssh/sshd_config.d/95-test.conf"
SECRET = "sesame-of-another-gear"
WEB, ISO, USER, OFF = "ax-web", "ax-iso", "ax-user", "ax-off"


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    gears = [
        {"name": WEB, "env": {"GREETING": "hello  $world"}, "ports": ["8080:0"]},
        {"name": ISO, "isolate": True, "env": {"PASSWORD": SECRET}, "volumes": ["/data"]},
        {"name": USER, "image": "geard-test/user:1"},
        {"name": OFF, "state": "stopped"},
    ]
    # Newer servers shut out addresses from which many logins fail, as they do here.
    target.sh(f"sshd -T | grep -qi '^persource.*penal' && echo 'PerSourcePenalties no' > {LENIENT} || true")
    made = task("gear_container", {"image": IMAGE, "gears": gears})
    for result in target.ansible.play(target.name, [made], roles=["geard.core.gear_sshd"]):
        assert result["status"] in ("ok", "skipped"), result
    yield target
    story.remove(target, "ax-")
    target.sh("cd /etc/ssh/sshd_config.d && rm -f 00-first.conf 50-foreign.conf 95-test.conf; systemctl reload ssh")
    target.ok("gear_sshd", state="absent")


@pytest.fixture(scope="module")
def ada(host: Target, hosts: HostPool) -> Iterator[Person]:
    """A person whose key opens all gears of this module."""
    person = Person(hosts.get("b"), host.host.address, "ada")
    host.ok("gear_keys", keys=[person.make_key()], gears=[WEB, ISO, USER, OFF])
    yield person
    host.ok("gear_keys", keys=[person.public], state="absent")


@pytest.fixture(scope="module")
def eve(ada: Person) -> Person:
    """A person whose key opens one gear only."""
    person = Person(ada.client, ada.address, "eve")
    person.make_key("-t", "ecdsa")
    return person


def test_a_command_runs_as_the_gear(host: Target, ada: Person) -> None:
    own = "id -u; id -g; pwd; grep -E 'Cap|NoNew|Seccomp:' /proc/self/status"
    for gear, uid in ((WEB, "0"), (USER, "1000"), (ISO, host.sh(f"id -u ctr-{ISO}"))):
        inside = ada.enter(gear, own)
        assert inside.code == 0, inside
        assert inside.out.splitlines()[:2] == [uid, uid]
        pid = host.sh(["docker", "inspect", "-f", "{{.State.Pid}}", gear])
        status = "grep -E 'Cap|NoNew|Seccomp:' /proc/{}/status"
        assert host.sh(status.format(pid)) == "\n".join(inside.out.splitlines()[3:10]), gear
    done = ada.enter(WEB, 'echo "$GREETING" "$TERM"; echo problem >&2; exit 7')
    assert (done.code, done.out, done.err) == (7, "hello  $world", "problem")
    assert ada.enter(WEB, "kill -9 $$").code == 137
    assert ada.enter(ISO, "cat /proc/1/environ | tr '\\0' '\\n' | grep PASS").out == f"PASSWORD={SECRET}"
    assert ada.enter(WEB, "").code == 0


def test_sessions_count_as_the_gear(host: Target, ada: Person) -> None:
    """A session is in the container's cgroup, so its limits bound it, and it ends with the gear."""
    container = host.sh(["docker", "inspect", "-f", "{{.Id}}", WEB])
    mark = "sleep 4711"
    host.sh("true")
    ada.client.sh(f"{ada.line(WEB, mark)} < /dev/null > /dev/null 2>&1 & sleep 1.5")
    pid = host.sh(f"pgrep -f '^{mark}'")
    assert container in host.read(f"/proc/{pid}/cgroup")
    namespaces = "for kind in pid mnt net uts ipc; do readlink /proc/{}/ns/$kind; done"
    main = host.sh(["docker", "inspect", "-f", "{{.State.Pid}}", WEB])
    assert host.sh(namespaces.format(pid)) == host.sh(namespaces.format(main))
    host.ok("gear_container", name=WEB, state="restarted")
    assert not host.succeeds(f"pgrep -f '^{mark}'")


def test_input_output_and_shells(ada: Person) -> None:
    big = ada.run(f"head -c 20000000 /dev/urandom > big; {ada.line(WEB, 'cat')} < big | cmp - big; stat -c %s big")
    assert (big.code, big.out) == (0, "20000000"), big
    shell = ada.enter(WEB, stdin="echo $0; shopt 2> /dev/null; exit 3\n")
    assert (shell.code, shell.out) == (3, "/bin/sh"), shell
    inside = f'{ada.options()} -tt ctr-{WEB}@{ada.address} "sleep 0.3; stty size; echo \\$TERM"'
    script = f"script -qec 'stty rows 41 cols 123; {inside}' /dev/null"
    terminal = ada.run(f"TERM=xterm-color {script} < /dev/null")
    assert re.search("41 123\\s+xterm-color$", terminal.out), terminal


def test_signals_and_the_end_of_a_connection(host: Target, ada: Person) -> None:
    trap = 'trap "echo winch; stty size" WINCH; trap "echo int" INT; echo ready; while :; do sleep 0.1; done'
    talk = f"""
import os, pty, subprocess, sys, time, fcntl, termios, struct, shlex
main, other = pty.openpty()
fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
line = {ada.line(WEB, trap, "-tt")!r}
def own(): os.setsid(); fcntl.ioctl(other, termios.TIOCSCTTY, 0)
client = subprocess.Popen(shlex.split(line), stdin=other, stdout=other, stderr=other, preexec_fn=own)
def until(word):
    found = b""
    while word not in found: found += os.read(main, 4096)
until(b"ready"); time.sleep(0.3)
fcntl.ioctl(main, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
until(b"50 132"); os.write(main, b"\\x03"); until(b"int")
client.kill(); print("done")
"""
    ada.client.host.write("/tmp/talk.py", talk)
    assert ada.run("timeout 60 python3 /tmp/talk.py").out == "done"
    ada.client.sh(
        f"timeout 2 {ada.line(WEB, 'while :; do echo x; sleep 0.1; done')} > /dev/null < /dev/null", check=False
    )
    left, deadline = "pgrep -af 'gear-ente[r]|sleep 0[.]1'", time.monotonic() + 30
    while time.monotonic() < deadline and host.succeeds(left):
        time.sleep(0.3)
    assert host.sh(left, check=False) == "", "what a session ran outlived it"


def test_files_and_clear_answers(ada: Person) -> None:
    stopped = ada.enter(OFF, "true")
    assert (stopped.code, stopped.err) == (
        255,
        f"gear {OFF}: the gear is not running; log in again after it was started",
    )
    sftp = ada.run(f"echo ls | {ada.options('sftp')} -b - ctr-{WEB}@{ada.address}")
    assert f"the image of gear {WEB} has no sftp-server" in sftp.err
    scp = ada.run(f"{ada.options('scp')} -O /etc/hostname ctr-{WEB}@{ada.address}:/tmp")
    assert scp.code != 0
    assert "the image of this gear has no scp" in scp.err


def test_who_is_let_in(host: Target, ada: Person, eve: Person) -> None:
    assert eve.is_refused(WEB)
    host.ok("gear_keys", keys=[eve.public], gears=[WEB])
    assert eve.enter(WEB, "true").code == 0
    for other in (ISO, "ax-none", "../ax-web", "AX-WEB", f"{WEB}/", "ax-web.service"):
        assert eve.is_refused(other) or eve.enter(other, "true").code == 255, other
    host.ok("gear_keys", keys=[eve.public], gears=[WEB], state="absent")
    assert eve.is_refused(WEB), "a revoked key is refused at the next login"
    assert ada.enter(WEB, "true").code == 0


def test_environment_and_options_are_not_smuggled(host: Target, ada: Person) -> None:
    hostile = ["GEAR_COMMAND==id", "SUDO_UID=0", "SSH_ORIGINAL_COMMAND=id", "LD_PRELOAD=/tmp/x.so", "PYTHONPATH=/tmp"]
    hostile += ["BASH_ENV=/tmp/x", "ENV=/tmp/x", "PATH=/tmp"]
    host.sh("printf 'AcceptEnv *\\n' > /etc/ssh/sshd_config.d/zz-test.conf && systemctl reload ssh")
    try:
        told = ada.enter(WEB, "env", f"-o SetEnv='{' '.join(hostile)}'")
        assert told.code == 0, told
        assert not re.search("LD_PRELOAD|PYTHONPATH|SUDO_UID|GEAR_COMMAND|SSH_ORIGINAL|/tmp", told.out)
        touch = "touch /tmp/pwned"
        for command in (f"$({touch})", f"`{touch}`", f"; {touch}", f"() {{ :; }}; {touch}", "-u root sh", f"\n{touch}"):
            ada.enter(WEB, command)
        assert not host.exists("/tmp/pwned")
    finally:
        host.sh("rm /etc/ssh/sshd_config.d/zz-test.conf && systemctl reload ssh")


def test_a_login_can_do_nothing_else_on_the_host(host: Target, eve: Person) -> None:
    """Not even with a shell on the host, which no way leads to."""
    su = f"runuser -u ctr-{WEB} -- "
    enter = "/usr/local/libexec/gear/gear-enter"
    misuse = [f"{enter} {ISO}", "/bin/sh", "-s", f"-u ctr-{ISO} /bin/sh", f"{enter} --help", "docker ps"]
    misuse += [
        "-e /etc/shadow",
        f"LD_PRELOAD=/tmp/x {enter}",
        f"GEAR=x {enter} x",
        f"-g docker {enter}",
        f"-R / {enter}",
    ]
    for words in misuse:
        assert not host.succeeds(f"{su} sudo -n {words} < /dev/null"), words
    assert host.sh(f"{su} env SUDO_UID=0 GEAR_COMMAND='=hostname' sudo -n {enter} < /dev/null") == host.sh(
        f"docker exec {WEB} hostname"
    )
    assert not host.succeeds(f"{su} {enter} < /dev/null")
    closed = ["keys", "access", "env/contents", f"data/ax/{ISO}", f"home/ax/{ISO}/home", "ports/links"]
    for path in [*(f"{BASE}/{name}" for name in closed), "/var/run/docker.sock/", "/root"]:
        assert not host.succeeds(f"{su} ls {path}"), path
    assert not host.succeeds(f"{su} cat {BASE}/env/contents/ax/{ISO}")
    host.sh(f"docker exec {ISO} sh -c 'umask 0; echo {SECRET} > /data/own'")
    stranger = "runuser -u nobody -- "
    for who in (su, stranger):
        assert not host.succeeds(f"{who} cat {BASE}/data/ax/{ISO}/data/own"), "though its gear lets everybody read it"
        assert not host.succeeds(f"{who} test -w /var/run/docker.sock")
    assert host.read(f"{BASE}/data/ax/{ISO}/data/own").strip() == SECRET
    assert not host.succeeds(f"{stranger} sudo -n {enter} < /dev/null")
    host.sh("useradd --badname --comment 'Container user' ctr-ax-poser")  # a comment alone is no gear's login
    try:
        assert not host.succeeds(f"runuser -u ctr-ax-poser -- sudo -n {enter} < /dev/null")
        assert eve.is_refused("ax-poser")
    finally:
        host.sh("userdel ctr-ax-poser")
    assert "is not the login of a gear" in host.sh(f"SUDO_UID=65534 {enter} 2>&1 < /dev/null", check=False)


def test_what_is_planted_opens_nothing(host: Target, eve: Person) -> None:
    """Symlinks in the folders of keys and grants, a login that only looks like a gear's, keys in a home."""
    folder, key = f"{BASE}/access/containers/ssh/ax", eve.public
    host.ok("gear_keys", keys=[key], gears=[WEB])
    (key_id,) = (item["id"] for item in host.ok("gear_keys", keys=[key], gears=[WEB])["public_keys"])
    stored = f"{BASE}/keys/public/{key_id[:2]}/{key_id}"
    planted = f"{folder}/{ISO}/{key_id}"
    link = f"{folder}/{USER}-x"
    plants = {
        "a folder that leads to another gear's": (f"ln -s {folder}/{WEB} {link}", f"rm {link}", f"{USER}-x"),
        "a grant that leads elsewhere": (f"ln -s /etc/passwd {planted}", f"rm {planted}", ISO),
        "a file in place of a grant": (f"echo '{key}' > {planted}", f"rm {planted}", ISO),
        "a key that is a symlink": (f"mv {stored} /tmp/k; ln -s /tmp/k {stored}", f"mv /tmp/k {stored}", WEB),
        "a key with options": (f"cp {stored} /tmp/k; sed -i 's/^/pty,no-pty /' {stored}", f"mv /tmp/k {stored}", WEB),
    }
    for what, (plant, pull, gear) in plants.items():
        host.sh(plant)
        try:
            assert eve.is_refused(gear), what
        finally:
            host.sh(pull)
    assert eve.enter(WEB, "true").code == 0
    home = f"{BASE}/home/ax/{OFF}/home"
    host.sh(f"mkdir {home}/.ssh; echo '{key}' > {home}/.ssh/authorized_keys; chown -R ctr-{OFF}: {home}/.ssh")
    assert eve.is_refused(OFF)
    host.sh(f"rm -r {home}/.ssh; useradd -m ctr-ax-fake; usermod -aG gear-logins ctr-ax-fake")
    try:
        host.sh(f"mkdir {folder}/ax-fake; ln -s {stored} {folder}/ax-fake/{key_id}")
        fake = eve.enter("ax-fake", "true")
        assert (fake.code, fake.err) == (255, "gear-enter: ctr-ax-fake is not the login of a gear on this host")
        assert "does not belong to a gear" in host.fails("gear_container", name="ax-fake", image=IMAGE, isolate=True)
    finally:
        host.sh(f"userdel -rf ctr-ax-fake; rm -r {folder}/ax-fake", check=False)
        host.ok("gear_keys", keys=[key], state="absent")


def test_sshd_is_set_up_with_care(host: Target, ada: Person) -> None:
    own, first, foreign = (f"/etc/ssh/sshd_config.d/{name}.conf" for name in ("00-geard", "00-first", "50-foreign"))
    asked = settings_of("{}")
    others = "AuthorizedKeysCommand /usr/bin/true %%u\\nAuthorizedKeysCommandUser nobody\\n"
    with Story(host) as s:
        s.converge("gear_sshd")
        before = s.sh(asked.format("root"))
        # Containers have users of the same numbers as the host's.
        s.sh("systemd-run --quiet --unit=ax-busy --uid=$(id -u gear-sshd) sleep 900")
        s.converge("gear_sshd", state="absent")
        s.sh("systemctl stop ax-busy")
        s.sh(
            f"test ! -e {own}; test ! -e /etc/sudoers.d/geard; ! getent passwd gear-sshd; printf '{others}' > {foreign}"
        )
        s.sh("useradd ctr-ax-like")
        s.converge("gear_sshd")
        root, like, gear = (s.sh(asked.format(login)) for login in ("root", "ctr-ax-like", f"ctr-{WEB}"))
        s.sh(f"printf 'AllowUsers root\\n' > {foreign}; userdel --force ctr-ax-like")
        warned = s.do("gear_sshd")
        s.do("gear_sshd", state="absent")
        s.sh(f"rm {foreign}; printf 'Match User *\\n{others}' > {first}")
        taken = s.refuse("gear_sshd")
        s.sh(f"test ! -e {own}; printf 'Nonsense yes\\n' > {first}")
        broken = s.refuse("gear_sshd")
        s.sh(f"test ! -e {own}; rm {first}; cp /etc/ssh/sshd_config /tmp; "
             "sed -i /^Include/d /etc/ssh/sshd_config; cp -p /etc/ssh/sshd_config /tmp/without")  # fmt: skip
        s.do("gear_sshd")
        without = s.sh(asked.format(f"ctr-{WEB}"))
        s.do("gear_sshd", state="absent")
        s.sh("cmp /etc/ssh/sshd_config /tmp/without; cp /tmp/sshd_config /etc/ssh/sshd_config; chmod g+w /usr/local")
        writable = s.refuse("gear_sshd")
        s.sh("chmod g-w /usr/local")
        s.do("gear_sshd")
    command = "authorizedkeyscommand /usr/local/libexec/gear/gear-keys %u %f"
    assert command not in before.text
    assert "authorizedkeyscommand /usr/bin/true %u" in root.text
    assert "authorizedkeyscommand /usr/bin/true %u" in like.text
    assert "disableforwarding no" in like.text
    assert command in gear.text
    assert command in without.text
    assert "AllowUsers of sshd has only root" in warned.result["problems"][0]
    assert "another Match block for them comes before" in taken.message
    assert "Nonsense" in broken.message
    assert "chmod go-w /usr/local" in writable.message
    assert ada.enter(WEB, "true").code == 0, FOLDER
