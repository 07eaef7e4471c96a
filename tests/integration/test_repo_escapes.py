# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places that a key to one repository must not reach, each tried with real git and OpenSSH between two hosts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from support.githost import githost
from support.hosts import Target
from support.people import FOLDER, Person, settings_of
from support.story import Story

if TYPE_CHECKING:
    from conftest import HostPool

BASE = "/var/lib/containers"
GIT = "/usr/local/libexec/gear/gear-git"
MINE, HERS, INNER = "ry-mine", "ry-hers", "ry-internal"
TRACE = "/tmp/ry-trace"
HOOKS = (
    "post-receive",
    "pre-receive",
    "update",
    "post-update",
    "reference-transaction",
    "pre-auto-gc",
    "post-checkout",
)


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    with githost(target, {"name": MINE}, {"name": HERS}, {"name": INNER}):
        target.sh(f"rm -f {TRACE}")
        yield target


@pytest.fixture(scope="module")
def eve(host: Target, hosts: HostPool) -> Iterator[Person]:
    """A person who may push to one repository; another one holds a secret."""
    person = Person(hosts.get("b"), host.host.address, "ry-eve")
    owner = Person(person.client, person.address, "ry-owner")
    host.ok("gear_keys", keys=[owner.make_key()], repositories=[HERS, INNER], write=True)
    host.ok("gear_keys", keys=[person.make_key()], repositories=[MINE], write=True)
    owner.run(f"rm -rf {FOLDER}/ry-*.d")
    for who, name in ((owner, HERS), (person, MINE)):
        made = who.git(
            f"git init -q -b main . && echo {name} > file && git add . && git commit -qm 1 && "
            f"git push -q git-{name}@{who.address}:~ main"
        )
        assert made.code == 0, made
    yield person
    host.ok("gear_keys", keys=[person.public, owner.public], state="absent")


def ask(person: Person, command: str, extra: str = "", login: str = f"git-{MINE}") -> str:
    """The server's answer to a command that git does not need; it must not run."""
    line = person.line("x", command, extra).replace("ctr-x@", f"{login}@")
    done = person.run(f"{line} < /dev/null")
    assert done.code != 0, (command, done)
    return done.err


def test_other_repositories_are_out_of_reach(host: Target, eve: Person) -> None:
    """By path, through a symlink in place of the own repository, by login."""
    paths = [f"{BASE}/git/{HERS}", f"../{HERS}", f"~git-{HERS}", f"~/../{HERS}", HERS, f"{MINE}/../{HERS}"]
    paths += [f"{BASE}/git/{MINE}/../{HERS}", "~root", "/etc", "./../../git", f"{MINE}/objects", ""]
    for path, verb in zip(paths, itertools.cycle(("git-upload-pack", "git-receive-pack", "git upload-archive"))):
        assert f"opens the repository {MINE} only" in ask(eve, f"{verb} '{path}'"), (verb, path)
    for login in (f"git-{HERS}", f"git-{INNER}", "git-internal", "git-ry-min", f"git-{MINE}x", "root", f"ctr-{MINE}"):
        assert "Permission denied (publickey" in ask(eve, "git-upload-pack '~'", login=login), login
    mine = f"{BASE}/git/{MINE}"
    host.sh(f"mv {mine} {mine}.kept; ln -s {BASE}/git/{HERS} {mine}")
    try:
        assert "does not exist on this host any more" in ask(eve, "git-upload-pack '~'")
        host.sh(f"rm {mine}; mkdir {mine}")
        assert "or does not belong to this login" in ask(eve, "git-upload-pack '~'")
    finally:
        host.sh(f"rm -r {mine}; mv {mine}.kept {mine}")
    assert eve.git(f"git ls-remote git-{MINE}@{eve.address}:~ main").code == 0


