# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_build with hostile sources, scripts and hosts: a clear error, and nothing left behind."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.builds import BUILDER, REPOSITORIES, SOURCES, clear, left_behind, make_repository
from support.hosts import Target
from support.story import Step, Story

BUILD = "gear_build"
TAG = "geard-test/hostile:1"
TRAP = "/srv/trap"
LONG, MANY = 39_999, 2500
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """The host without earlier builds. Afterwards nothing is left, and no trap was triggered."""
    clear(target, TAG)
    target.sh(f"rm -rf {TRAP}; mkdir {TRAP}")
    yield target
    assert left_behind(target) == []
    assert target.sh(f"ls -A {TRAP}") == ""
    target.sh(
        f"rm -rf {TRAP} {REPOSITORIES}/hostile* {REPOSITORIES}/secret; "
        f"! docker image inspect {TAG} >/dev/null 2>&1 || docker rmi {TAG}"
    )
    clear(target, TAG)


def s2i(source: str, **options: Any) -> dict[str, Any]:
    return {"tag": TAG, "source": source, "builder_image": BUILDER, **options}


def archive(*members: tuple[str, bytes, str]) -> bytes:
    """A tar archive with members of any type and any target."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name, kind, target in (("name", tarfile.REGTYPE, ""), *members):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            file.addfile(member)
    return buffer.getvalue()


ARCHIVES = {
    "up": (archive(("a/../../etc/evil", tarfile.REGTYPE, "")), "'a/../../etc/evil', a path that leads out of it"),
    "root": (archive((f"{TRAP}/evil", tarfile.REGTYPE, "")), f"'{TRAP}/evil', a path that leads out of it"),
    "device": (archive(("sda", tarfile.BLKTYPE, "")), "'sda', which is a device"),
    "link": (archive(("shadow", tarfile.LNKTYPE, "../../etc/shadow")), "a path that leads out of it"),
    "through": (
        archive(("x", tarfile.SYMTYPE, "/usr/libexec/s2i"), ("x/run", tarfile.REGTYPE, "")),
        "'x/run' behind its own symlink 'x'",
    ),
    "beside": (
        archive(("x", tarfile.SYMTYPE, "/usr/libexec/s2i"), ("evil", tarfile.LNKTYPE, "x/run")),
        "'evil' behind its own symlink 'x'",
    ),
    "sparse": (archive(("evil", tarfile.GNUTYPE_SPARSE, "")), "has sparse files"),
    "broken": (archive()[:30], "cannot read the archive"),
    "text": (b"no archive at all", "cannot read the archive"),
}

FOLDERS = {
    "fifo": ("mkfifo evil", "'evil', which is a device, socket or pipe"),
    "node": ("mknod 'e\nvil' c 1 3", "'e\\nvil', which is a device"),
    "script": ("mkdir -p .s2i/bin; ln -s /etc/shadow .s2i/bin/run", "'.s2i/bin/run' in the source: it is a symlink"),
    "ignore": ("ln -s /etc/shadow .s2iignore", "'.s2iignore' in the source: it is a symlink"),
    "pattern": ("echo '[z-a]' > .s2iignore", ".s2iignore: '[z-a]' is not valid; expected a pattern in which "),
    "deep": ("mkdir -p $(seq -s/ 300)", "folders nested more than 200 deep"),
}

REFUSED = (
    {"source": f"ext::sh -c touch% {TRAP}/ext"},
    {"source": f"--upload-pack=touch {TRAP}/option"},
    {"source": "file:///etc"},
    {"source": f"ssh://-oProxyCommand=touch%20{TRAP}/ssh/x"},
    {"source": f"{REPOSITORIES}/../../../../etc"},
    {"source": "git://127.0.0.1/x", "ref": f"--upload-pack=touch {TRAP}/ref"},
    {"source": SOURCES, "context_dir": "../../etc"},
)


@pytest.mark.one_debian("bookworm")
def test_sources(host: Target, tmp_path: Path) -> None:
    for name, (content, _message) in ARCHIVES.items():
        (tmp_path / f"{name}.tar.gz").write_bytes(content)
    host.host.put(tmp_path, f"{SOURCES}/archives")
    for name, (command, _message) in FOLDERS.items():
        host.sh(f"rm -rf {SOURCES}/{name}; mkdir -p {SOURCES}/{name}; cd {SOURCES}/{name}; {command}")
    host.sh(f"ln -s /etc {SOURCES}/etc")
    steps: list[tuple[Step, str]] = []
    with Story(host) as story:
        for name, (_content, message) in ARCHIVES.items():
            steps.append((story.refuse(BUILD, **s2i(f"{SOURCES}/archives/{name}.tar.gz")), message))
        for name, (_command, message) in FOLDERS.items():
            steps.append((story.refuse(BUILD, **s2i(f"{SOURCES}/{name}")), message))
        steps.append((story.refuse(BUILD, **s2i(SOURCES, context_dir="etc")), "a symlink leads there"))
        steps += [(story.refuse(BUILD, **s2i(**options)), f"{list(options)[-1]}: ") for options in REFUSED]
    for step, message in steps:
        assert message in step.message, step.message
    assert left_behind(host) == []


MAKE_MANY = f"""
cp -r {SOURCES}/tiny {SOURCES}/many; cd {SOURCES}/many
for i in $(seq 100); do mkdir $i; (cd $i; truncate -s 10240 $(seq -f long-enough-name-%g 200)); done
truncate -s 64M large; tar -czf ../packed.tar.gz .s2i 1 large
"""
"""20,000 files with 256 MiB as a folder, and some of them as an archive that unpacks to a thousand times its size."""

MOST_MORE = 8 << 20


@pytest.mark.one_debian("trixie")
def test_memory_does_not_depend_on_the_source(host: Target) -> None:
    host.sh(f"mkdir -p {SOURCES}/tiny/.s2i/bin")
    host.host.write(f"{SOURCES}/tiny/.s2i/bin/assemble", "#!/bin/sh\nfind /tmp/src | wc -l; rm -rf /tmp/src\n", 0o755)
    host.sh(MAKE_MANY)
    with Story(host) as story:
        tiny, folder, archived = (
            story.do(BUILD, **s2i(f"{SOURCES}/{name}"), incremental=False) for name in ("tiny", "many", "packed.tar.gz")
        )
        story.sh(f"cd {SOURCES}; rm -rf many packed.tar.gz")
    memory = []
    for step, files in ((tiny, 4), (folder, 20105), (archived, 206)):
        assert f"\n{files}\n" in step.result["output"]
        key = step.result["unit"][len("build-") : -len(".service")]
        memory.append(json.loads(host.sh(f"cat /var/lib/containers/builds/{key}/result.json"))["memory"])
    print(memory)
    assert max(memory) - memory[0] <= MOST_MORE, memory
    assert left_behind(host) == []


NAMES_A_PROGRAM = f"""
rm -rf /srv/hostile.git; git init -q --bare --initial-branch=main /srv/hostile.git; cd /srv/hostile.git
git config extensions.partialClone origin; git config core.repositoryFormatVersion 1
git config remote.origin.url /srv/hostile.git; git config remote.origin.promisor true
git config remote.origin.uploadpack 'touch {TRAP}/ran;'
echo 1234567890123456789012345678901234567890 > refs/heads/main
chown -R nobody /srv/hostile.git
"""
"""A repository whose settings name the program that is to bring a commit it does not have."""


def test_a_repository_is_read_as_its_owner(host: Target) -> None:
    host.sh(NAMES_A_PROGRAM)
    with Story(host) as story:
        refused = story.refuse(BUILD, **s2i("/srv/hostile.git"))
        ran = story.sh(f"ls -A {TRAP}; rm -rf /srv/hostile.git")
    assert "repository /srv/hostile.git has no commit yet" in refused.message
    assert ran.text == ""


@pytest.mark.one_debian("bookworm")
def test_submodules_and_special_bits(host: Target) -> None:
    modules = '[submodule "evil"]\\n\\tpath = evil\\n\\turl = %s\\n'
    secret = make_repository(host, f"{SOURCES}/secret.git", "echo secret > name")
    urls = {
        "ext": f"ext::sh -c touch% {TRAP}/sub",
        "file": f"file://{SOURCES}/secret.git",
        "above": "../../../../git/secret",
        "beside": "../secret",
    }
    make_repository(host, f"{REPOSITORIES}/secret", "echo secret > name")
    for name, url in urls.items():
        link = f"mkdir evil; git update-index --add --cacheinfo 160000,{secret},evil"
        files = f"printf '{modules}' '{url}' > .gitmodules; {link}"
        make_repository(host, f"{REPOSITORIES}/hostile-{name}", files)
    host.sh(
        f"mkdir -p {SOURCES}/bits; cd {SOURCES}/bits; cp /bin/true su; chmod 6755 su; ln -s su 'a\nb'; ln -s / root"
    )
    with Story(host) as story:
        ext = story.refuse(BUILD, **s2i("hostile-ext"))
        file = story.refuse(BUILD, **s2i("hostile-file"))
        beside = story.refuse(BUILD, **s2i("hostile-beside"))
        above = story.refuse(BUILD, **s2i("hostile-above"))
        bits = story.do(BUILD, **s2i(f"{SOURCES}/bits"))
        seen = story.sh(
            f"docker run --rm --entrypoint /bin/sh {TAG} -c 'stat -c %a /tmp/src/su; readlink /tmp/src/root'"
        )
        without = story.do(BUILD, **s2i("hostile-file", submodules=False))
    for step, transport in ((ext, "ext"), (file, "file"), (above, "file")):
        assert "cannot fetch the submodules" in step.message
        assert f"transport '{transport}' not allowed" in step.message
    assert "cannot be relative in a repository on the host" in beside.message
    assert bits.result["state"] == without.result["state"] == "finished"
    assert seen.text.split() == ["755", "/"]
    assert left_behind(host) == []


def make_scripts(host: Target) -> None:
    """Sources whose scripts fork endlessly, write no archive, or fail; and a callback that answers late."""
    host.sh(
        f"mkdir -p {SOURCES}/forks/.s2i/bin {SOURCES}/lies/.s2i/bin {SOURCES}/fails/.s2i/bin {SOURCES}/through/.s2i/bin"
    )
    forks = "#!/bin/sh\nfor i in 1 2 3; do (trap '' TERM HUP; while :; do sleep 4321; done) & done\necho forked\nwait\n"
    host.host.write(f"{SOURCES}/forks/.s2i/bin/assemble", forks, 0o755)
    host.host.write(
        f"{SOURCES}/lies/.s2i/bin/save-artifacts", "#!/bin/sh\necho this is no tar archive; exec yes\n", 0o755
    )
    through = base64.b64encode(ARCHIVES["through"][0]).decode()
    host.host.write(f"{SOURCES}/through/.s2i/bin/save-artifacts", f"#!/bin/sh\necho {through} | base64 -d\n", 0o755)
    fails = f"#!/bin/sh\nyes {'x' * LONG} | head -n {MANY}\necho last words >&2\nexit 42\n"
    host.host.write(f"{SOURCES}/fails/.s2i/bin/assemble", fails, 0o755)
    answering = (HERE / "on_host" / "answering.py").read_text(encoding="utf-8")
    host.host.write("/srv/answering.py", answering)
    hook = "systemd-run -q --unit=hook python3 /srv/answering.py 8099 /srv/told"
    host.sh(f"systemctl stop hook 2>/dev/null; {hook}; sleep 0.3")


@pytest.mark.one_debian("bookworm")
def test_scripts_that_do_not_end_fail_or_lie(host: Target) -> None:
    """No fork survives; broken artifacts are ignored; the journal holds all of 100 MB of output."""
    make_scripts(host)
    with Story(host) as story:
        late = story.refuse(BUILD, **s2i(f"{SOURCES}/forks"), timeout=4)
        containers = story.sh("docker ps -a --no-trunc | grep -c 'slee[p] 4321' || true")
        left = story.sh("pgrep -f '[s]leep 4321' || echo none")
        lies = story.do(BUILD, **s2i(f"{SOURCES}/lies"))
        again = story.do(BUILD, **s2i(f"{SOURCES}/lies"), force=True)
        story.do(BUILD, **s2i(f"{SOURCES}/through"))
        through = story.do(BUILD, **s2i(f"{SOURCES}/through"), force=True)
        fails_ = story.refuse(BUILD, **s2i(f"{SOURCES}/fails"), callback_url="http://127.0.0.1:8099/hook?token=1")
        told = story.sh("cat /srv/told")
        untold = story.do(BUILD, **s2i(f"{SOURCES}/lies"), force=True, callback_url="http://127.0.0.1:8098/")
    assert "did not end within 4 s and was stopped at step assemble" in late.message
    assert late.result["state"] == "timeout"
    assert containers.text == "0"
    assert left.text == "none"
    assert lies.result["state"] == "finished"
    assert again.result["incremental"] is False
    assert "the script save-artifacts is not a tar archive" in again.result["output"]
    assert through.result["incremental"] is False
    assert "save-artifacts is not a tar archive (the archive has 'x/run' behind its own" in through.result["output"]
    assert fails_.result["rc"] == 42
    assert "failed at step assemble: assemble ended with status 42; its last lines: " in fails_.message
    assert fails_.message.endswith("last words")
    assert (len(fails_.result["output"]) < 300_000, fails_.result["output_truncated"]) == (True, True)
    assert fails_.result["callback"] == "told"
    body = json.loads(told.text)
    assert (body["success"], body["tag"], body["build_id"]) == (False, TAG, fails_.result["build_id"])
    assert "last words" in body["payload"]
    assert "cannot reach http" in untold.result["callback"]
    assert "cannot notify callback_url" in str(untold.result["warnings"])
    written = host.sh(f"journalctl -o cat -u {fails_.result['unit']} _TRANSPORT=stdout | tr -cd x | wc -c")
    assert int(written) == MANY * LONG  # more than journald takes of others
    assert left_behind(host) == []


STAGES = f"FROM {BUILDER} AS first\nUSER root\nRUN echo > /layer\nFROM {BUILDER}\nUSER root\nRUN echo > /layer\n"
FORKS = "RUN (trap '' TERM HUP; while :; do sleep 4321; done) & echo forked; wait\n"


def test_a_dockerfile_that_does_not_end(host: Target) -> None:
    """With both of Docker's builders: inside the slice, stopped with everything it started, no stage left."""
    path = f"{SOURCES}/endless"
    host.sh(["mkdir", "-p", path])
    host.host.write(f"{path}/Dockerfile", STAGES + FORKS)
    options = {"tag": TAG, "source": path, "strategy": "dockerfile", "slice": "container-large", "timeout": 8}
    runs = "pgrep -f '^slee[p] 4321'"
    with Story(host) as story:
        before = story.sh("docker images -q --all | sort")
        story.do(BUILD, **options, wait=False)
        where = story.sh(f"until {runs} > /dev/null; do sleep 0.1; done; cat /proc/$({runs} | head -n 1)/cgroup")
        late = story.refuse(BUILD, **options)
        left = story.sh(f"{runs} || true; docker ps -aq --no-trunc --filter status=running | wc -l")
        after = story.sh("docker images -q --all | sort")
    print(where.text)
    assert "/container-large.slice/" in where.text
    assert late.result["joined"]
    assert "did not end within 8 s and was stopped at step dockerfile" in late.message
    assert "forked" in late.result["output"]
    assert left.text == "0"
    assert after.text == before.text
    assert left_behind(host) == []


