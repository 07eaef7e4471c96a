# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook geard.core.build_and_deploy: from a push over ssh to gears on two hosts, and back from a broken commit.

All of it is the collection's own, so it runs on one Debian.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from lab import Lab, network
from support.ansible import ROOT, Ansible, Run
from support.builds import left_behind
from support.hosts import Target, task
from support.people import Person
from support.story import remove
from support.workshop import SOURCES, STATIC

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = pytest.mark.one_debian("trixie")
REPOSITORY, TAG = "bd-site", "bd/site"
GEARS = {"bd-near": 8130, "bd-far": 8131, "bd-pulled": 8132}


@dataclass(frozen=True)
class Fleet:
    """Two hosts, the first of which builds, and a person who pushes."""

    near: Target
    far: Target
    ansible: Ansible
    ada: Person

    def run(self, *words: str, **variables: Any) -> Run:
        """Run the playbook; variables without their prefix gear_build_."""
        given = {"source": REPOSITORY, "tag": TAG, "builder_image": STATIC, "settle": 1, **variables}
        settings = {f"gear_build_{name}": value for name, value in given.items() if value is not None}
        return self.ansible.forked("geard.core.build_and_deploy", "-e", json.dumps(settings), *words)

    def push(self, line: str) -> None:
        """Change the source and push it, over ssh."""
        done = self.ada.git(f"cd site && {line} && git add -A && git commit -qm change && git push -q origin HEAD:main")
        assert done.code == 0, done

    def clone(self) -> None:
        """Clone the repository's source, and add pages of our own."""
        done = self.ada.git(f"rm -rf site && git clone -q git-{REPOSITORY}@{self.near.host.address}:~ site")
        assert done.code == 0, done
        self.far.host.put(SOURCES / "static", f"/root/people/{self.ada.name}.d/site")

    def page(self, gear: str) -> str:
        """The answer of a gear."""
        ask = "curl -sS -m 5 --retry 20 --retry-delay 1 --retry-all-errors --fail"
        host = self.near if gear == "bd-near" else self.far
        return host.sh(f"{ask} 127.0.0.1:{GEARS[gear]}/news.html")

    def pages(self) -> list[str]:
        """The answer of each gear."""
        return [self.page("bd-near"), self.page("bd-far")]

    def containers(self) -> list[str]:
        """Ids of the gears' containers."""
        return [host.sh("docker ps -q --no-trunc --filter name=^/bd-") for host in (self.near, self.far)]

    def files(self) -> str:
        """Files that carried an image; no run leaves one behind."""
        return "".join(host.sh("ls -d /var/tmp/gear-image.* 2> /dev/null || true") for host in (self.near, self.far))


