#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_log
short_description: Read the journal of gears, jobs and builds
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Returns what gears, jobs and builds wrote to their output and what systemd said of them, as structured records,
    oldest first.
  - A gear, job or build that does not exist is told as such and is no error. What the journal still has of it is
    returned nevertheless.
  - The answer is bounded. Of each gear at most 1 MiB of messages is returned, of all gears of a task together about 8
    MiB, newest first. A message is cut after 65536 characters.
extends_documentation_fragment:
  - geard.core._attributes
  - geard.core._attributes.read_only
options:
  name:
    description:
      - Name of a gear, request id of a job, id of a build, or name of an image for the last build of it.
      - Exactly one of O(name) and O(names) is required.
    type: str
  names:
    description:
      - Several of them.
    type: list
    elements: str
  kind:
    description:
      - What the names stand for. V(any) is the gear of that name, or else the job with that request id or the build
        that the host knows. With V(job) and V(build), those are found that the host does not know any more.
    type: str
    choices: [any, gear, job, build]
    default: any
  since:
    description:
      - Only records of this time or later. A number of seconds back from now, a time in ISO 8601 such as
        V(2026-03-01T12:00:00Z), or what C(journalctl --since) takes, such as V(-1h), V(yesterday) or V(2026-03-01
        12:00).
      - Times without an offset are local time of the host. The RV(gears[].records[].time) of an earlier answer can be
        given.
    type: str
  until:
    description:
      - Only records of this time or earlier, in the same forms as O(since).
    type: str
  lines:
    description:
      - Number of records of each gear, the newest ones. V(0) to V(10000).
    type: int
    default: 100
  follow:
    description:
      - Seconds to wait for new records, V(0) to V(30). They are returned after those that were there before. The task
        always takes that long.
      - With O(lines=0) only new records are returned. Not together with O(until).
    type: int
    default: 0
seealso:
  - module: geard.core.gear_container
  - module: geard.core.gear_info
  - module: geard.core.gear_build
  - module: geard.core.gear_job
"""

EXAMPLES = r"""
- name: The last 20 records of a gear
  geard.core.gear_log:
    name: web
    lines: 20
  register: log

- name: Show them
  ansible.builtin.debug:
    msg: "{{ log.gears[0].records | map(attribute='message') }}"

- name: What two gears wrote in the last hour
  geard.core.gear_log:
    names: [web, api]
    since: -1h
    lines: 1000

- name: What a gear writes in the next ten seconds
  geard.core.gear_log:
    name: web
    lines: 0
    follow: 10

- name: All of what a job wrote, beyond what its result has
  geard.core.gear_log:
    name: migrate-42
    lines: 10000

- name: Errors since the deployment began
  geard.core.gear_log:
    name: web
    since: "{{ deployment_begin }}"
  register: log
  failed_when: log.gears[0].records | selectattr("priority", "le", 3) | length > 0
"""

RETURN = r"""
actions:
  description: Always empty, as the module changes nothing.
  returned: always
  type: list
  elements: str
gears:
  description: One item for each name, in their order.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name as it was given.
      type: str
      returned: always
    kind:
      description: What it stands for, V(gear), V(job) or V(build).
      type: str
      returned: always
    exists:
      description: Whether the gear is installed on this host, or the result of the job or build is kept.
      type: bool
      returned: always
    changed:
      description: Always V(false).
      type: bool
      returned: always
    failed:
      description: Always V(false).
      type: bool
      returned: always
    msg:
      description: Why it does not exist, else empty.
      type: str
      returned: always
    unit:
      description: Name of its unit. V(null) for what cannot be such a name.
      type: str
      returned: always
      sample: ctr-web.service
    records:
      description: Records, oldest first.
      type: list
      elements: dict
      returned: always
      contains:
        time:
          description: When it was written. ISO 8601, UTC.
          type: str
          returned: always
          sample: "2026-03-01T12:00:00.123456Z"
        priority:
          description: Priority as in syslog, from 0 (emergency) to 7 (debug). Output of a gear has 6. V(null) for
            records without one.
          type: int
          returned: always
        identifier:
          description: Who wrote it, C(docker) for output of the gear and C(systemd) for what became of its unit.
          type: str
          returned: always
        message:
          description: The text. Bytes that are no UTF-8 are written as C(\\xHH).
          type: str
          returned: always
    lines:
      description: Number of records returned.
      type: int
      returned: always
    truncated:
      description: Whether there are more records that match, which were left out.
      type: bool
      returned: always
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.log import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def main() -> None:
    module = Module(
        argument_spec={
            "name": {"type": "str"},
            "names": {"type": "list", "elements": "str"},
            "kind": {"type": "str", "choices": ["any", "gear", "job", "build"], "default": "any"},
            "since": {"type": "str"},
            "until": {"type": "str"},
            "lines": {"type": "int", "default": 100},
            "follow": {"type": "int", "default": 0},
        },
        required_one_of=[("name", "names")],
        mutually_exclusive=[("name", "names")],
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