def test_no_command_but_gits_runs(host: Target, eve: Person) -> None:
    touch = f"touch {TRACE}"
    commands = [
        touch,
        f"git-upload-pack '~'; {touch}",
        f"git-upload-pack '~' && {touch}",
        f"git-upload-pack '$({touch})'",
    ]
    commands += [f"git-upload-pack '`{touch}`'", f"git-upload-pack '~'\n{touch} '", f"git-receive-pack '~\n{touch}'"]
    commands += [f"git-upload-pack --upload-pack={touch} '~'", "git-shell", "git daemon", "git", "sh", "id"]
    commands += [f"git-upload-pack '~' '{touch}'", "git-upload-pack ~", "git-upload-pack", f"{GIT} write {HERS}"]
    commands += [f"git-upload-pack '--output={TRACE}'", f"git-upload-pack 'ext::{touch}'", "git-upload-pack '~'' '"]
    commands += [f"git-upload-archive --exec={touch} '~'", "scp -t .", "internal-sftp", f"{GIT} -c 'x'", "*", "$IFS"]
    for command in commands:
        assert ask(eve, command).startswith("gear-git: "), command
    line = eve.line("x").replace("ctr-x@", f"git-{MINE}@")
    for extra in ("", "-tt"):
        shell = eve.run(f"echo '{touch}' | {line} {extra}")
        assert shell.code != 0, shell
        assert shell.out == "", shell
        assert "for git only" in shell.err or "PTY allocation request failed" in shell.err, shell
    assert eve.run(f"{line} -s sftp < /dev/null").code != 0
    for trick in (f"--upload-pack='{touch}; git-upload-pack'", f"--upload-pack='env X=1 {touch}'"):
        assert eve.git(f"git clone -q {trick} git-{MINE}@{eve.address}:~ trick").code != 0
    assert eve.git(f"git archive --remote=git-{MINE}@{eve.address}:~ --exec='{touch}' main").code != 0
    assert not host.exists(TRACE)


