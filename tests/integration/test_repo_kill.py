# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of gear_repo before every single step: the same task converges, whatever git is still doing."""

from __future__ import annotations

import pytest
from support import on_host
from support.githost import githost
from support.hosts import Target

pytestmark = pytest.mark.one_debian("bookworm")

NAME, SOURCE, KEY = "rk-one", "/srv/rk/source", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICC" + "c" * 41
HOOK = "#!/bin/sh\nexit 0\n"


def test_a_repository_is_made_changed_and_removed(target: Target) -> None:
    with githost(target, {"name": "rk-next"}):
        target.ok("gear_container", name="rk-next", image="geard-test/busybox:1", ports=["8080"], state="present")
        target.ok("gear_keys", keys=[KEY], repositories=["rk-next"])
        target.sh(
            f"rm -rf {SOURCE}; git init -q {SOURCE} && cd {SOURCE} && git config user.email x && git config user.name x"
            " && seq 20000 > file && git add . && git commit -qm 1 && chmod -R a+rX /srv/rk"
        )
        git = f"/var/lib/containers/git/{NAME}"
        driver = on_host.install(target, "gear_repo", name=NAME, state="absent")
        cycle = [
            {"label": "clone", "options": {"name": NAME, "source": SOURCE, "post_receive": HOOK}},
            {"label": "change", "options": {"name": NAME, "default_branch": "x", "post_receive": f"{HOOK}#\n"}},
            {"label": "remove", "options": {"name": NAME, "state": "absent"}},
        ]
        answer = driver.run("kill_sweep", cycle=cycle, neighbour="rk-next")
        target.ok("gear_keys", keys=[KEY], state="absent")
        target.ok("gear_container", name="rk-next", state="absent")
        assert not target.exists(git)
    assert not answer["problems"], "\n".join(answer["problems"])
    steps: dict[str, list[str]] = answer["steps"]
    for label, found in steps.items():
        print(f"{label}: killed before each of {len(found)} steps", *found, sep="\n    ")
    assert {"run git", "wait for git", "run useradd", "wait for useradd"} <= set(steps["clone"])
    assert f"rename /var/lib/containers/git/.gear-tmp-{NAME}" in steps["clone"]
    assert "run userdel" in steps["remove"]
    assert len(steps["clone"]) >= 15
