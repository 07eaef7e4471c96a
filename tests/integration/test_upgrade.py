# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade of the collection restarts nothing and loses nothing: gears of release 1, then this gear_host, then the
same tasks. Gears restart while the library of the host is switched. A tree that is too new is refused.
"""

from __future__ import annotations

import base64
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import snapshot
from support.ansible import ROOT, Ansible
from support.hosts import BASE, Target, converged, convergence, task

if TYPE_CHECKING:
    from conftest import HostPool

pytestmark = [pytest.mark.one_debian("trixie"), pytest.mark.own_hosts]

RELEASE = Path(__file__).parent / "releases" / "geard-core-1.0.0.tar.gz"
LIBRARY = "/usr/local/lib/gear"
RECORD = f"{BASE}/host.json"
IMAGE = "geard-test/busybox:1"
KEY = f"ssh-ed25519 {base64.b64encode(bytes([0, 0, 0, 11, *b'ssh-ed25519', 0, 0, 0, 32, *range(32)])).decode()}"
BUILT = "geard-test/upgrade:1"

EDITED = {"name": "up-edited", "image": IMAGE, "ports": ["8080"], "volumes": ["/data"]}
LOOP = {"name": "up-loop", "image": IMAGE, "links": ["8081:127.0.0.1:4000"]}
TASKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gear_sshd", {}),
    ("gear_env", {"name": "up-env", "env": {"A": "b"}}),
    ("gear_build", {"tag": BUILT, "source": "/srv/upgrade", "builder_image": "geard-test/s2i:1"}),
    ("gear_container", {**EDITED, "hostname": "three"}),
    ("gear_container", {"name": "up-isolated", "image": IMAGE, "isolate": True, "ports": ["8080"], "env": {"A": "b"}}),
    ("gear_container", {"name": "up-stopped", "image": IMAGE, "ports": ["8080"], "state": "stopped"}),
    ("gear_container", {"name": "up-linked", "image": IMAGE, "env_name": "up-env", "links": ["8081:127.0.0.1:4000"]}),
    ("gear_container", {"name": "up-built", "image": BUILT}),
    ("gear_container", LOOP),
    ("gear_keys", {"keys": [KEY], "gears": ["up-edited", "up-isolated"]}),
    ("gear_job", {"request_id": "up-done", "image": IMAGE, "command": ["true"]}),
    ("gear_repo", {"name": "up-repo", "post_receive": "#!/bin/sh\n"}),
)
"""What is on the host before the upgrade, and is asked for again after it."""
GEARS = tuple(options["name"] for module, options in TASKS if module == "gear_container")
RUNNING = tuple(name for name in GEARS if name not in ("up-stopped", "up-loop"))

LONG = {"request_id": "up-long", "image": IMAGE, "command": ["sh", "-c", "sleep 20; echo done"]}
"""A job that runs while the library is switched."""

RESTART = """
until [ -e /run/upgrade/stop ]; do
    systemctl restart ctr-up-loop && echo started || echo failed
done > /run/upgrade/restarts
touch /run/upgrade/end
"""


@dataclass(frozen=True)
class Upgrade:
    """The host: as release 1 sees it, and as this collection does. starts: when each container started."""

    old: Target
    new: Target
    starts: Mapping[str, str]


def with_collection(target: Target, name: str, collection: Path) -> Target:
    """The same host, for another collection."""
    folder = target.ansible.folder / name
    folder.mkdir()
    return replace(target, ansible=Ansible(target.ansible.inventory, folder, collection))


def starts(target: Target) -> dict[str, str]:
    """When the container of each gear started that is left alone."""
    words = ["docker", "inspect", "--format", "{{.Name}} {{.State.StartedAt}}", *RUNNING]
    return dict(line.split() for line in target.sh(words).splitlines())


@pytest.fixture(scope="module")
def release(hosts: HostPool, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A host that release 1 prepared, with gears of all kinds."""
    target = hosts.get("upgrade", prepared=False)
    folder = tmp_path_factory.mktemp("release") / "ansible_collections" / "geard" / "core"
    with tarfile.open(RELEASE) as archive:
        archive.extractall(folder, filter="data")
    old = with_collection(target, "release", folder)
    target.sh("mkdir -p /srv/upgrade; echo upgrade > /srv/upgrade/name")
    edits = [{**EDITED, "hostname": hostname} for hostname in ("one", "two")]
    tasks = (("gear_host", {}), *(("gear_container", options) for options in edits), *TASKS)
    for result in old.tasks(*(task(module, options) for module, options in tasks)):
        assert result["status"] == "ok", result
    return old


@pytest.fixture(scope="module")
def upgrade(release: Target, hosts: HostPool) -> Upgrade:
    """The same host after gear_host of this collection, during which a gear restarted again and again."""
    new = hosts.get("upgrade", prepared=False)
    assert "older than this collection" in new.fails("gear_container", **EDITED)
    before = starts(release)
    release.ok("gear_job", **LONG, wait=False)
    with restarting(new):
        done = converged(new.tasks(*convergence("gear_host", {})))
    assert [line for line in done["actions"] if line.startswith(f"host: install the library {LIBRARY}/")]
    return Upgrade(release, new, before)


