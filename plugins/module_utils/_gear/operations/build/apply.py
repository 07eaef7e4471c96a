# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking for a build and starting it. One of a tag runs at a time: the same one is joined, another one is refused."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from ...host import process
from ...host.docker import objects
from ...host.systemd import transient
from ...model.build.build import Build, as_json
from ...model.container.docker_command import cgroup_parent
from ...model.errors import Conflict, OperationFailed
from ...model.job.names import build_unit, job_key
from ...model.runtime import PROGRAMS
from ...store.build import builds
from ...store.build import listing as build_list
from ...store.build.builds import StoredBuild
from ...store.build.files import SECRETS
from ...store.files import make_folder
from ...store.image import pushes
from ...store.layout import Layout
from ...store.lock import held, locked
from ...store.run import run_files, runs
from .task import BuildTask, Plan

_TIME_TO_END = 900
"""Seconds for what is done after a build: what is left is removed, and the callback is told."""


def carry_out(task: BuildTask, plan: Plan) -> None:
    """Join a build of the same, or ask for one, and start it; raises GearError."""
    layout = task.layout
    _clean_up_after_crash(layout)
    pushes.forget(layout, _tags)
    with locked(layout):
        unfinished = builds.unfinished(layout)
        alive = build_list.alive(item.key for item in unfinished)
        runs.collect(layout.builds, task.record.keep_jobs, build_list.alive)
        for item in unfinished:
            if item.build.tag == plan.request.tag and (item.key in alive or not item.has_begun):
                _join(layout, plan, item, item.key in alive)
        if plan.stored is None:
            plan.stored = _make(task, plan)
    complaints = transient.start({build_unit(plan.stored.key): _unit_words(layout, plan.stored)})
    for complaint in complaints.values():
        raise OperationFailed(f"cannot start build {plan.stored.build.build_id}: {complaint}")


def _join(layout: Layout, plan: Plan, item: StoredBuild, runs_now: bool) -> None:
    """Take up a build that another task asked for; one that never began and was another one is forgotten."""
    if _is_same(plan, item.build) and item.build.pushes >= plan.pushes:
        plan.stored, plan.joined = item, True
    elif runs_now:
        raise Conflict(
            f"build {item.build.build_id} of {item.build.tag} is still running, with other options or another source; "
            f"wait for it, or run 'systemctl stop {build_unit(item.key)}'"
        )
    else:
        runs.remove(layout.builds, item.key)


def _is_same(plan: Plan, build: Build) -> bool:
    """Whether a build makes what is asked for, and tells the same place of it.

    Which images a Dockerfile begins with may have been unknown to one of the two.
    """
    asked, other = plan.recipe, build.recipe
    return (
        (asked.strategy, asked.source, asked.options) == (other.strategy, other.source, other.options)
        and (asked.strategy != "s2i" or asked.images == other.images)
        and plan.request.callback_url == build.callback_url
    )


def _clean_up_after_crash(layout: Layout) -> None:
    """Remove what is left of builds that the host broke off by losing power; systemd did so for all others.

    It may take long, so nobody who wants the store waits for it, only those who want to do the same.
    """
    begun = [item.key for item in builds.unfinished(layout) if item.has_begun]
    for key in sorted(set(begun) - build_list.alive(begun)):
        folder = layout.build(key)
        with held(f"{folder}/{run_files.STARTED}", _TIME_TO_END, f"the leftovers of build {key}"):
            if not run_files.has(folder, run_files.RESULT):
                process.run_checked([f"{PROGRAMS}/gear-build", "end", key], "clean up after a build", _TIME_TO_END)


def _make(task: BuildTask, plan: Plan) -> StoredBuild:
    request, layout = plan.request, task.layout
    now = time.time()
    build_id = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{os.urandom(4).hex()}"
    build = Build(
        build_id=build_id,
        tag=request.tag,
        source=request.source,
        recipe=plan.recipe,
        created=now,
        slice=request.slice,
        cgroup_parent=cgroup_parent(request.slice, task.record.cgroup_driver),
        timeout=request.timeout,
        builds=plan.builds,
        pushes=plan.pushes,
        builder=request.builder,
        builder_id=_id(plan, request.builder),
        runtime=request.runtime,
        runtime_id=_id(plan, request.runtime),
        previous=plan.previous,
        incremental=request.incremental,
        clean=request.clean,
        pull=request.pull,
        labels=request.labels,
        scripts_url=request.options.get("scripts_url", ""),
        runtime_artifacts=tuple(request.options.get("runtime_artifacts", ())),
        dockerfile=request.dockerfile,
        target=request.options.get("target", ""),
        network=request.network,
        extra_hosts=request.extra_hosts,
        memory=request.memory,
        cpus=request.cpus,
        pids=request.pids,
        callback_url=request.callback_url,
    )
    key = job_key(build_id)
    if build.pushes:
        make_folder(layout.pushed, pushes.FOLDER_MODE)
    runs.make(layout.builds, key, {SECRETS: as_json(request.secrets), run_files.JOB: as_json(build)})
    return StoredBuild(key, build)


def _tags() -> Iterator[str]:
    """All names of images on this host."""
    return (str(tag) for image in objects.images() for tag in image.get("RepoTags") or ())


def _id(plan: Plan, name: str) -> str:
    return plan.images[name].image_id if name else ""


def _unit_words(layout: Layout, stored: StoredBuild) -> list[str]:
    """Options and command of systemd-run(1) for a build that is on disk.

    The program may write to the build's own folder and nowhere else, since what it reads is nobody's friend; one that
    pushes, also where that is recorded. No limit on what it may log: its output is in the journal as a whole.
    """
    build, program = stored.build, f"{PROGRAMS}/gear-build"
    folder = layout.build(stored.key)
    writes = f"{folder} {layout.pushed}" if build.pushes else folder
    properties = {
        "Type": "exec", "KillMode": "mixed", "TimeoutStopSec": str(_TIME_TO_END),
        "Requires": "docker.service", "After": "docker.service", "ExecStopPost": f"{program} end {stored.key}",
        "StandardOutput": "journal", "StandardError": "journal", "SyslogIdentifier": "docker",
        "SyslogLevelPrefix": "no", **transient.WHOLE_LOG,
        "ProtectSystem": "strict", "ProtectHome": "read-only", "ReadWritePaths": writes, "PrivateDevices": "yes",
        "NoNewPrivileges": "yes", "RestrictSUIDSGID": "yes", "UMask": "0022", "LimitCORE": "0",
    }  # fmt: skip
    if build.timeout:
        properties["RuntimeMaxSec"] = str(build.timeout)
    words = [f"--property={name}={value}" for name, value in properties.items()]
    words += ["--setenv=HOME=/root", f"--setenv=TMPDIR={folder}/work"]
    description = f"--description=Build {build.build_id} of {build.tag}"
    return [f"--slice={build.slice}.slice", description, *words, "--", program, "run", stored.key]
