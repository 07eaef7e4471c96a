# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gear_build with real builders and real sources: from a commit to a gear that answers, and back after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab import Lab, registry
from support.builds import left_behind
from support.hosts import Target
from support.story import Story, remove
from support.workshop import FOLDER, PYTHON, STATIC, Workshop

BUILD = "gear_build"
SECRET = "correct-horse-battery"
S2I = "io.openshift.s2i."


@pytest.fixture(scope="module")
def workshop(target: Target) -> Iterator[Workshop]:
    """A host that builds. Gears, images and leftovers of builds are removed afterwards."""
    found = Workshop(target)
    found.open()
    clear(target)
    yield found
    clear(target)
    found.close()
    assert left_behind(target) == []


def clear(target: Target) -> None:
    """Remove the gears and images of these tests."""
    remove(target, "bt-")
    target.sh(
        "docker images --format '{{.Repository}}:{{.Tag}}' | grep -E '(^|/)bt/' | xargs -r docker rmi -f; "
        "docker image prune --force"
    )


def ask(port: int, *words: str) -> str:
    """A shell line that sends a request to a gear as soon as it answers."""
    return f"curl -sS -m 5 --retry 20 --retry-delay 1 --retry-all-errors --fail {' '.join(words)} 127.0.0.1:{port}"


@pytest.mark.forky
@pytest.mark.one_debian("trixie")
def test_from_a_commit_to_an_answer(workshop: Workshop) -> None:
    """The whole way for a Python program. The build of the next commit reuses the packages of the first one."""
    source = workshop.put("notes", "python")
    workshop.commit("notes", "mkdir drafts && echo x > drafts/plan && cp app.py one.md && cp app.py README.md")
    options: dict[str, Any] = {"tag": "bt/notes", "builder_image": PYTHON, "env": {**workshop.pip, "KEY": SECRET}}
    with Story(workshop.target) as story:
        first = story.converge(BUILD, source=source, **options)
        inside = story.sh("docker run --rm --entrypoint find bt/notes /opt/app-root/src -type f -not -name '*.pyc'")
        runs = story.do(name="bt-notes", image="bt/notes", ports=["8080:8123"])
        story.sh(ask(8123, "-d", "milk"))
        answer = story.sh(ask(8123))
    asked = workshop.asked()
    with Story(workshop.target) as story:
        story.sh(workshop.change("notes", "sed -i s/notes/news/ .s2i/environment"))
        head = story.sh(f"git -C {source} rev-parse HEAD")
        predicted = story.check(BUILD, source=f"{workshop.url}/git/notes.git", **options)
        second = story.do(BUILD, source=f"{workshop.url}/git/notes.git", ref="main", **options)
        moved = story.converge(name="bt-notes", refresh_image=True)
        news = story.sh(ask(8123))
    assert "Successfully installed" in first.result["output"]
    assert {line.rpartition("/src/")[2] for line in inside.text.splitlines()} == {
        ".s2i/environment", ".s2iignore", "Dockerfile", "README.md", "app.py", "requirements.txt",
    }  # fmt: skip
    assert runs.gear["active_state"] == "active"
    assert answer.text == "notes of the source\n1 milk"
    assert any(path.startswith("/simple/flask/flask-") for path in asked)
    assert predicted.result["changed"]
    assert second.result["commit"] == head.text
    assert second.result["incremental"]
    assert workshop.asked() == asked, "dependencies were fetched again"
    assert "Successfully installed" not in second.result["output"]
    assert moved.actions[-1] == "restart"
    assert news.text == "news of the source"
    print(first.result["steps"], second.result["steps"])  # how much faster it has to be is among the benchmarks' goals
    assert second.result["duration"] < first.result["duration"]
    config = workshop.config("bt/notes")
    labels = [config["Labels"][f"{S2I}build.{key}"] for key in ("commit.id", "image", "source-location")]
    assert labels == [head.text, PYTHON, f"{workshop.url}/git/notes.git"]
    assert config["User"] == "1001"
    assert {"KEY=" + SECRET, "GREETING=news of the source"} <= set(config["Env"])
    assert SECRET not in str([step.results for step in story.steps])
    assert SECRET not in workshop.target.sh(f"journalctl -o cat -u {second.result['unit']}")


