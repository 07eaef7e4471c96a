# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making jobs and starting them. A job that is on disk is started by whoever finds that it has not begun; which of
several does, is the matter of the claim (store/job_files.py), so it runs once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from ...host.systemd import transient
from ...model.container.definition import Definition
from ...model.container.docker_command import Resolved
from ...model.env import environment
from ...model.job.docker_command import job_words, network_words
from ...model.job.job import Job, as_json
from ...model.job.names import job_unit
from ...model.runtime import PROGRAMS
from ...store.job import jobs
from ...store.job.jobs import Stored
from ...store.lock import locked
from ...store.run import run_files
from ..image.resolve import Image
from .request import Request
from .task import JobTask, Plan

_GRACE = 30
"""Seconds beyond a container's own time to stop, after which systemd kills what is left."""


def carry_out(task: JobTask, plans: Sequence[Plan]) -> list[Plan]:
    """Make and start jobs; those that somebody else made meanwhile are joined."""
    images = {plan.request.key: plan.image for plan in plans}
    with locked(task.layout):
        jobs.collect(task.layout, task.record.keep_jobs)
        plans = task.plan([plan.request for plan in plans])
        for plan in plans:
            plan.image = images[plan.request.key]
            if plan.makes and plan.image and plan.request.definition:
                plan.stored = _make(task, plan.request, plan.request.definition, plan.image)
            elif plan.makes:
                plan.failure = (
                    f"the record of job {plan.request.request_id} expired during the task; run the task again"
                )
    to_start = [plan.stored for plan in plans if plan.starts and plan.stored]
    complaints = transient.start({job_unit(stored.key): _unit_words(stored) for stored in to_start})
    for plan in plans:
        complaint = complaints.get(job_unit(plan.request.key))
        if complaint:
            plan.failure = f"cannot start job {plan.request.request_id}: {complaint}"
    return plans


def _make(task: JobTask, request: Request, definition: Definition, image: Image) -> Stored:
    from ...model.link import links

    layout, key = task.layout, request.key
    named = (layout.environment(request.env_name),) if request.env_name else ()
    definition = replace(definition, env_files=(*named, *definition.env_files))
    resolved = Resolved(
        image_id=image.image_id,
        cgroup_driver=task.record.cgroup_driver,
        selinux=task.record.selinux,
        env_path=f"{layout.job(key)}/{run_files.ENV}",
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


def _unit_words(stored: Stored) -> list[str]:
    """Options and command of systemd-run(1) for a job that is on disk.

    No limit on what it may log: its output is in the journal as a whole.
    """
    job, program = stored.job, f"{PROGRAMS}/gear-job"
    properties = {
        "Type": "exec", "KillMode": "mixed", "TimeoutStopSec": str(job.stop_timeout + _GRACE),
        "Requires": "docker.service", "After": "docker.service", "ExecStopPost": f"{program} end {stored.key}",
        "StandardOutput": "journal", "StandardError": "journal", "SyslogIdentifier": "docker",
        "SyslogLevelPrefix": "no", **transient.WHOLE_LOG,
    }  # fmt: skip
    if job.timeout:
        properties["RuntimeMaxSec"] = str(job.timeout)
    words = [f"--property={name}={value}" for name, value in properties.items()]
    description = f"--description=Job {job.request_id} ({job.image})"
    return [f"--slice={job.slice}.slice", description, *words, "--", program, "run", stored.key]
