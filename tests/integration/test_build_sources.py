# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_build: where sources come from, what counts as a change, and both strategies with a small builder image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.builds import BUILDER, REPOSITORIES, SOURCES, clear, left_behind, make_repository, push_commit
from support.hosts import Target, task
from support.story import Step, Story

BUILD = "gear_build"
TAG = "geard-test/built:1"
OTHER = "geard-test/built:other"
SECRET = "correct-horse-battery"
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def host(target: Target) -> Iterator[Target]:
    """The host without earlier builds; afterwards only images may be left."""
    clear(target, TAG, OTHER)
    yield target
    assert left_behind(target) == []
    target.sh(f"rm -rf {REPOSITORIES}/shop")
    clear(target, TAG, OTHER)


def s2i(source: str, **options: Any) -> dict[str, Any]:
    return {"tag": TAG, "source": source, "builder_image": BUILDER, **options}


def config(target: Target, tag: str = TAG) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(target.sh(f"docker image inspect {tag}"))[0]["Config"]
    return found


def run(command: str, tag: str = TAG) -> str:
    return f"docker run --rm --entrypoint /bin/sh {tag} -c '{command}'"


def log_of(target: Target, step: Step) -> str:
    """The journal of a build."""
    return target.sh(f"journalctl -o cat -u {step.result['unit']}")


@pytest.mark.forky
def test_a_repository_of_the_host(host: Target) -> None:
    first = make_repository(
        host, f"{REPOSITORIES}/shop", "echo shop > name; mkdir -p .s2i; echo GREETING=hi > .s2i/environment"
    )
    with Story(host) as story:
        built = story.converge(BUILD, **s2i("shop", env={"TOKEN": SECRET}))
        told = story.sh(
            run("cat /tmp/app/name; id -u; ls -ld /tmp/src/name")
            + "; docker run --rm --entrypoint /usr/libexec/s2i/usage "
            + TAG
        )
    result = built.result
    assert result["actions"] == [f"image {TAG}: build from shop at {first[:12]}"]
    assert (result["commit"], result["source_id"], result["reasons"]) == (
        first,
        f"git:{first}",
        ["there is no such image"],
    )
    assert result["state"] == "finished", result
    assert "assembling as 1000:1000" in result["output"]
    assert "deps made" in result["output"]
    assert SECRET not in str(built.results)
    assert told.text.splitlines()[:2] == ["shop", "1000"]
    print(result["steps"], result["duration"])
    made = config(host)
    assert made["Cmd"] == ["/usr/libexec/s2i/run"]
    assert (made["User"], made.get("Entrypoint") or []) == ("1000:1000", [])  # Docker 28 and newer leave it out
    assert {"GREETING=hi", f"TOKEN={SECRET}"} <= set(made["Env"])
    labels = made["Labels"]
    prefix = "io.openshift.s2i.build."
    assert labels[f"{prefix}commit.id"] == first
    assert labels[f"{prefix}commit.author"] == "Test <test@example.com>"
    assert labels[f"{prefix}image"] == BUILDER
    assert labels["io.k8s.display-name"] == TAG
    assert labels["builder.own"] == "label"


@pytest.mark.one_debian("bookworm")
def test_changes_and_only_changes_are_built(host: Target) -> None:
    """A new commit, another ref, other options; an incremental build reuses artifacts of the previous one."""
    first = make_repository(host, f"{REPOSITORIES}/shop", "echo shop > name; echo '*.tmp' > .s2iignore; touch a.tmp b")
    second = push_commit(host, f"{REPOSITORIES}/shop", "echo more > name", "next")
    with Story(host) as story:
        story.do(BUILD, **s2i("shop", ref="main"))
        moved = story.converge(BUILD, **s2i("shop", ref="next"))
        same = story.do(BUILD, **s2i("shop", ref=second, incremental=False, timeout=10))
        other = story.check(BUILD, **s2i("shop", ref="main", env={"A": "1"}, labels={"a": "b"}))
        clean = story.do(BUILD, **s2i("shop", ref="next", clean=True, force=True))
        seen = story.sh(run("ls -A /tmp/app /tmp/src"))
        images = story.sh("docker images -q --no-trunc geard-test/built")
    assert moved.result["reasons"] == [f"the source is {second[:12]}, not {first[:12]}"]
    assert moved.result["incremental"] is True
    assert "deps made" not in moved.result["output"]
    assert same.result["state"] == "unchanged", same.result
    assert other.result["reasons"] == [
        f"the source is {first[:12]}, not {second[:12]}",
        "other options: env, labels",
    ]
    assert other.result["actions"] == [f"image {TAG}: build from shop at {first[:12]}"]
    assert (clean.result["incremental"], "deps made" in clean.result["output"]) == (False, True)
    assert "a.tmp" not in seen.text
    assert images.text == clean.result["image_id"]
    assert left_behind(host) == []