def test_the_environment_is_not_the_clients(host: Target, eve: Person) -> None:
    hostile = ["GIT_SSH_COMMAND=id", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.hooksPath", "GIT_CONFIG_VALUE_0=/tmp"]
    hostile += [f"GIT_DIR={BASE}/git/{HERS}", "GIT_EXTERNAL_DIFF=/tmp/x", "LD_PRELOAD=/tmp/x.so", "ENV=/tmp/x"]
    hostile += [
        "SSH_ORIGINAL_COMMAND=/tmp/x",
        "HOME=/tmp",
        "PATH=/tmp",
        "IFS=x",
        "GIT_PROTOCOL=$(/tmp/x)",
    ]
    hook = f"#!/bin/sh\nenv > {TRACE}.env\n"
    with Story(host) as s:
        s.do("gear_repo", name=MINE, post_receive=hook)
        s.sh(f"install -o git-{MINE} /dev/null {TRACE}.env")
        s.sh("printf 'AcceptEnv *\\n' > /etc/ssh/sshd_config.d/zz-test.conf && systemctl reload ssh")
    try:
        ssh = f"{eve.options()} -o SetEnv='{' '.join(hostile)}'"
        pushed = eve.git(
            f"git commit -q --allow-empty -m 2 && git push -q git-{MINE}@{eve.address}:~ main", GIT_SSH_COMMAND=ssh
        )
        assert pushed.code == 0, pushed
        seen = host.read(f"{TRACE}.env")
        assert f"HOME={BASE}/git/{MINE}\n" in seen
        assert ":/usr/local/bin:/usr/bin:/bin\n" in seen
        for word in ("LD_PRELOAD", "ORIGINAL", HERS, "EXTERNAL_DIFF", "KEY_0", "/tmp/x"):
            assert word not in seen, (word, seen)
        assert not host.exists(TRACE)
    finally:
        host.sh(f"rm -f {TRACE}.env /etc/ssh/sshd_config.d/zz-test.conf && systemctl reload ssh")
        host.ok("gear_repo", name=MINE, post_receive="")


def test_what_is_pushed_never_runs(host: Target, eve: Person) -> None:
    """Hooks and settings among the files, hooks in the folder of hooks, invalid objects."""
    run = f"#!/bin/sh\ntouch {TRACE}\n"
    host.sh(f"mkdir -p {BASE}/git/{MINE}/hooks")
    for name in HOOKS:
        host.host.write(f"{BASE}/git/{MINE}/hooks/{name}", run, 0o755)
    pushed = eve.git(
        f"mkdir -p hooks objects && printf '{run}' | tee hooks/post-receive > hooks/update && chmod +x hooks/* && "
        "printf '[core]\\n\\thooksPath = hooks\\n\\tfsmonitor = hooks/update\\n' > config && cp config .gitconfig && "
        f"echo 'ref: refs/heads/x' > HEAD && git add -f . && git commit -qm hooks && "
        f"git push -q git-{MINE}@{eve.address}:~ main"
    )
    assert pushed.code == 0, pushed
    assert not host.exists(TRACE)
    entry = "import sys; sys.stdout.buffer.write(b'100644 .git\\0' + bytes.fromhex(sys.argv[1]))"
    bad = eve.git(
        f'tree=$(python3 -c "{entry}" $(git hash-object -w file) | git hash-object -w -t tree --literally --stdin) && '
        f"commit=$(echo x | git commit-tree $tree) && git push -q git-{MINE}@{eve.address}:~ $commit:refs/heads/bad"
    )
    assert bad.code != 0
    assert "hasDotgit" in bad.err, bad
    assert host.sh(f"rm -r {BASE}/git/{MINE}/hooks; git -c safe.directory=* -C {BASE}/git/{MINE} branch") == "* main"


def test_nothing_is_forwarded(host: Target, eve: Person) -> None:
    line = eve.line("x").replace("ctr-x@", f"git-{MINE}@")
    for flags in ("-R 7777:127.0.0.1:22", "-w 0:0", "-R /tmp/socket:127.0.0.1:22", "-W 127.0.0.1:22"):
        assert eve.run(f"{line} -o ExitOnForwardFailure=yes {flags} < /dev/null").code != 0, flags
    for forward in ("7779:127.0.0.1:22", "7779:/var/run/docker.sock"):
        tried = f"({line} -N -L {forward} & pid=$!; sleep 1; nc -w 1 127.0.0.1 7779 < /dev/null; kill $pid)"
        assert "SSH-2.0" not in eve.run(tried).out
    settings = host.sh(settings_of(f"git-{MINE}"))
    for setting in ("disableforwarding yes", "permittty no", "permituserrc no", "authenticationmethods publickey"):
        assert setting in settings.splitlines()


def test_a_git_user_sees_nothing_else_of_the_host(host: Target, eve: Person) -> None:
    """Not even as the user who runs the administrator's hook."""
    user = f"runuser -u git-{MINE} --"
    closed = [
        "keys",
        "access",
        "env/contents",
        f"git/{HERS}",
        f"git/{HERS}/HEAD",
        "git",
        "hooks",
        f"hooks/ry/{MINE}",
        "jobs",
    ]
    for path in [*(f"{BASE}/{name}" for name in closed), "/root", "/var/run/docker.sock/"]:
        assert not host.succeeds(f"{user} ls {path}"), path
    for line in ("sudo -n -l", "sudo -n /usr/local/libexec/gear/gear-enter", f"touch {BASE}/git/x", "docker ps"):
        assert not host.succeeds(f"{user} {line} < /dev/null"), line
    secret = f"git -c safe.directory=* --git-dir={BASE}/git/{HERS} log"
    assert not host.succeeds(f"{user} {secret}")
    for words in ("", "-c id", f"-c '{GIT} write {HERS}'", f"-c '{GIT} write ../x'", f"-c '{GIT} x {MINE}'"):
        assert not host.succeeds(
            f"{user} env SSH_ORIGINAL_COMMAND=\"git-upload-pack '~'\" {GIT} {words} < /dev/null"
        ), words
    assert "This account is" not in host.sh(f"su git-{MINE} -c id 2>&1", check=False)
    assert not host.succeeds(f"su git-{MINE} -c id")


def test_what_only_looks_like_a_repository(host: Target, eve: Person) -> None:
    """A foreign login, a file in place of a grant, a folder of grants that leads elsewhere."""
    (key_id,) = (
        item["id"] for item in host.ok("gear_keys", keys=[eve.public], repositories=[MINE], write=True)["public_keys"]
    )
    folder, stored = f"{BASE}/access/git/ry", f"{BASE}/keys/public/{key_id[:2]}/{key_id}"
    host.sh(f"useradd git-ry-fake; mkdir {folder}/ry-fake; ln -s {stored} {folder}/ry-fake/{key_id}.write")
    try:
        assert ask(eve, "git-upload-pack '~'", login="git-ry-fake")
        host.sh(f"cp -r {BASE}/git/{MINE} {BASE}/git/ry-fake")
        assert ask(eve, "git-upload-pack '~'", login="git-ry-fake")
        host.ok("gear_sshd")
        assert "disableforwarding no" in host.sh(settings_of("git-ry-fake"))
    finally:
        host.sh(f"userdel -rf git-ry-fake; rm -r {folder}/ry-fake {BASE}/git/ry-fake", check=False)
    plants = {
        "a folder that leads to another's": (
            f"mv {folder}/{HERS} /tmp/ry; ln -s {folder}/{MINE} {folder}/{HERS}",
            f"rm {folder}/{HERS}; mv /tmp/ry {folder}/{HERS}",
        ),
        "a grant that leads elsewhere": (
            f"ln -s /etc/passwd {folder}/{HERS}/{key_id}.write",
            f"rm {folder}/{HERS}/{key_id}.write",
        ),
        "a file in place of a grant": (f"echo x > {folder}/{HERS}/{key_id}.read", f"rm {folder}/{HERS}/{key_id}.read"),
    }
    for what, (plant, pull) in plants.items():
        host.sh(plant)
        try:
            assert "Permission denied" in ask(eve, "git-upload-pack '~'", login=f"git-{HERS}"), what
        finally:
            host.sh(pull)


def test_sources_get_at_nothing(host: Target, eve: Person) -> None:
    """URLs that are options or commands, hostile repositories as sources, and files that only root may read."""
    hostile = "/srv/ry/hostile"
    refused = [
        "--upload-pack=touch /tmp/ry-trace",
        "ext::sh -c touch% /tmp/ry-trace",
        "-x",
        "file:///etc",
        "relative",
        "ssh://-oProxyCommand=id/x",
    ]
    refused += ["https://-oProxyCommand=id/x", "fd::7", "git@host:x", "http://", "/srv/a\nb"]
    own = f"git -C {hostile} config"
    run = f"touch {TRACE}"
    plant = [f"mkdir -p /srv/ry; rm -rf {hostile}; git clone -q --bare {BASE}/git/{HERS} {hostile}"]
    plant += [f"echo '{run}' > {hostile}/hooks/{hook}; chmod +x {hostile}/hooks/{hook}" for hook in HOOKS]
    plant += [f"{own} {key} '{run}'" for key in ("core.fsmonitor", "uploadpack.packObjectsHook", "core.sshCommand")]
    plant += [f"chown -R nobody {hostile}; chmod -R a+rX {hostile}"]
    plant += [f"git clone -q --bare {BASE}/git/{HERS} /srv/ry/closed; chmod 700 /srv/ry/closed"]
    with Story(host) as s:
        s.sh("git config --global safe.directory '*'; " + "; ".join(plant))
        bad = [s.refuse("gear_repo", name="ry-bad", source=source) for source in refused]
        copied = s.converge("gear_repo", name="ry-copy", source=hostile, default_branch="main")
        config = s.sh(f"cat {BASE}/git/ry-copy/config; ls {BASE}/git/ry-copy; git -C {BASE}/git/ry-copy show main:file")
        closed = s.refuse("gear_repo", name="ry-bad", source="/srv/ry/closed")
        hers = s.refuse("gear_repo", name="ry-bad", source=f"{BASE}/git/{HERS}")
        secret = s.refuse("gear_repo", name="ry-bad", source="http://ada:sesame42@127.0.0.1:1/x.git")
        left = s.sh(
            f"git config --global --unset safe.directory; ! getent passwd git-ry-bad; find {BASE}/git -name '*ry-bad*'"
        )
    assert all("is not valid" in step.message for step in bad)
    assert copied.result["actions"][-1] == f"ry-copy: clone {hostile}"
    assert "remote" not in config.text
    assert "hooks" not in config.text.split()
    assert config.text.endswith(HERS)
    assert "cannot clone /srv/ry/closed" in closed.message
    assert "cannot clone" in hers.message
    assert "sesame42" not in str(secret.result)
    assert left.text == ""
    assert not host.exists(TRACE)


def test_a_new_repository_of_an_old_name_inherits_nothing(host: Target, eve: Person) -> None:
    with Story(host) as s:
        s.do("gear_repo", name="ry-old", post_receive="#!/bin/sh\n")
        s.do("gear_keys", keys=[eve.public], repositories=["ry-old"], write=True)
        uid = s.sh("id -u git-ry-old; runuser -u git-ry-old -- sh -c 'exec sleep 900 > /dev/null 2>&1 &'")
        s.do("gear_repo", name="ry-old", state="absent")
        s.sh(f"! pgrep -x -f 'sleep 900'; ! find {BASE} -name '*ry-old*' | grep .")
        # What a backup or a careless hand brought back counts for nothing.
        s.sh(f"mkdir -p {BASE}/access/git/ry/ry-old {BASE}/hooks/ry/ry-old {BASE}/git/.gear-tmp-ry-old/x")
        s.sh(
            f"ln -s {BASE}/keys/public/x {BASE}/access/git/ry/ry-old/x.write; touch {BASE}/hooks/ry/ry-old/post-receive"
        )
        made = s.converge("gear_repo", name="ry-old")
        s.sh(f"! ls {BASE}/access/git/ry/ry-old; ! ls {BASE}/hooks/ry/ry-old; ! ls -d {BASE}/git/.gear-tmp-ry-old")
    assert uid.text
    assert [action.partition(": ")[2].partition(" (")[0] for action in made.result["actions"]] == [
        "revoke all keys",
        "add login git-ry-old",
        "make an empty repository",
        "remove post-receive",
    ]
    assert "Permission denied" in ask(eve, "git-upload-pack '~'", login="git-ry-old")


SERVER = """
import base64, functools, http.server

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get("Authorization") == "Basic " + base64.b64encode(b"ada:sesame@word").decode():
            return super().do_GET()
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Basic realm=x")
        self.end_headers()

serve = functools.partial(Handler, directory="/srv/ry")
http.server.ThreadingHTTPServer(("127.0.0.1", 8418), serve).serve_forever()
"""


def test_a_source_that_wants_a_password(host: Target, eve: Person) -> None:
    """The password reaches the server, but no message and no file."""
    host.sh("mkdir -p /srv/ry")
    host.host.write("/srv/ry/server.py", SERVER)
    served = "/srv/ry/served"
    with Story(host) as s:
        s.sh(f"rm -rf {served}; cp -r {BASE}/git/{HERS} {served}; chown -R root: {served}")
        s.sh(f"git -C {served} update-server-info; systemd-run -q --unit=ry-http python3 /srv/ry/server.py; sleep 1")
        denied = s.refuse("gear_repo", name="ry-http", source="http://ada:wrongsesame@127.0.0.1:8418/served")
        copied = s.converge("gear_repo", name="ry-http", source="http://ada:sesame%40word@127.0.0.1:8418/served")
        s.sh(f"systemctl stop ry-http; ! grep -r sesame {BASE}/git/ry-http; rm /srv/ry/server.py")
        file = s.sh(f"git -c safe.directory=* -C {BASE}/git/ry-http show main:file")
    assert file.text == HERS
    assert copied.result["actions"][-1] == "ry-http: clone http://127.0.0.1:8418/served"
    assert copied.result["default_branch"] == "main"
    for step in (denied, copied):
        assert "sesame" not in str(step.results), step.results
    assert "cannot clone http://127.0.0.1:8418/served" in denied.message