@pytest.mark.one_debian("trixie")
def test_kills_and_a_full_disk(host: Target) -> None:
    """After any kill at any time, the same task completes the work."""
    make_repository(host, f"{REPOSITORIES}/hostile", "echo name > name; head -c 4000000 /dev/urandom > large")
    slow = s2i("hostile", env={"DEPS_SLEEP": "30"}, clean=True)
    begun = "until journalctl -o cat -n 5 -u 'build-*' --since=-20s | grep -q 'assembling as'; do sleep 0.1; done"
    kill = (
        "systemctl kill --signal=KILL --kill-whom=main 'build-*.service'; "
        "while systemctl list-units --all --no-legend 'build-*' | grep -q .; do sleep 0.1; done"
    )
    full = "mount -t tmpfs -o size=2M none /var/lib/containers/builds"
    with Story(host) as story:
        started = story.do(BUILD, **slow, wait=False)
        story.sh(begun)
        other = story.refuse(BUILD, **s2i("hostile"))
        running = story.do(BUILD, **slow, wait=False)
        story.sh(kill)
        left = story.sh(
            "docker ps -aq --filter label=io.geard.build; find /var/lib/containers/builds -name secrets.json | wc -l"
        )
        info = story.do("gear_info", gather=["builds"])
        story.sh(full)
        disk = story.refuse(BUILD, **s2i("hostile"))
        story.sh("umount /var/lib/containers/builds")
        done = story.converge(BUILD, **s2i("hostile"))
    assert started.result["state"] == "running"
    assert (running.result["build_id"], running.result["joined"]) == (started.result["build_id"], True)
    assert "is still running, with other options or another source" in other.message
    assert left.text == "0"
    [killed] = [item for item in info.result["builds"] if item["build_id"] == started.result["build_id"]]
    assert (killed["state"], killed["step"]) == ("failed", "assemble")
    assert "no space left on device" in disk.message
    assert "failed at step source" in disk.message
    assert done.result["state"] == "finished"
    assert left_behind(host) == []


@pytest.mark.one_debian("bookworm")
def test_docker_stops_while_it_builds(host: Target) -> None:
    """Cleaning up is impossible then, as after a power loss; the next build does it."""
    make_repository(host, f"{REPOSITORIES}/hostile", "echo name > name")
    slow = s2i("hostile", env={"DEPS_SLEEP": "30"}, clean=True, force=True)
    begun = "until docker ps -q --filter label=io.geard.build | grep -q .; do sleep 0.1; done"
    with Story(host) as story:
        started = story.do(BUILD, **slow, wait=False)
        story.sh(f"{begun}; systemctl stop docker.socket docker; systemctl start docker.socket docker")
        done = story.do(BUILD, **s2i("hostile"), force=True)
        told = story.do("gear_info", gather=["builds"])
    assert started.result["state"] == "running"
    assert done.result["state"] == "finished"
    [broken] = [item for item in told.result["builds"] if item["build_id"] == started.result["build_id"]]
    assert broken["state"] == "failed", broken
    assert left_behind(host) == []