@pytest.mark.one_debian("trixie")
def test_folders_archives_and_urls(host: Target) -> None:
    path = f"{SOURCES}/tree"
    host.sh(f"mkdir -p {path}/app/.s2i/bin; cd {path}; echo tree > app/name; git init -q .")
    host.host.write(f"{path}/app/.s2i/bin/run", "#!/bin/sh\necho own run\n", 0o755)
    host.sh(
        f"cd {path}; python3 -m zipfile -c {SOURCES}/a.zip app; ln -s /etc/shadow app/link; "
        "echo > 'app/new\nline'; tar -czf ../a.tar.gz app"
    )
    commit = make_repository(host, f"{SOURCES}/remote.git", "echo remote > name")
    daemon = f"git daemon --reuseaddr --export-all --listen=127.0.0.1 --base-path={SOURCES}"
    host.sh(f"systemctl stop gitd 2>/dev/null; systemd-run -q --unit=gitd {daemon}; sleep 0.5")
    with Story(host) as story:
        folder = story.converge(BUILD, **s2i(path, context_dir="app"))
        seen = story.sh(run("cat /tmp/app/name; ls -l /tmp/src; ls -A /tmp/src | wc -l"))
        touched = story.sh(f"echo b > {path}/app/more")
        changed = story.check(BUILD, **s2i(path, context_dir="app"))
        no_ref = story.refuse(BUILD, **s2i(path, context_dir="app", ref="main"))
        archive = story.converge(BUILD, **s2i(f"{SOURCES}/a.tar.gz", context_dir="app"))
        zipped = story.converge(BUILD, **s2i(f"{SOURCES}/a.zip", context_dir="app"))
        url = story.converge(BUILD, **s2i("git://127.0.0.1/remote.git", ref="main"))
        by_id = story.do(BUILD, **s2i("git://127.0.0.1/remote.git", ref=commit))
        missing = story.refuse(BUILD, **s2i("git://127.0.0.1/remote.git", ref="none"))
        nowhere = story.refuse(BUILD, **s2i("git://127.0.0.1/nowhere.git"))
        story.sh("systemctl stop gitd")
    assert folder.result["commit"] is None
    assert folder.result["source_id"].startswith("sha256:")
    assert seen.text.startswith("tree\n")
    assert "link -> /etc/shadow" in seen.text
    assert "new\\nline" in seen.text or "new?line" in seen.text or "new\nline" in seen.text
    assert touched.text == ""
    assert len(changed.result["reasons"]) == 1
    assert no_ref.message == f"ref: 'main' cannot be used: {path} is not a Git repository; leave ref out"
    for step in (archive, zipped):
        assert step.result["state"] == "finished", step.result
    assert url.result["commit"] == commit
    assert by_id.result["state"] == "unchanged"
    assert "no branch, tag or commit none" in missing.message
    assert "nowhere.git" in nowhere.message
    assert left_behind(host) == []


DOCKERFILE = """ARG BASE=geard-test/busybox:1
FROM ${BASE} AS first
ARG WORD
RUN echo "$WORD" > /word && id -u
FROM first
COPY name /name
COPY --from=geard-test/user:1 /bin/entry /entry
LABEL of=Dockerfile
"""