@pytest.mark.forky
@pytest.mark.one_debian("bookworm")
def test_the_same_sources_by_their_dockerfiles(workshop: Workshop) -> None:
    workshop.put("docker", "python")
    workshop.put("pages", "static")
    static: dict[str, Any] = {"source": f"{FOLDER}/work/pages", "strategy": "dockerfile", "tag": "bt/pages:1"}
    source = f"{FOLDER}/work/docker"
    options = {"source": source, "strategy": "dockerfile", "tag": "bt/docker:1", "build_args": workshop.pip}
    with Story(workshop.target) as story:
        first = story.converge(BUILD, **options)
        story.sh(f"echo '# more' >> {source}/app.py")
        second = story.do(BUILD, **options)
        story.do(name="bt-docker", image="bt/docker:1", ports=["8080:8124"])
        answer = story.sh(ask(8124))
        story.sh(f"echo 'RUN echo no more; exit 3' >> {source}/Dockerfile")
        failed = story.refuse(BUILD, **options)
        pages = story.converge(BUILD, **static, build_args={"SITE_NAME": "Pages"})
        again = story.do(BUILD, **static, build_args={"SITE_NAME": "Pages"}, force=True)
        story.do(name="bt-pages", image="bt/pages:1", ports=["8080:8125"])
        page = story.sh(ask(8125))
    assert "Welcome to Pages." in page.text
    assert again.result["image_id"] == pages.result["image_id"], "the same, built again, restarts gears"
    assert first.result["commit"] is None
    assert first.result["source_id"] != second.result["source_id"]
    assert first.result["image_id"] != second.result["image_id"]
    assert answer.text == "notes of a Dockerfile"
    assert (failed.result["step"], failed.result["state"]) == ("dockerfile", "failed")
    assert "no more" in failed.message
    assert failed.result["image_id"] == second.result["image_id"]


SCRIPT = "#!/bin/sh\\necho own script; /usr/libexec/s2i/assemble; echo $KEY; exit $END\\n"
ASSEMBLE = f"mkdir -p .s2i/bin && printf '{SCRIPT}' > .s2i/bin/assemble && chmod 755 .s2i/bin/assemble"


@pytest.mark.one_debian("bookworm")
def test_static_pages(workshop: Workshop) -> None:
    """Built in one image and run in another, with a script in the source, and a failure reported to a callback."""
    target = workshop.target
    source = workshop.put("site", "static")
    site: dict[str, Any] = {"source": source, "builder_image": STATIC}
    url = workshop.listen()
    with Story(target) as story:
        small = story.converge(
            BUILD, **site, tag="bt/small:1", runtime_image="geard-test/static-runtime:1", env={"SITE_NAME": "Small"}
        )
        page = "docker run --rm --entrypoint cat {0} /opt/app-root/www/{1}"
        index = story.sh(page.format("bt/small:1", "index.html"))
        runtime = story.sh(page.format("bt/small:1", "runtime.txt"))
        story.sh(workshop.change("site", ASSEMBLE))
        own = story.do(BUILD, **site, tag="bt/own:1", env={"END": 0, "KEY": SECRET}, labels={"team": "web"})
        fails = {**site, "tag": "bt/own:1", "env": {"END": 7, "KEY": SECRET}, "callback_url": url}
        failed = story.refuse(BUILD, **fails)
        still = story.sh("docker image inspect -f '{{.Id}}' bt/own:1")
    assert "Welcome to Small." in index.text
    assert runtime.text == "assembled for 1001"
    assert small.result["step"] in ("commit", None)
    assert "assemble-runtime" in small.result["steps"]
    assert "own script" in own.result["output"]
    assert workshop.config("bt/own:1")["Labels"]["team"] == "web"
    assert (failed.result["step"], failed.result["rc"], failed.result["state"]) == ("assemble", 7, "failed")
    assert "Compressing" in failed.message
    assert still.text == own.result["image_id"] == failed.result["image_id"]
    told = workshop.heard()
    assert [item["path"] for item in told] == ["/builds?token=hush"] * 3
    assert told[0] == told[1] == told[2]
    body = told[2]["body"]
    assert (body["success"], body["build_id"], body["tag"]) == (False, failed.result["build_id"], "bt/own:1")
    assert "ended with status 7" in body["payload"]
    assert SECRET not in str([step.results for step in story.steps]) + str(body)
    assert "hush" not in target.sh(f"journalctl -o cat -u {failed.result['unit']}")


