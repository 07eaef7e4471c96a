#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_job
short_description: Run an image once
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Runs a container once, for a migration or a backup for example, and returns its exit status, its output and its
    times.
  - A job is a transient unit of systemd. It continues when the task that started it is killed or loses its connection,
    and when the controller reboots. When it ends, only its result and its output in the journal remain.
  - A job with a O(request_id) runs once. The same task again, or any task with the same id, waits while it runs, and
    returns its result when it has ended.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With a O(request_id), for as long as the host keeps the result. Without one, each run of the task is a new job.
options:
  jobs:
    description:
      - Several jobs in one task, all started at once. Options beside O(jobs) are defaults of the items.
      - Each item has a O(request_id) of its own.
    type: list
    elements: dict
    suboptions: &job
      request_id:
        description:
          - Name of the job, 1 to 128 letters, digits and C(_.:@=+/-). A version in it, such as V(migrate-42), tells one
            run from the next. Without it the module makes one up and returns it.
          - If the host knows a job of this id, the task joins it. It warns if that job has other options.
        type: str
      image:
        description:
          - Image to run. The job runs the image that this name stands for when the task makes the job.
          - Without an image the task joins the job of O(request_id), and fails if the host does not know it.
        type: str
      pull:
        description:
          - When to pull the image. V(missing), the default, pulls it unless the host has it.
        type: str
        choices: [missing, always, never]
      command:
        description:
          - Command instead of the image's. A list of words, used as they are, or text that is split at blanks outside
            of quotes.
        type: raw
      entrypoint:
        description:
          - Entrypoint instead of the image's, in the same forms as O(command).
        type: raw
      env:
        description:
          - Variables of the job. They lie in a file that only root can read, until the job ends. Values are never
            shown. Where the job writes one, the result has C((hidden\)).
        type: dict
      env_name:
        description:
          - Name of an environment of the host to use as well, such as that of the gear whose data is migrated.
            M(geard.core.gear_env) makes environments. O(env) has precedence.
        type: str
      env_files:
        description:
          - Further files of the host with variables, in Docker's format.
        type: list
        elements: path
      links:
        description:
          - Links to other hosts, in the forms that M(geard.core.gear_link) takes. They work before the command starts.
            If a link cannot be set up, the job fails without running.
        type: list
        elements: raw
      networks:
        description:
          - A list of one Docker network for the job, instead of Docker's default bridge.
        type: list
        elements: str
      binds:
        description:
          - Files and folders of the host, C(host:container) or C(host:container:options), as in
            M(geard.core.gear_container).
        type: list
        elements: str
      tmpfs:
        description:
          - Folders in memory, C(container) or C(container:options), such as C(/tmp:size=64m).
        type: list
        elements: str
      user:
        description:
          - User, and optionally group, in the container, by name or number, such as V(app:app) or V(1000).
        type: str
      workdir:
        description:
          - Working directory in the container.
        type: str
      hostname:
        description:
          - Host name in the container.
        type: str
      extra_hosts:
        description:
          - Further entries of C(/etc/hosts), C(name:address).
        type: list
        elements: str
      slice:
        description:
          - Slice that limits the job. It must exist on the host. Default V(container-small).
        type: str
      memory:
        description:
          - Memory limit, such as V(512m), at least V(6m).
        type: str
      cpus:
        description:
          - Number of processors the job may use, such as V(0.5).
        type: str
      pids:
        description:
          - Number of processes and threads the job may have.
        type: int
      timeout:
        description:
          - Seconds after which the job is stopped and fails. Default V(0), no limit.
        type: int
      stop_timeout:
        description:
          - Seconds that a job gets to end by itself when it is stopped, before it is killed. Default V(10).
        type: int
      read_only:
        description:
          - Mount the container's root read-only. Default V(false).
        type: bool
      privileged:
        description:
          - Give the container all privileges of the host. Default V(false).
        type: bool
      cap_add:
        description:
          - Capabilities to add, such as V(NET_ADMIN).
        type: list
        elements: str
      cap_drop:
        description:
          - Capabilities to drop, V(ALL) for all.
        type: list
        elements: str
      security_opts:
        description:
          - Docker's security options, such as V(no-new-privileges).
        type: list
        elements: str
      devices:
        description:
          - Devices of the host, C(host), C(host:container) or C(host:container:permissions).
        type: list
        elements: str
      docker_args:
        description:
          - Further words for C(docker run), each one argument, such as V(--volumes-from=web).
        type: list
        elements: str
  <<: *job
  wait:
    description:
      - Wait until the job has ended, and fail unless its exit status is 0.
      - With V(false) the task ends when the job has started. A later task with the same O(request_id) returns its
        result.
    type: bool
    default: true