@pytest.mark.forky
def test_dockerfile(host: Target) -> None:
    path = f"{SOURCES}/docker"
    host.sh(f"mkdir -p {path}/sub; cd {path}; echo docker > sub/name; echo ignored > sub/.dockerignore")
    host.host.write(f"{path}/sub/Dockerfile", DOCKERFILE)
    stages = (f"FROM geard-test/busybox:1 AS {name}\nRUN echo {name} > /layer\n" for name in ("one", "two", "last"))
    host.host.write(
        f"{path}/sub/Bad", f"{''.join(stages)}COPY --from=two /layer /\nRUN echo last $((40 + 2)) words; exit 7\n"
    )
    docker = {"tag": OTHER, "source": path, "context_dir": "sub", "strategy": "dockerfile"}
    with Story(host) as story:
        built = story.converge(BUILD, **docker, build_args={"WORD": SECRET})
        seen = story.sh(run("cat /word /name", OTHER))
        base = story.check(BUILD, **docker, build_args={"WORD": SECRET, "BASE": "geard-test/busybox:2"})
        bad = story.refuse(BUILD, **docker, dockerfile="Bad")
        none = story.refuse(BUILD, **docker, dockerfile="None")
        refused = story.refuse(BUILD, **docker, env={"A": "1"})
    assert built.result["state"] == "finished"
    assert SECRET not in str(built.results)
    assert seen.text.split() == [SECRET, "docker"]
    assert SECRET not in log_of(host, built)
    labels = config(host, OTHER)["Labels"]
    assert labels["of"] == "Dockerfile"
    assert json.loads(labels["io.geard.build"])["images"].keys() == {"geard-test/busybox:1", "geard-test/user:1"}
    assert base.result["reasons"] == ["other options: build_args"]
    assert "failed at step dockerfile: docker build ended with " in bad.message
    assert "last 42 words" in bad.message
    assert bad.result["state"] == "failed"
    assert "the source has no file None" in none.message
    assert refused.message.startswith("env: cannot be used: it works with strategy s2i only")
    assert left_behind(host) == []


ODD = {
    "QUOTES": '"two" and \'one\', and \\"more',
    "DOLLARS": "$HOME ${HOME} ${gear_env_0:-no} $$ $",
    "BACKSLASHES": "a\\b \\n \\\\ end\\",
    "BLANKS": "  a \t b  ",
    "EMPTY": "",
    "SECRET": SECRET,
}
"""Variables that builders are tempted to take for something else."""


def test_runtime_images_scripts_and_onbuild(host: Target) -> None:
    make_repository(host, f"{REPOSITORIES}/shop", "echo shop > name")
    scripts = f"{SOURCES}/scripts"
    host.sh(
        f"mkdir -p {scripts}; cd {scripts}; printf '#!/bin/sh\\necho own assemble; mkdir -p /tmp/out/bin; "
        "cp /tmp/src/name /tmp/out/bin/; cp /bin/busybox /tmp/out/tool\\n' > assemble; "
        "printf '#!/bin/sh\\nexec sh -c \"cat name\"\\n' > run; "
        "printf '#!/bin/sh\\necho in runtime as $(id -u) in $PWD; ls\\n' > assemble-runtime; chmod 644 *; "
        "docker create --name ob geard-test/busybox:1; "
        "docker commit -c 'ONBUILD COPY . /onbuild/' -c 'WORKDIR /onbuild' ob geard-test/onbuild:1; docker rm ob"
    )
    moved = {"runtime_image": "geard-test/user:1", "runtime_artifacts": ["/tmp/out/bin", "/tmp/out/tool:own/place"]}
    with Story(host) as story:
        runtime = story.converge(BUILD, **s2i("shop", scripts_url=f"file://{scripts}", **moved))
        seen = story.sh(run("cat /bin/name; ls -l /own/place/tool; cat /scripts/run", TAG))
        bad = story.refuse(BUILD, **s2i("shop", scripts_url="image:///nowhere"))
        onbuild = story.converge(
            BUILD,
            tag=OTHER,
            source="shop",
            builder_image="geard-test/onbuild:1",
            scripts_url=f"file://{scripts}",
            env=ODD,
        )
        odd = {"builder_image": "geard-test/onbuild:1", "env": {"a$b": "1"}, "scripts_url": f"file://{scripts}"}
        name = story.refuse(BUILD, tag="geard-test/odd:1", source="shop", **odd)
        story.sh("docker rmi geard-test/onbuild:1; true")
    assert "in runtime as 1000" in runtime.result["output"]
    assert seen.text.startswith("shop\n-rwxr-xr-x")
    made = config(host)
    assert made["Cmd"] == ["/scripts/run"]
    assert made["Entrypoint"] == ["/bin/entry", "--fixed"]
    assert "FROM_IMAGE=yes" in made["Env"]
    assert bad.message.endswith("has no script /nowhere/assemble")
    assert onbuild.result["state"] == "finished"
    assert config(host, OTHER)["Entrypoint"] == ["./run"]
    made = config(host, OTHER)
    assert dict(item.split("=", 1) for item in made["Env"] if item.split("=", 1)[0] in ODD) == ODD
    said = log_of(host, onbuild)
    assert "own assemble" in said
    assert [value for value in ODD.values() if value and value in said + str(onbuild.results)] == []
    assert "cannot get a variable named 'a$b'" in name.message
    assert left_behind(host) == []


