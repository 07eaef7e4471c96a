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
  - Runs a container once, for a migration or a backup for example, and returns its status, its output and its times.
  - A job is a transient unit of systemd. It goes on when the task that started it is killed or loses its connection,
    and when the controller is rebooted. When it ends, nothing is left of it but its result, and its output in the
    journal.
  - A job with a O(request_id) is run once. The same task again, or any task with the same id, waits for it while it
    runs, and returns its result once it is done.
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
      - With a O(request_id), for as long as the host keeps the result. Without one, each run of a task is a new job.
options:
  jobs:
    description:
      - Many jobs in one task, all started at once. Options beside it are the defaults of its items.
      - Not together with O(request_id), which each item has of its own.
    type: list
    elements: dict
    suboptions: &job
      request_id:
        description:
          - Names the job. 1 to 128 letters, digits and C(_.:@=+/-). A number or a version in it, such as
            V(migrate-42), tells one run from the next. Left out, a new one is made up, and returned.
          - A job that is known by this id is joined, even if its options are others, which is warned of.
        type: str
      image:
        description:
          - Image to run. The job runs exactly the image that this name stands for now.
          - Left out, the job that O(request_id) names is joined. It is an error when the host does not know it.
        type: str
      pull:
        description:
          - Whether to pull the image when it is not on the host (V(missing), the default), always, or never.
        type: str
        choices: [missing, always, never]
      command:
        description:
          - Replaces the image's command. A list of words, taken as they are, or text that is split at blanks outside
            of quotes.
        type: raw
      entrypoint:
        description:
          - Replaces the image's entrypoint, in the same forms.
        type: raw
      env:
        description:
          - Variables. They reach the container in a file that only root can read, and which is removed when the job
            ends. Values are never shown. Where the job writes one, the result has C((hidden\)).
        type: dict
      env_name:
        description:
          - Environment of the host, as M(geard.core.gear_env) makes it, to use as well, such as that of the gear whose
            data is migrated. O(env) has precedence.
        type: str
      env_files:
        description:
          - Further files with variables on the host.
        type: list
        elements: path
      links:
        description:
          - Links to other hosts, in the forms that M(geard.core.gear_link) takes. They are in force before the job's
            first instruction. If one cannot be, the job fails without having run.
        type: list
        elements: raw
      networks:
        description:
          - The one Docker network of the job, if not Docker's default bridge.
        type: list
        elements: str
      binds:
        description:
          - Folders and files of the host, C(host:container) or C(host:container:ro).
        type: list
        elements: str
      tmpfs:
        description:
          - Folders in memory, C(container) or C(container:options).
        type: list
        elements: str
      user:
        description:
          - User in the container, V(user), V(user:group), V(uid) or V(uid:gid).
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
          - Further lines of C(/etc/hosts), each C(name:address).
        type: list
        elements: str
      slice:
        description:
          - Slice that bounds the job. Default V(container-small). It must exist on the host.
        type: str
      memory:
        description:
          - Memory limit, such as V(512m).
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
          - Seconds after which the job is stopped, and fails. Default V(0), which is never.
        type: int
      stop_timeout:
        description:
          - Seconds a job that is to stop has to end by itself. Default V(10).
        type: int
      read_only:
        description:
          - Whether the container's own files are read-only.
        type: bool
      privileged:
        description:
          - Whether the container may do everything the host may.
        type: bool
      cap_add:
        description:
          - Capabilities to add.
        type: list
        elements: str
      cap_drop:
        description:
          - Capabilities to drop.
        type: list
        elements: str
      security_opts:
        description:
          - Security options of Docker.
        type: list
        elements: str
      devices:
        description:
          - Devices of the host.
        type: list
        elements: str
      docker_args:
        description:
          - Further words for C(docker run), such as V(--volumes-from=web). A list of words, never a shell line.
        type: list
        elements: str
  <<: *job
  wait:
    description:
      - Whether to wait until the job has ended. The task then fails unless its status is 0.
      - With V(false) the task ends as soon as the job is started. A later task with the same O(request_id) has its
        result.
    type: bool
    default: true