notes:
  - The result has the first and the last 128 KiB of each stream, and less when many jobs of a task wrote more than
    8 MiB together. The journal has all of it, see M(geard.core.gear_log). Newlines at the end of a stream are removed.
  - Results are kept for a week, or as long as O(geard.core.gear_host#module:keep_jobs) says. After that, the same
    O(request_id) runs again. Expired results are removed when the next job is made.
  - A job that a reboot or a crash of the host interrupts fails, and does not run again. It may have done half of its
    work, so a person has to decide whether to repeat it with another O(request_id).
  - With Ansible's C(async) the controller holds no connection while the job runs. Giving up on the task does not stop
    the job. C(systemctl stop) of its unit does.
seealso:
  - module: geard.core.gear_log
  - module: geard.core.gear_info
  - module: geard.core.gear_container
"""

EXAMPLES = r"""
- name: Migrate the database once for each release, with the variables of the gear web
  geard.core.gear_job:
    image: registry.example.com/shop/web:{{ release }}
    command: [bin/migrate, --yes]
    env_name: web
    links: ["5432:db1.example.com:4003"]
    request_id: migrate-{{ release }}
    timeout: 600

- name: Back up the volumes of the gear web to a folder that exists
  geard.core.gear_job:
    image: registry.example.com/tools/backup:3
    command: tar -czf /backup/web.tar.gz -C /data .
    binds:
      - /var/lib/containers/data/we/web:/data:ro
      - /srv/backup:/backup
    env:
      PASSPHRASE: "{{ vault_passphrase }}"
    slice: container-large
    timeout: 3600

- name: Start a long job, and continue
  geard.core.gear_job:
    image: registry.example.com/shop/report:1
    request_id: report-{{ month }}
    timeout: 7200
    wait: false

- name: Wait for its result
  geard.core.gear_job:
    request_id: report-{{ month }}
  register: report

- name: Run two at once
  geard.core.gear_job:
    image: registry.example.com/shop/thumbnails:1
    slice: container-large
    timeout: 600
    jobs:
      - command: [render, cats]
        request_id: thumbnails-cats-7
      - command: [render, dogs]
        request_id: thumbnails-dogs-7
"""

RETURN = r"""
actions:
  description: What the task did, or would do in check mode, one line each.
  returned: always
  type: list
  elements: str
  sample: ["job migrate-42: run registry.example.com/shop/web:42"]
jobs:
  description: One item for each job of the task, in the same order. For a single job these are also keys of the result.
  returned: always
  type: list
  elements: dict
  contains:
    request_id:
      description: The id of the job, as given or made up.
      type: str
      returned: always
    changed:
      description: Whether this task started it.
      type: bool
      returned: always
    failed:
      description: Whether the job failed, or could not be started.
      type: bool
      returned: always
    msg:
      description: What it is doing, or why it failed. The end of its output is in the task's own C(msg).
      type: str
      returned: always
    state:
      description:
        - V(waiting) before it begins, V(running), V(finished), V(timeout) after it was stopped for its O(timeout), or
          V(lost) after the host crashed or rebooted.
      type: str
      returned: always
    rc:
      description: The exit status. V(null) while the job runs, and when it could not run; the result of a single job
        has no C(rc) then. V(125) comes from Docker.
      type: int
      returned: always
    stdout:
      description: The standard output. Bytes that are not UTF-8 are written as C(\\xHH).
      type: str
      returned: always
    stderr:
      description: The standard error, in the same form.
      type: str
      returned: always
    stdout_truncated:
      description: Whether the middle of the stream is left out.
      type: bool
      returned: always
    stderr_truncated:
      description: Whether the middle of the stream is left out.
      type: bool
      returned: always
    joined:
      description: Whether the job was there before this task.
      type: bool
      returned: always
    differs:
      description: Options in which the job that was joined differs from the task.
      type: list
      elements: str
      returned: always
    unit:
      description: The unit of the job.
      type: str
      returned: always
      sample: job-bWlncmF0ZS00Mg.service
    image:
      description: The image, as named by the task that made the job.
      type: str
      returned: when the job exists
    image_id:
      description: Id of the image.
      type: str
      returned: when the job exists
    slice:
      description: The slice of the job.
      type: str
      returned: when the job exists
    created_at:
      description: When a task made the job, in ISO 8601 and UTC as all times.
      type: str
      returned: when the job exists
    started_at:
      description: When the job began. V(null) until it has ended.
      type: str
      returned: when the job exists
    finished_at:
      description: When the job ended. V(null) until then.
      type: str
      returned: when the job exists
    duration:
      description: Seconds from C(started_at) to C(finished_at).
      type: float
      returned: when the job exists
"""

from ansible_collections.geard.core.plugins.module_utils._gear.arguments import CONTAINER
from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.job import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

OPTIONS = {
    **CONTAINER,
    "request_id": {"type": "str"},
    "timeout": {"type": "int"},
}


def main() -> None:
    module = Module(
        argument_spec={
            "jobs": {"type": "list", "elements": "dict", "options": OPTIONS},
            "wait": {"type": "bool", "default": True},
            **OPTIONS,
        },
        mutually_exclusive=[("jobs", "request_id")],
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