METADATA = '{"labels": [{"team": "scripts"}, {"io.k8s.display-name": "own"}, {"io.geard.build": "none"}]}'
ASSEMBLE = f"""#!/bin/sh
echo "by $(id -u)"
mkdir -p /tmp/.s2i && echo '{METADATA}' > /tmp/.s2i/image_metadata.json
"""


@pytest.mark.one_debian("trixie")
def test_what_source_to_image_knows_beside(host: Target) -> None:
    """STI_SCRIPTS_URL, .sti/bin, assemble-user, labels from scripts, and scripts on the web behind a password."""
    login, place = f"me:{SECRET}", f"{SOURCES}/web"
    server = (HERE / "on_host" / "slow_files.py").read_text(encoding="utf-8")
    host.host.write("/srv/slow_files.py", server)
    host.sh(["mkdir", "-p", place, f"{SOURCES}/old/.sti/bin"])
    host.host.write(f"{place}/run", "#!/bin/sh\nexec cat /tmp/app/name\n")
    host.host.write(f"{SOURCES}/old/.sti/bin/assemble", ASSEMBLE, 0o755)
    host.sh(
        f"systemctl stop web 2>/dev/null; systemd-run -q --unit=web python3 /srv/slow_files.py 8095 {place} 0 {login}; "
        f"docker create --name old {BUILDER}; docker commit -c 'LABEL io.openshift.s2i.scripts-url=\"\"' "
        "-c 'ENV STI_SCRIPTS_URL=image:///usr/libexec/s2i' -c 'LABEL io.openshift.s2i.assemble-user=1234' "
        "old geard-test/old:1; docker rm old"
    )
    web = f"http://{login}@127.0.0.1:8095"
    options = {"tag": TAG, "source": f"{SOURCES}/old", "builder_image": "geard-test/old:1", "labels": {"team": "task"}}
    with Story(host) as story:
        built = story.converge(BUILD, **options, scripts_url=web, callback_url=f"{web}/told")
        made = story.sh(f"docker image inspect -f '{{{{json .Config}}}}' {TAG}")
        again = story.do(BUILD, **options)
        none = story.refuse(BUILD, **options, scripts_url=f"{web}/none")
        untold = story.do(BUILD, **options, force=True, callback_url=f"http://me:{SECRET}x@127.0.0.1:8095")
        refused = story.refuse(BUILD, **options, callback_url=f"ftp://{login}@127.0.0.1")
        story.sh("systemctl stop web; rm /srv/slow_files.py; docker rmi geard-test/old:1; true")
    assert "by 1234" in built.result["output"]
    config_ = made.json
    assert (config_["Cmd"], config_["User"]) == (["/tmp/scripts/run"], "1000:1000")
    labels = config_["Labels"]
    assert (labels["team"], labels["io.k8s.display-name"]) == ("scripts", "own")
    assert json.loads(labels["io.geard.build"])["strategy"] == "s2i"
    assert built.result["callback"] == "told"
    assert again.result["reasons"] == ["other options: scripts_url"]
    assert config(host)["Cmd"] == ["/usr/libexec/s2i/run"]
    assert "there are no build scripts at scripts_url http://127.0.0.1:8095/none; " in none.message
    assert untold.result["callback"].startswith("http://127.0.0.1:8095 answered 401 ")
    assert refused.message.startswith("callback_url: 'ftp://(hidden)@127.0.0.1' is not valid; expected ")
    units = " ".join(f"-u {step.result['unit']}" for step in (built, none, untold))
    everything = str([step.results for step in story.steps]) + host.sh(
        f"journalctl -o cat {units}; grep -rs . /var/lib/containers/builds; docker inspect {TAG}"
    )
    assert SECRET not in everything
    assert left_behind(host) == []


