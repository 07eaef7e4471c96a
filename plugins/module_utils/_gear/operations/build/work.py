# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making builds, starting them and waiting for them.

One build of a tag runs at a time. A task that wants the same build joins it, any other task is refused.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace

from ...host import process
from ...host.docker import objects
from ...host.systemd import transient
from ...model.build.build import Build
from ...model.build.names import build_unit
from ...model.container.docker_command import cgroup_parent
from ...model.errors import Conflict, OperationFailed
from ...model.run.keys import key_of
from ...model.runtime import PROGRAMS
from ...store.build import builds
from ...store.build.builds import StoredBuild
from ...store.files import make_folder
from ...store.image import pushes
from ...store.layout import Layout
from ...store.lock import held, locked
from ...store.run.folder import RESULT, STARTED
from ..host_checks import check_network_exists, check_slice_exists
from ..run.units import alive_builds, unit_words
from ..run.wait import wait_for_results
from .plan import BuildTask, Plan
from .request import Request

_TIME_TO_END = 900
"""Seconds for what follows a build: its clean-up, and the message to the callback URL."""


def carry_out(task: BuildTask, plan: Plan, wait: bool) -> Plan:
    """Join a build, or make one and start it; in check mode only look whether it could be made. Raises GearError.

    Returns the plan with the build as it is at the end.
    """
    _check_host(task.request)
    if task.check_mode:
        return plan
    layout = task.layout
    _clean_up_lost(layout)
    pushes.forget(layout, _tags)
    plan, stored = _joined_or_made(task, plan)
    complaints = transient.start({build_unit(stored.key): _unit_words(layout, stored)})
    for complaint in complaints.values():
        raise OperationFailed(f"cannot start build {stored.build.build_id}: {complaint}")
    if wait:
        wait_for_results({stored.key: builds.folder(layout, stored.key)}, alive_builds)
    return replace(plan, stored=builds.load(layout, stored.key))


def _check_host(request: Request) -> None:
    """Raise InvalidOption unless the slice and the network exist."""
    check_slice_exists(request.spec.slice, "slice")
    if request.spec.network:
        check_network_exists(request.spec.network, "network")


def _clean_up_lost(layout: Layout) -> None:
    """Remove what is left of builds that a crash of the host interrupted; systemd did so for all others.

    This may take long, so it holds a lock of its own: only tasks that would clean up the same build wait for it.
    """
    begun = [item.key for item in builds.unfinished(layout) if item.has_begun]
    for key in sorted(set(begun) - alive_builds(begun)):
        folder = builds.folder(layout, key)
        with held(f"{folder.path}/{STARTED}", _TIME_TO_END, f"the leftovers of build {key}"):
            if not folder.has(RESULT):
                process.run_checked([f"{PROGRAMS}/gear-build", "end", key], "clean up after a build", _TIME_TO_END)


def _tags() -> Iterator[str]:
    """All names of images on this host."""
    return (str(tag) for image in objects.images() for tag in image.get("RepoTags") or ())


def _joined_or_made(task: BuildTask, plan: Plan) -> tuple[Plan, StoredBuild]:
    """The build to start, under the lock: the same one that another task made, or a new one."""
    layout, tag = task.layout, plan.request.spec.tag
    with locked(layout):
        unfinished = builds.unfinished(layout)
        alive = alive_builds(item.key for item in unfinished)
        builds.collect(layout, task.record.keep_jobs, alive_builds)
        found = [
            item for item in unfinished if item.build.spec.tag == tag and (item.key in alive or not item.has_begun)
        ]
        same = next((item for item in found if _is_same(plan, item.build)), None)
        for item in found:
            if item is not same:
                _forget(layout, item, item.key in alive)
        return (replace(plan, joined=True), same) if same else (plan, _make(task, plan))


def _forget(layout: Layout, item: StoredBuild, is_alive: bool) -> None:
    """Remove a build that a killed task made and that never began; raises Conflict for one that runs."""
    if is_alive:
        raise Conflict(
            f"build {item.build.build_id} of {item.build.spec.tag} is still running, with other options or another "
            f"source; wait for it, or run 'systemctl stop {build_unit(item.key)}'"
        )
    builds.forget(layout, item.key)


def _is_same(plan: Plan, build: Build) -> bool:
    """Whether a build makes the image that is asked for, pushes it if need be, and tells the same callback URL.

    The images a Dockerfile begins with do not count: one of the two may not have known them yet.
    """
    asked, other = plan.recipe, build.recipe
    return (
        (asked.strategy, asked.source, asked.options) == (other.strategy, other.source, other.options)
        and (asked.strategy != "s2i" or asked.images == other.images)
        and plan.request.spec.callback_url == build.spec.callback_url
        and build.pushes >= plan.pushes
    )


def _make(task: BuildTask, plan: Plan) -> StoredBuild:
    layout, spec, now = task.layout, plan.request.spec, time.time()
    build_id = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{os.urandom(4).hex()}"
    build = Build(
        build_id=build_id,
        spec=spec,
        recipe=plan.recipe,
        created=now,
        cgroup_parent=cgroup_parent(spec.slice, task.record.cgroup_driver),
        builds=plan.builds,
        pushes=plan.pushes,
        builder_id=plan.images[spec.builder].image_id if spec.builder else "",
        runtime_id=plan.images[spec.runtime].image_id if spec.runtime else "",
        previous=plan.previous,
    )
    if build.pushes:
        make_folder(layout.pushed, pushes.FOLDER_MODE)
    return builds.make(layout, key_of(build_id), build, plan.request.secrets)


def _unit_words(layout: Layout, stored: StoredBuild) -> list[str]:
    """Options and command of systemd-run(1).

    The program reads what strangers wrote, so it may write to the build's own folder only, and where pushes are
    recorded if it pushes.
    """
    build, folder = stored.build, layout.build(stored.key)
    properties = {
        "TimeoutStopSec": str(_TIME_TO_END), "ProtectSystem": "strict", "ProtectHome": "read-only",
        "ReadWritePaths": f"{folder} {layout.pushed}" if build.pushes else folder, "PrivateDevices": "yes",
        "NoNewPrivileges": "yes", "RestrictSUIDSGID": "yes", "UMask": "0022", "LimitCORE": "0",
    }  # fmt: skip
    options = [
        f"--slice={build.spec.slice}.slice",
        f"--description=Build {build.build_id} of {build.spec.tag}",
        *("--setenv=HOME=/root", f"--setenv=TMPDIR={folder}/work"),
    ]
    return unit_words(f"{PROGRAMS}/gear-build", stored.key, properties, options, build.spec.timeout)