notes:
  - Of each stream the first and the last 128 KiB are returned, and less with many jobs in one task, 8 MiB together.
    The journal has all of it, see M(geard.core.gear_log). Newlines at the end of a stream are left out.
  - Results are kept for a week unless O(geard.core.gear_host#module:keep_jobs) says otherwise. After that, the same
    O(request_id) runs again. What is due is removed when the next job is made.
  - A job that a reboot or a crash of the host interrupts fails, and is not run again. It may have done half of its
    work, and only people can tell whether it is safe to repeat.
  - With the C(async) of Ansible, the controller does not hold a connection while the job runs. A task that is given up
    does not stop the job. C(systemctl stop) of its unit does.
seealso:
  - module: geard.core.gear_log
  - module: geard.core.gear_info
  - module: geard.core.gear_container
"""

EXAMPLES = r"""
- name: Migrate the database, once for each release, with the variables of the gear web
  geard.core.gear_job:
    image: registry.example.com/shop/web:{{ release }}
    command: [bin/migrate, --yes]
    env_name: web
    links: ["5432:db1.example.com:4003"]
    request_id: migrate-{{ release }}
    timeout: 600

- name: Back up what a gear keeps
  geard.core.gear_job:
    image: registry.example.com/tools/backup:3
    command: tar -czf /backup/web.tar.gz -C /data .
    binds:
      - /var/lib/containers/data/we/web:/data:ro
      - /srv/backup:/backup
    env:
      PASSPHRASE: "{{ vault_passphrase }}"
    slice: container-batch

- name: Start a long job and go on
  geard.core.gear_job:
    image: registry.example.com/shop/report:1
    request_id: report-{{ month }}
    wait: false

- name: Wait for its result
  geard.core.gear_job:
    request_id: report-{{ month }}
  register: report

- name: Several at once
  geard.core.gear_job:
    image: registry.example.com/shop/thumbnails:1
    slice: container-batch
    jobs:
      - command: [render, cats]
        request_id: thumbnails-cats-7
      - command: [render, dogs]
        request_id: thumbnails-dogs-7
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each.
  returned: always
  type: list
  elements: str
  sample: ["job migrate-42: run registry.example.com/shop/web:42"]
jobs:
  description: One item for each job of the task, in its order. Of a single job, these are also keys of the result.
  returned: always
  type: list
  elements: dict
  contains:
    request_id:
      description: The id of the job, the one that was given or a new one.
      type: str
      returned: always
    changed:
      description: Whether this task started it.
      type: bool
      returned: always
    failed:
      description: Whether it did not do what it was to do.
      type: bool
      returned: always
    msg:
      description: What it is doing, or why it failed. The end of its output is in the task's own RV(msg).
      type: str
      returned: always
    state:
      description:
        - V(running), V(finished), V(timeout) for one that was stopped because it took too long, V(waiting) for one that
          has not begun, or V(lost) for one that was interrupted.
      type: str
      returned: always
    rc:
      description: Its exit status. V(null) while it runs, or when it could not be run; beside C(jobs) it is left out
        then. V(125) comes from Docker.
      type: int
      returned: always
    stdout:
      description: What it wrote to standard output. Bytes that are no UTF-8 are written as C(\\xHH).
      type: str
      returned: always
    stderr:
      description: What it wrote to standard error.
      type: str
      returned: always
    stdout_truncated:
      description: Whether something is left out of the middle.
      type: bool
      returned: always
    stderr_truncated:
      description: Whether something is left out of the middle.
      type: bool
      returned: always
    joined:
      description: Whether the job was there before this task.
      type: bool
      returned: always
    differs:
      description: Options by which the job that was joined is another one than the task asks for.
      type: list
      elements: str
      returned: always
    unit:
      description: Its unit.
      type: str
      returned: always
      sample: job-bWlncmF0ZS00Mg.service
    image:
      description: The image as the task that made the job named it.
      type: str
      returned: when the job exists
    image_id:
      description: Id of the image that it runs.
      type: str
      returned: when the job exists
    slice:
      description: Its slice.
      type: str
      returned: when the job exists
    created_at:
      description: When a task made it. ISO 8601, UTC, as all times.
      type: str
      returned: when the job exists
    started_at:
      description: When it began. V(null) until it has ended.
      type: str
      returned: when the job exists
    finished_at:
      description: When it ended. V(null) until then.
      type: str
      returned: when the job exists
    duration:
      description: Seconds between the two.
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