@pytest.fixture(scope="module")
def fleet(hosts: HostPool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    near, far = hosts.get("a"), hosts.get("b")
    folder = tmp_path_factory.mktemp("fleet")
    inventory = hosts.lab.inventory([near.name, far.name], folder / "inventory.ini")
    ada = Person(far, near.host.address, "bd-ada")
    near.host.load_images(STATIC)
    near.tasks(
        task("gear_sshd", {}),
        task("gear_repo", {"name": REPOSITORY}),
        task("gear_keys", {"keys": [ada.make_key()], "repositories": [REPOSITORY], "write": True}),
    )
    yield Fleet(near, far, Ansible(inventory, folder), ada)
    for host in (near, far):
        remove(host, "bd-")
        pulled = f"$(docker images -q '*/*/{near.name}-bd')"
        host.sh(f"docker rmi -f {TAG} {pulled}; docker image prune --force", check=False)
    near.tasks(
        task("gear_repo", {"name": REPOSITORY, "state": "absent"}),
        task("gear_keys", {"keys": [ada.public], "state": "absent"}),
        task("gear_sshd", {"state": "absent"}),
    )
    assert left_behind(near) == []


@contextmanager
def told_of_pushes(address: str, run: Callable[[], Run]) -> Iterator[tuple[str, queue.Queue[Run]]]:
    """A build server that runs the playbook when it is notified. Returns its URL and the results of the runs."""
    runs: queue.Queue[Run] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(202)
            self.end_headers()
            self.wfile.flush()
            threading.Thread(target=lambda: runs.put(run())).start()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Keeps requests out of the output of the tests."""

    server = HTTPServer((address, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{address}:{server.server_port}/hooks/shop", runs
    server.shutdown()
    server.server_close()


def documented_hook(url: str) -> str:
    """The hook from the documentation, with this URL."""
    text = (ROOT / "docs" / "build_and_deploy.md").read_text(encoding="utf-8").partition("## Start it from a push")[2]
    [task] = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    hook: str = task["geard.core.gear_repo"]["post_receive"]
    assert "https://ci.example.com/hooks/shop" in hook
    return hook.replace("https://ci.example.com/hooks/shop", url)


def changes(run: Run) -> list[str]:
    """Tasks that changed something, with their host."""
    return sorted(f"{line['task']} on {line['host'][-1]}" for line in run.lines if line["result"].get("changed"))


def failure(run: Run) -> str:
    """The final message of a failed run."""
    assert run.code != 0, run.output
    message = [str(line["result"]["msg"]) for line in run.lines if line["status"] == "failed"][-1]
    assert "\n" not in message, message
    return message


def a_broken_page_reaches_one_gear(fleet: Fleet) -> None:
    """The gear that does not come up gets its old image back; no other gear is touched."""
    broken = "mkdir -p .s2i/bin && printf '#!/bin/sh\\nsleep 0.5; echo no such page; exit 3\\n' > .s2i/bin/run"
    fleet.push(f"{broken} && chmod 755 .s2i/bin/run && echo broken > news.html")
    before = fleet.containers()
    told = failure(fleet.run())
    commit = fleet.ada.git("cd site && git rev-parse HEAD").out[:12]
    assert told.startswith(
        f"gear bd-near on {fleet.near.name} did not come up with {TAG}:latest of commit {commit}: it "
    )
    assert "no such page" in told
    assert "which runs. No other gear got the image." in told
    assert fleet.pages() == ["first", "first"]
    assert fleet.containers()[1] == before[1], "a gear was touched after another one had failed"


def a_run_that_was_killed_is_not_repeated(fleet: Fleet) -> None:
    """It left a gear with a broken image: the next run fails until somebody takes that image back."""
    fleet.near.module("gear_container", name="bd-near", refresh_image=True)  # as a run does that is killed after it
    fleet.near.sh("until systemctl show -P ActiveState ctr-bd-near | grep -q activating; do sleep 0.1; done")
    stopped = failure(fleet.run())
    assert stopped.startswith(
        f"bd-near on {fleet.near.name} has the image {TAG}:latest already and does not run. This run "
    )
    fleet.near.ok("gear_container", name="bd-near", version="previous")


def test_from_a_push_to_gears_on_two_hosts(fleet: Fleet) -> None:
    fleet.clone()
    fleet.push("echo first > news.html")
    first = fleet.run(everywhere=True)
    assert first.code == 0, first.output
    assert changes(first) == ["Build the image on a", "Load it on b"]
    for host, (name, port) in zip((fleet.near, fleet.far), GEARS.items()):
        gear = {"ports": [f"8080:{port}"], "pull": "never", "hostname": "kept", "restart_sec": "30"}
        host.ok("gear_container", name=name, image=TAG, **gear)
    assert fleet.pages() == ["first", "first"]

    a_broken_page_reaches_one_gear(fleet)
    a_run_that_was_killed_is_not_repeated(fleet)

    fleet.push("rm .s2i/bin/run && echo second > news.html")
    predicted = fleet.run("--check")
    assert predicted.code == 0, predicted.output
    assert changes(predicted) == ["Build the image on a", *(f"Show the gears that get the image on {x}" for x in "ab")]
    assert fleet.pages() == ["first", "first"]
    with told_of_pushes(network.gateway(fleet.near.host.settings), fleet.run) as (url, runs):
        fleet.near.ok("gear_repo", name=REPOSITORY, post_receive=documented_hook(url))
        fleet.push("git push -q origin HEAD:other && echo pushed > news.html")  # only of main is told
        done = runs.get(timeout=120)
        assert runs.empty()
    assert done.code == 0, done.output
    assert fleet.pages() == ["pushed", "pushed"]
    assert changes(done) == ["Build the image on a", "Load it on b", "Run the image on a", "Run the image on b"]
    settled = [fleet.run("--check"), fleet.run()]
    assert [(run.code, changes(run)) for run in settled] == [(0, []), (0, [])]
    assert fleet.far.sh("docker exec bd-far hostname") == "kept"
    assert fleet.files() == ""


DOCKERFILE = """FROM geard-test/static-builder:1
COPY . /opt/app-root/www/
HEALTHCHECK --interval=1s --retries=1 CMD test ! -e /opt/app-root/www/sick
CMD ["/usr/libexec/s2i/run"]
"""


def test_over_a_registry_with_a_health_check(fleet: Fleet, lab: Lab) -> None:
    """Hosts pull the image. An image whose health check fails is rolled back, although its program runs."""
    place = lab.registry([fleet.near.name, fleet.far.name])
    tag = f"{place}/bd/{fleet.near.name}-bd:1"
    options: dict[str, Any] = {"tag": tag, "strategy": "dockerfile", "builder_image": None, "push": True}
    fleet.clone()
    fleet.far.host.write(f"/root/people/{fleet.ada.name}.d/site/Dockerfile", DOCKERFILE)
    fleet.push("echo pulled > news.html")
    first = fleet.run(**options)
    assert (first.code, changes(first)) == (0, ["Build the image on a"]), first.output
    fleet.far.ok("gear_container", name="bd-pulled", image=tag, ports=["8080:8132"])
    fleet.push("echo sick > news.html && touch sick")
    told = failure(fleet.run(**options))
    assert ": its health check says unhealthy" in told
    assert "which runs. No other gear got the image." in told
    assert fleet.page("bd-pulled") == "pulled"
    fleet.push("echo well > news.html && rm sick")
    done = fleet.run(**options)
    assert (done.code, changes(done)) == (0, ["Build the image on a", "Run the image on b"]), done.output
    assert fleet.page("bd-pulled") == "well"
    assert changes(fleet.run(**options)) == []
