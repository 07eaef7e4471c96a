# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run without change imports: no library that costs more than the run itself, ours from where it is compiled."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from lab import Lab
from support.ansible import ROOT
from support.hosts import Target, task

# What is imported is our own doing, whatever Python imports it.
pytestmark = pytest.mark.one_debian("bookworm")

FOLDER = "/root/budget"
PYTHON = f"{FOLDER}/python"
RECORD = f"{FOLDER}/imported.json"
RECORDER = f"""
import atexit, json, sys
def record():
    files = {{name: getattr(module, "__file__", None) for name, module in sorted(sys.modules.items())}}
    open("{RECORD}", "w").write(json.dumps(files))
atexit.register(record)
"""

OURS = "ansible_collections.geard.core.plugins.module_utils._gear."
INSTALLED = "/usr/local/lib/gear/"
HEAVY = {"docker", "iptc", "pystemd", "requests", "urllib3"}

IMAGE = "geard-test/busybox:1"
BUILT = "geard-test/budget:1"
GEARS = ("budget-a", "budget-b")
KEY = f"ssh-ed25519 {base64.b64encode(bytes([0, 0, 0, 11, *b'ssh-ed25519', 0, 0, 0, 32, *range(32)])).decode()}"
DEFINITION = {
    "image": IMAGE,
    "ports": ["8080"],
    "env": {"SOME": "value"},
    "links": ["8081:127.0.0.1:4000"],
    "volumes": ["/data"],
}


@dataclass(frozen=True)
class Case:
    """A task that changes nothing when it is repeated."""

    module: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.module}-{'-'.join(self.options)}"


CASES = (
    Case("gear_host"),
    Case("gear_build", {"tag": BUILT, "source": "/srv/budget", "builder_image": "geard-test/s2i:1", "env": {"A": "1"}}),
    Case("gear_container", {"gears": [{"name": name} for name in GEARS], **DEFINITION}),
    Case("gear_container", {"name": GEARS[0], "state": "started"}),
    Case("gear_container", {"name": "budget-none", "state": "absent"}),
    Case("gear_env", {"name": GEARS[0], "env": {"SOME": "value"}}),
    Case("gear_job", {"request_id": "budget", "image": IMAGE, "command": "true", "env": {"A": "1"}}),
    Case("gear_keys", {"keys": [KEY], "gears": list(GEARS)}),
    Case("gear_link", {"name": GEARS[0], "links": ["8081:127.0.0.1:4000"]}),
    Case("gear_info"),
    Case("gear_log", {"names": [*GEARS, "budget-none"]}),
    Case("gear_repo", {"name": GEARS[0], "default_branch": "main", "post_receive": "#!/bin/sh\n"}),
    Case("gear_repo_archive", {"name": GEARS[0], "dest": f"{FOLDER}/archive.zip", "format": "zip"}),
    Case("gear_sshd"),
)


@pytest.fixture(scope="module")
def recording(target: Target) -> Iterator[Target]:
    """A host whose Python records its imports, and two gears."""
    target.sh(f"mkdir -p {FOLDER} /srv/budget; echo budget > /srv/budget/name")
    target.host.write(f"{FOLDER}/sitecustomize.py", RECORDER)
    target.host.write(PYTHON, f'#!/bin/sh\nPYTHONPATH={FOLDER} exec /usr/bin/python3 "$@"\n', 0o755)
    gears = [{"name": name} for name in GEARS]
    target.ok("gear_container", gears=gears, **DEFINITION)
    target.ok("gear_build", tag=BUILT, source="/srv/budget", builder_image="geard-test/s2i:1", env={"A": "1"})
    target.ok("gear_job", request_id="budget", image=IMAGE, command="true", env={"A": "1"})
    target.ok("gear_keys", keys=[KEY], gears=list(GEARS))
    repository = target.ok("gear_repo", name=GEARS[0], post_receive="#!/bin/sh\n")
    git = f"git --git-dir={repository['path']} -c user.name=x -c user.email=x"
    commit = f"{git} update-ref refs/heads/main $({git} commit-tree -m x $({git} mktree < /dev/null))"
    target.sh(f"runuser -u {repository['login']} -- sh -c '{commit}'")
    target.ok("gear_repo_archive", name=GEARS[0], dest=f"{FOLDER}/archive.zip", format="zip")
    target.ok("gear_sshd")
    yield target
    target.ok("gear_repo", name=GEARS[0], state="absent")
    target.ok("gear_sshd", state="absent")
    target.ok("gear_container", gears=gears, state="absent", keep_data=False)
    target.sh(f"docker rmi {BUILT}; rm -rf {FOLDER} /srv/budget")


def imported(target: Target, case: Case) -> dict[str, str | None]:
    """Name and file of every module in the process of a task."""
    variables = {"ansible_python_interpreter": PYTHON}
    result = target.tasks(task(case.module, case.options, vars=variables))[0]
    assert result["status"] == "ok", result
    assert result["changed"] is False, result
    files: dict[str, str | None] = json.loads(target.read(RECORD))
    target.sh(["rm", RECORD])
    return files


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_run_without_change_is_lean(recording: Target, case: Case) -> None:
    files = imported(recording, case)
    assert HEAVY & set(files) == set()
    ours = {str(path).startswith(INSTALLED) for name, path in files.items() if name.startswith(OURS)}
    assert ours == {case.module != "gear_host"}, files  # gear_host mends the library, so it imports what was sent


@pytest.mark.one_debian("trixie")
def test_asking_the_registry_is_lean(recording: Target, lab: Lab) -> None:
    image = f"{lab.registry([recording.name])}/geard-test/{recording.name}-budget:1"
    recording.sh(f"docker tag {IMAGE} {image} && docker push -q {image}")
    case = Case("gear_container", {"name": GEARS[0], "image": image, "pull": "always", "env": {"SOME": "value"}})
    recording.ok("gear_container", **case.options)
    test_a_run_without_change_is_lean(recording, case)
    recording.ok("gear_container", name=GEARS[0], **DEFINITION)
    recording.sh(f"docker rmi {image}")


def test_every_module_is_in_the_table() -> None:
    """Every one that runs on hosts; others only document an action on the controller."""
    sources = (ROOT / "plugins" / "modules").glob("gear_*.py")
    modules = {path.stem for path in sources if "def main(" in path.read_text(encoding="utf-8")}
    assert modules == {case.module for case in CASES}