@pytest.mark.one_debian("trixie")
def test_log_and_info(host: Target) -> None:
    make_repository(host, f"{REPOSITORIES}/shop", "echo shop > name")
    [built] = host.tasks({**task(BUILD, s2i("shop", force=True, timeout=100)), "async": 60, "poll": 1})
    assert (built["status"], built["state"], built["changed"]) == ("ok", "finished", True), built
    with Story(host) as story:
        info = story.do("gear_info", names=[built["build_id"]], gather=["builds"])
        by_tag = story.do("gear_info", names=[TAG], gather=["builds"])
        logs = story.do("gear_log", names=[built["build_id"], TAG, "not-there"], lines=200)
        gone = story.do("gear_log", name="20200101-000000-00000000", kind="build")
    [told] = info.result["builds"]
    assert {name: told[name] for name in told if name in built} == {name: built[name] for name in told if name in built}
    assert told["expires"] > told["finished_at"]
    assert told in by_tag.result["builds"]
    for name in (built["build_id"], TAG):
        item = logs.gears[name]
        assert (item["kind"], item["exists"], item["unit"]) == ("build", True, built["unit"])
        assert "assembling as 1000:1000" in [record["message"] for record in item["records"]]
    assert logs.gears["not-there"]["exists"] is False
    assert gone.gear["msg"] == "build 20200101-000000-00000000 does not exist on this host"


@pytest.mark.forky
@pytest.mark.one_debian("bookworm")
def test_passwords_keys_and_submodules(host: Target) -> None:
    """A web server with a password that speaks only Git's dumb protocol, and ssh with a key."""
    part = make_repository(host, f"{SOURCES}/part.git", "echo part > part")
    modules = '[submodule "part"]\\n\\tpath = part\\n\\turl = ../part.git\\n'
    link = f"mkdir part; git update-index --add --cacheinfo 160000,{part},part"
    whole = f"echo whole > name; printf '{modules}' > .gitmodules; {link}"
    commit = make_repository(host, f"{SOURCES}/whole.git", whole)
    guarded = (HERE / "on_host" / "guarded_files.py").read_text(encoding="utf-8")
    host.host.write("/srv/guarded_files.py", guarded)
    serve = f"systemd-run -q --unit=guarded python3 /srv/guarded_files.py 8097 {SOURCES} 'me:pa@ss{SECRET}'"
    host.sh(
        f"for name in part whole; do git -C {SOURCES}/$name.git update-server-info; done; rm -f /srv/key*; "
        "ssh-keygen -q -t ed25519 -N '' -f /srv/key; cat /srv/key.pub >> /root/.ssh/authorized_keys; "
        f"ssh-keygen -R 127.0.0.1 2>/dev/null; systemctl stop guarded 2>/dev/null; {serve}; sleep 0.5"
    )
    url = f"http://me:pa%40ss{SECRET}@127.0.0.1:8097/whole.git"
    ssh = f"root@127.0.0.1:{SOURCES}/part.git"
    with Story(host) as story:
        built = story.converge(BUILD, **s2i(url, ref="main"))
        seen = story.sh(run("cat /tmp/app/name /tmp/app/part/part"))
        refused = story.refuse(BUILD, **s2i("http://127.0.0.1:8097/whole.git", ref="main"))
        unknown = story.refuse(BUILD, **s2i(ssh, key_file="/srv/key"))
        by_key = story.do(BUILD, **s2i(ssh, key_file="/srv/key", accept_hostkey=True, submodules=False))
        story.sh("systemctl stop guarded; sed -i '$d' /root/.ssh/authorized_keys; rm /srv/key*")
    assert built.result["commit"] == commit
    assert built.result["source"] == "http://127.0.0.1:8097/whole.git"
    assert SECRET not in str([built.results, refused.results])
    places = f"grep -r . /var/lib/containers/builds; journalctl -o cat -u {built.result['unit']}; docker inspect {TAG}"
    assert SECRET not in host.sh(places)
    assert seen.text.split() == ["whole", "part"]
    assert "cannot read the repository http://127.0.0.1:8097/whole.git" in refused.message
    assert "Host key verification failed" in unknown.message
    assert (by_key.result["state"], by_key.result["commit"]) == ("finished", part)
    assert left_behind(host) == []