@contextmanager
def restarting(target: Target) -> Iterator[None]:
    """A gear restarts all the time, and each of its starts must succeed."""
    target.host.write("/root/restart", RESTART)
    target.sh("rm -rf /run/upgrade; mkdir /run/upgrade; systemd-run --quiet --collect sh /root/restart")
    try:
        yield
    finally:
        target.sh("touch /run/upgrade/stop; until [ -e /run/upgrade/end ]; do sleep 0.1; done")
    outcomes = target.read("/run/upgrade/restarts").split()
    assert set(outcomes) == {"started"}, target.sh("journalctl --no-pager -n 50 -u ctr-up-loop")
    assert len(outcomes) > 3


def test_an_upgrade_restarts_nothing(upgrade: Upgrade) -> None:
    assert starts(upgrade.new) == upgrade.starts
    results = upgrade.new.tasks(*(task(module, options) for module, options in TASKS))
    assert [(result["status"], result["changed"]) for result in results] == [("ok", False)] * len(TASKS), results
    assert starts(upgrade.new) == upgrade.starts
    assert upgrade.new.sh("systemctl is-active ctr-up-stopped", check=False) == "inactive"


def test_a_job_that_ran_during_the_upgrade_has_its_result(upgrade: Upgrade) -> None:
    job = upgrade.new.ok("gear_job", **LONG)["jobs"][0]
    assert (job["rc"], job["stdout"]) == (0, "done")


def test_gears_with_units_of_release_1_restart(upgrade: Upgrade) -> None:
    units = [f"ctr-{name}" for name in RUNNING]
    upgrade.new.sh(["systemctl", "restart", *units])
    upgrade.new.sh(["systemctl", "stop", *units])
    upgrade.new.sh(["systemctl", "start", *units])
    assert set(upgrade.new.sh(["systemctl", "is-active", *units]).split()) == {"active"}
    linked = upgrade.new.ok("gear_info", names=["up-linked"])["gears"][0]
    assert linked["problems"] == []  # its link is in force
    upgrade.new.sh("! docker ps --all --quiet --filter status=exited | grep .")


def test_previous_and_every_kept_version_start(upgrade: Upgrade) -> None:
    def hostname_of(version: str) -> str:
        upgrade.new.ok("gear_container", name="up-edited", version=version)
        return upgrade.new.sh("docker inspect --format '{{.Config.Hostname}}' up-edited")

    assert hostname_of("previous") == "two"
    versions = upgrade.new.sh(f"ls {BASE}/units/up/up-edited").split()
    assert {hostname_of(version) for version in versions} == {"one", "two", "three"}


def test_gears_restart_while_the_library_is_switched(upgrade: Upgrade, tmp_path: Path) -> None:
    collection = tmp_path / "ansible_collections" / "geard" / "core"
    for name in ("plugins", "meta"):
        shutil.copytree(ROOT / name, collection / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (collection / "plugins/module_utils/_gear/runtime/program.py").open("a", encoding="utf-8") as file:
        file.write("# another library\n")
    other = with_collection(upgrade.new, "other", collection)
    with restarting(upgrade.new):
        for target in (other, upgrade.new, other):
            assert target.ok("gear_host")["changed"]
    assert "another library" in upgrade.new.read(f"{LIBRARY}/current/_gear/runtime/program.py")
    folders = set(upgrade.new.sh(f"cd {LIBRARY} && echo */").split())
    assert len(folders) == 3, folders  # the one in use, the link to it, and the one before
    assert "_gear/" not in folders
    assert upgrade.new.ok("gear_host")["changed"]
    assert not upgrade.new.ok("gear_host")["changed"]


REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gear_host", {}),
    ("gear_host", {"state": "absent"}),
    ("gear_info", {}),
    ("gear_link", {"name": "up-linked", "links": []}),
    ("gear_log", {"names": ["up-linked"]}),
    ("gear_repo_archive", {"name": "up-repo", "dest": "/root/archive.zip", "format": "zip"}),
    ("gear_sshd", {"state": "absent"}),
    *((module, {**options, "env": {"OTHER": "x"}} if "image" in options else options) for module, options in TASKS),
)


def test_a_tree_that_is_too_new_is_refused(upgrade: Upgrade) -> None:
    modules = (ROOT / "plugins" / "modules").glob("gear_*.py")
    assert {path.stem for path in modules if "def main(" in path.read_text()} == set(dict(REFUSED))
    record = json.loads(upgrade.new.read(RECORD))
    upgrade.new.host.write(RECORD, json.dumps({**record, "tree": record["tree"] + 1, "version": "99.0.0"}))
    try:
        before = snapshot.take(upgrade.new)
        for result in upgrade.new.tasks(*(task(module, options) for module, options in REFUSED)):
            assert result["status"] == "failed", result
            assert "this collection is too old for this host" in result["msg"]
            assert "use geard.core 99.0.0 or newer" in result["msg"]
        assert snapshot.differences(before, snapshot.take(upgrade.new)) == []
    finally:
        upgrade.new.host.write(RECORD, json.dumps(record))
        upgrade.new.ok("gear_host")
