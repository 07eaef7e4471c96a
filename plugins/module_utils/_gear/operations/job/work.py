# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making jobs, starting them and waiting for them.

Whoever finds a job on disk that has not begun starts it. Several tasks may do so at once: the claim (RunFolder.claim)
decides which process runs it, so it runs once.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import replace

from ...host.systemd import transient
from ...model.container.definition import Definition
from ...model.container.docker_command import Resolved
from ...model.env import environment
from ...model.errors import GearError, UnusableOption
from ...model.job.docker_command import job_words, network_words
from ...model.job.job import Job, as_json
from ...model.job.names import job_unit
from ...model.link import links
from ...model.runtime import PROGRAMS
from ...runtime.job import job as runtime_job
from ...store.job import jobs
from ...store.job.jobs import Stored
from ...store.layout import Layout
from ...store.lock import locked
from ...store.run.folder import ENV
from ..host_checks import check_host_has
from ..image.resolve import Image, resolve_image
from ..link.apply import check_names
from ..run.units import alive_jobs, unit_words
from ..run.wait import wait_for_results
from .plan import JobTask, Plan
from .request import Request

_GRACE = 30
"""Seconds beyond a container's own time to stop, after which systemd kills what is left."""


def carry_out(task: JobTask, plans: Sequence[Plan], wait: bool) -> list[Plan]:
    """Make and start jobs, or in check mode only look whether they could be made; raises GearError.

    Returns the plans with the jobs as they are at the end. A job that another task made meanwhile is joined.
    """
    plans = _prepared(task, plans)
    if task.check_mode:
        return plans
    _clean_up_lost(task.layout)
    if any(plan.starts for plan in plans):
        plans = _started(_made(task, plans))
    if wait:
        keys = [plan.request.key for plan in plans if not plan.failure]
        wait_for_results({key: jobs.folder(task.layout, key) for key in keys}, alive_jobs)
    return [replace(plan, stored=jobs.load(task.layout, plan.request.key)) for plan in plans]


def _prepared(task: JobTask, plans: Sequence[Plan]) -> list[Plan]:
    """The plans with the images of new jobs, each of which is resolved once, and pulled when asked."""
    images: dict[tuple[str, str], Image] = {}
    return [replace(plan, image=_prepare(task, plan.request, images)) if plan.makes else plan for plan in plans]


def _prepare(task: JobTask, request: Request, images: dict[tuple[str, str], Image]) -> Image | None:
    """The image of a new job; raises GearError when the host lacks anything the job needs. Nothing is written."""
    definition = request.definition
    if definition is None:
        return None
    check_host_has(definition, request.where)
    if request.env_name and not os.path.exists(task.layout.environment(request.env_name)):
        raise UnusableOption(
            request.option("env_name"),
            request.env_name,
            "there is no such environment on this host; create it with gear_env",
        )
    if any(link.leads_to_name for link in request.links):
        check_names(request.links, request.option("links"))
    key = (definition.image, request.pull)
    if key not in images:
        images[key] = resolve_image(*key, task.check_mode)
    return images[key]


def _clean_up_lost(layout: Layout) -> None:
    """Remove secrets and containers of jobs that a crash of the host interrupted; systemd did so for all others.

    What Docker does not remove now, the next task tries again.
    """
    begun = jobs.unfinished(layout)
    for key in sorted(begun - alive_jobs(begun)):
        with contextlib.suppress(GearError):
            runtime_job.end(layout, key)


def _made(task: JobTask, plans: Sequence[Plan]) -> list[Plan]:
    """Plan again under the lock, and write the jobs that do not exist yet."""
    images = {plan.request.key: plan.image for plan in plans}
    with locked(task.layout):
        jobs.collect(task.layout, task.record.keep_jobs, alive_jobs)
        planned = task.plan([plan.request for plan in plans])
        return [_make(task, replace(plan, image=images[plan.request.key])) for plan in planned]


def _make(task: JobTask, plan: Plan) -> Plan:
    if not plan.makes:
        return plan
    if plan.image and plan.request.definition:
        return replace(plan, stored=_write(task, plan.request, plan.request.definition, plan.image))
    failure = f"the record of job {plan.request.request_id} expired during the task; run the task again"
    return replace(plan, failure=failure)


def _write(task: JobTask, request: Request, definition: Definition, image: Image) -> Stored:
    layout, key = task.layout, request.key
    named = (layout.environment(request.env_name),) if request.env_name else ()
    definition = replace(definition, env_files=(*named, *definition.env_files))
    resolved = Resolved(
        image_id=image.image_id,
        cgroup_driver=task.record.cgroup_driver,
        selinux=task.record.selinux,
        env_path=f"{layout.job(key)}/{ENV}",
    )
    folders = [path for path in ("/usr", "/lib", "/lib64") if os.path.isdir(path)]
    job = Job(
        request_id=request.request_id,
        image=definition.image,
        image_id=image.image_id,
        slice=definition.slice,
        timeout=request.timeout,
        stop_timeout=definition.stop_timeout,
        created=time.time(),
        words=job_words(definition, resolved, key, bool(request.links)),
        env_paths=(*named, resolved.env_path),
        network=network_words(definition, resolved, key, folders) if request.links else (),
        options=request.digests(),
    )
    jobs.make(layout, key, as_json(job), environment.render(request.environment), links.render(request.links))
    return Stored(key, job)


def _started(plans: Sequence[Plan]) -> list[Plan]:
    """Start the units, and say of each job that could not be started why."""
    complaints = transient.start(
        {job_unit(plan.stored.key): _unit_words(plan.stored) for plan in plans if plan.starts and plan.stored}
    )

    def with_failure(plan: Plan) -> Plan:
        complaint = complaints.get(job_unit(plan.request.key))
        failure = f"cannot start job {plan.request.request_id}: {complaint}"
        return replace(plan, failure=failure) if complaint else plan

    return [with_failure(plan) for plan in plans]


def _unit_words(stored: Stored) -> list[str]:
    """Options and command of systemd-run(1)."""
    job = stored.job
    options = [f"--slice={job.slice}.slice", f"--description=Job {job.request_id} ({job.image})"]
    properties = {"TimeoutStopSec": str(job.stop_timeout + _GRACE)}
    return unit_words(f"{PROGRAMS}/gear-job", stored.key, properties, options, job.timeout)