@pytest.mark.one_debian("trixie")
def test_what_a_builder_image_takes(workshop: Workshop) -> None:
    """The image describes its own use. Nothing is built and nothing is kept."""
    before = "ls /var/lib/containers/jobs /var/lib/containers/builds 2>&1 | sort"
    with Story(workshop.target) as story:
        kept = story.sh(before)
        asked = story.converge(BUILD, builder_image=STATIC, usage=True)
        no_scripts = story.refuse(BUILD, builder_image="geard-test/busybox:1", usage=True)
        elsewhere = story.refuse(BUILD, builder_image=STATIC, usage=True, scripts_url="https://example.com/scripts")
        by_file = story.refuse(BUILD, strategy="dockerfile", usage=True)
        missing = story.refuse(BUILD, builder_image=STATIC)
        absent = story.refuse(BUILD, builder_image=STATIC, usage=True, scripts_url="image:///nowhere")
        after = story.sh(before)
    assert asked.result["usage"].startswith("Serves the source's files at port 8080")
    assert (asked.result["changed"], asked.result["actions"]) == (False, [])
    assert no_scripts.message.startswith("builder image geard-test/busybox:1 does not say where its scripts are")
    assert elsewhere.message.endswith("is not inside the image; read it at https://example.com/scripts/usage")
    assert by_file.message == "usage: True cannot be used: only builder images of strategy s2i have a usage text"
    assert missing.message.endswith("missing: tag, source")
    assert "the usage script of the builder image failed" in absent.message
    assert after.text == kept.text


LOOK = f"""cd /proc
while :; do grep -lsa '[a]nd spanner' [0-9]*/cmdline [0-9]*/environ >> {FOLDER}/seen; sleep 0.02; done
"""


@pytest.mark.forky
@pytest.mark.one_debian("trixie")
def test_push_with_a_password_that_shows_nowhere(workshop: Workshop, lab: Lab) -> None:
    target = workshop.target
    place = lab.registry([target.name], guarded=True)
    source = workshop.put("pushed", "static")
    tag = f"{place}/bt/{target.name}:1"
    login = {"registry_username": registry.LOGIN, "registry_password": registry.PASSWORD}
    options: dict[str, Any] = {"source": source, "builder_image": STATIC, "tag": tag, "push": True}
    target.host.write(f"{FOLDER}/look", LOOK)
    workshop.run("seen-test", f"sh {FOLDER}/look")
    with Story(target) as story:
        refused = story.refuse(BUILD, **options, registry_username=registry.LOGIN, registry_password="wrong")
        pushed = story.converge(BUILD, **options, **login)
        story.sh(f"docker tag {tag} {tag}b")
        named = story.converge(BUILD, **{**options, "tag": f"{tag}b"}, **login)
        story.sh(f"docker rmi {tag}b")
        again = story.do(BUILD, **options, **login, force=True)
        records = story.sh("cat /var/lib/containers/pushed/*")
    seen = target.sh(f"systemctl stop seen-test; cat {FOLDER}/seen")
    target.sh(
        f"docker rmi {tag}; echo '{registry.PASSWORD}' | docker login -u {registry.LOGIN} --password-stdin {place}"
    )
    target.sh(f"docker pull -q {tag}; docker logout {place}")
    assert refused.result["step"] == "push"
    assert pushed.result["pushed"].startswith("sha256:")
    assert workshop.config(tag)["Labels"][f"{S2I}build.image"] == STATIC
    assert named.result["actions"] == [f"image {tag}b: push"]
    assert named.result["pushed"] == pushed.result["pushed"]
    assert records.json == {"tag": tag, "image_id": again.result["image_id"]}
    assert registry.PASSWORD not in str([step.results for step in story.steps])
    assert seen == ""
    logged = f"journalctl -o cat -u {pushed.result['unit']} -u {refused.result['unit']}"
    assert registry.PASSWORD not in target.sh(logged)
    assert target.sh("grep -rsl 'and spanner' /var/lib/containers /run/containers /root/.docker || true") == ""
