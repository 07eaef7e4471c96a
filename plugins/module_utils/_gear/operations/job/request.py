# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of gear_job as checked values, one request for each job. Nothing here looks at the host."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model.checks import number
from ...model.container.definition import Definition
from ...model.container.options import define
from ...model.env.environment import check_environment
from ...model.errors import Described, InvalidOption, UnusableOption
from ...model.job.job import MAX_JOBS
from ...model.job.names import job_container
from ...model.link.links import Link, parse_links, why_no_links
from ...model.names import check_name
from ...model.run.keys import check_request_id, encode, key_of

DEFINED = (
    *("image", "command", "entrypoint", "user", "workdir", "hostname", "networks", "extra_hosts", "env_files"),
    *("binds", "tmpfs", "read_only", "slice", "memory", "cpus", "pids", "privileged", "cap_add", "cap_drop"),
    *("security_opts", "devices", "docker_args", "stop_timeout"),
)
"""Options of a gear that a job has too, by which two jobs are compared."""

_NEEDS_IMAGE = (*DEFINED[1:], "env", "env_name", "links")


@dataclass(frozen=True)
class Request:
    """One job of a task.

    is_new says that the request id was made up just now. where is the place of the options, such as jobs[2], empty for
    a single job. definition is None when the task only asks for an earlier job, by its request id. env_name is the name
    of an environment of the host, or empty; timeout is in seconds, 0 for none.
    """

    request_id: str
    is_new: bool
    where: str
    definition: Definition | None
    env_name: str
    environment: dict[str, str]
    links: tuple[Link, ...]
    timeout: int
    pull: str

    @property
    def key(self) -> str:
        """The key that stands for the request id in names (model/run/keys.py)."""
        return key_of(self.request_id)

    @property
    def subject(self) -> str:
        """How action lines name the job. An id that was made up just now would mean nothing there."""
        return "job" if self.is_new else f"job {self.request_id}"

    def option(self, name: str) -> str:
        """An option as the user wrote it."""
        return f"{self.where}.{name}".lstrip(".")

    def digests(self) -> dict[str, str]:
        """A digest of each option, kept with the job to see later whether a task asks for another one.

        Of variables only the names count, since their values are secrets.
        """
        if self.definition is None:
            return {}
        given: dict[str, object] = {option: getattr(self.definition, option) for option in DEFINED}
        given.update(env=sorted(self.environment), env_name=self.env_name, links=sorted(map(str, self.links)))
        return {name: _digest(value) for name, value in given.items()}


def _digest(value: object) -> str:
    """The same for values as for the texts they stand for, which earlier releases had here."""
    plain = tuple(map(str, value)) if isinstance(value, tuple) else value
    return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


def read_requests(params: Mapping[str, Any]) -> list[Request]:
    """The requests of a task; raises InvalidOption."""
    if params.get("jobs") is None:
        return [read_request(params)]
    if not 1 <= len(params["jobs"]) <= MAX_JOBS:
        raise InvalidOption("jobs", Described(f"a list of {len(params['jobs'])}"), f"1 to {MAX_JOBS} jobs in one task")
    common = {key: value for key, value in params.items() if key not in ("jobs", "request_id")}
    requests: dict[str, Request] = {}
    for index, item in enumerate(params["jobs"]):
        given = {key: value for key, value in item.items() if value is not None}
        request = read_request({**common, **given}, f"jobs[{index}]")
        if request.request_id in requests:
            raise UnusableOption(
                request.option("request_id"), request.request_id, "another job of the list has this id"
            )
        requests[request.request_id] = request
    return list(requests.values())


def read_request(options: Mapping[str, Any], where: str = "") -> Request:
    """Check the options of one job; raises InvalidOption."""
    prefix = f"{where}." if where else ""
    given = options.get("request_id")
    request_id = encode(os.urandom(16)) if given is None else check_request_id(given, f"{prefix}request_id")
    definition = _definition(options, prefix, where, key_of(request_id))
    if definition is None and given is None:
        raise InvalidOption(f"{prefix}image", None, "an image, or the request_id of an earlier job")
    timeout, env_name = options.get("timeout"), options.get("env_name")
    return Request(
        request_id=request_id,
        is_new=given is None,
        where=where,
        definition=definition,
        env_name=check_name(env_name, f"{prefix}env_name") if env_name is not None else "",
        environment=check_environment(options.get("env") or {}, f"{prefix}env"),
        links=_links(options.get("links"), definition, prefix),
        timeout=0 if timeout is None else number(0, 31_536_000)(timeout, f"{prefix}timeout"),
        pull=options.get("pull") or "missing",
    )


def _definition(options: Mapping[str, Any], prefix: str, where: str, key: str) -> Definition | None:
    if options.get("image") is None:
        for option in _NEEDS_IMAGE:
            if options.get(option) is not None:
                because = "without image, the task only asks for an earlier job by its request_id; set image too"
                raise UnusableOption(prefix + option, None, because)
        return None
    definition = define(job_container(key), {option: options.get(option) for option in DEFINED}, where)
    if len(definition.networks) > 1:
        raise UnusableOption(f"{prefix}networks", ", ".join(definition.networks), "a job can be in one network only")
    return definition


def _links(links: Any, definition: Definition | None, prefix: str) -> tuple[Link, ...]:
    if not links or definition is None:
        return ()
    reason = why_no_links(definition.networks)
    if reason:
        raise UnusableOption(f"{prefix}links", str(links[0]), f"the job can have no links: it {reason}")
    return parse_links(links, f"{prefix}links")
