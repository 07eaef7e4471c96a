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
  - Returns the output of gears, jobs and builds, and systemd's messages about them, as records, oldest first.
  - A gear, job or build that does not exist is no error. Its item says so, and has the records that are still in the
    journal.
  - The answer is limited to the newest 1 MiB of messages for each gear and about 8 MiB for a task. A message is cut
    after 65536 characters.
extends_documentation_fragment:
  - geard.core._attributes
  - geard.core._attributes.read_only
options:
  name:
    description:
      - Name of a gear, request id of a job, id of a build, or name of an image, which stands for its last build.
      - Exactly one of O(name) and O(names) is required.
    type: str
  names:
    description:
      - Several such names.
    type: list
    elements: str
  kind:
    description:
      - What the names stand for. V(any) is the gear of that name, or else a job or a build that the host knows. V(job)
        and V(build) also find records of those that the host has forgotten.
    type: str
    choices: [any, gear, job, build]
    default: any
  since:
    description:
      - Return only records of this time or later. The value is a number of seconds back from now, a time in ISO 8601
        such as V(2026-03-01T12:00:00Z), or a time as C(journalctl --since) accepts it, such as V(-1h), V(yesterday) or
        V(2026-03-01 12:00).
      - A time without an offset is local time of the host. RV(gears[].records[].time) of an earlier answer is valid
        here.
    type: str
  until:
    description:
      - Return only records of this time or earlier, in the same forms as O(since).
    type: str
  lines:
    description:
      - Number of records for each name, from V(0) to V(10000). The newest ones are returned.
    type: int
    default: 100
  follow:
    description:
      - Seconds to wait for new records, from V(0) to V(30). The task always takes that long. New records come after the
        existing ones, of which O(lines=0) returns none.
      - It cannot be used with O(until).
    type: int
    default: 0
seealso:
  - module: geard.core.gear_container
  - module: geard.core.gear_info
  - module: geard.core.gear_build
  - module: geard.core.gear_job
"""

EXAMPLES = r"""
- name: Read the last 20 records of a gear
  geard.core.gear_log:
    name: web
    lines: 20
  register: log

- name: Show them
  ansible.builtin.debug:
    msg: "{{ log.gears[0].records | map(attribute='message') }}"

- name: Read the last hour of two gears
  geard.core.gear_log:
    names: [web, api]
    since: -1h
    lines: 1000

- name: Read the next ten seconds of a gear
  geard.core.gear_log:
    name: web
    lines: 0
    follow: 10

- name: Read all output of a job, of which its result keeps only the beginning and the end
  geard.core.gear_log:
    name: migrate-42
    lines: 10000

- name: Fail if there were errors in the last ten minutes
  geard.core.gear_log:
    name: web
    since: 600
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
      description: What the name stands for, V(gear), V(job) or V(build).
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
      description: Why it does not exist. Empty when it does.
      type: str
      returned: always
    unit:
      description: Name of its unit, V(null) for an invalid name.
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
          description: When it was written, in ISO 8601 and UTC.
          type: str
          returned: always
          sample: "2026-03-01T12:00:00.123456Z"
        priority:
          description: Priority as in syslog, from 0 (emergency) to 7 (debug), V(null) without one. Output of gears has
            6.
          type: int
          returned: always
        identifier:
          description: Who wrote it. This is C(docker) for output of a gear, and C(systemd) for messages about its unit.
          type: str
          returned: always
        message:
          description: The text. Bytes that are not UTF-8 are shown as C(\\xHH).
          type: str
          returned: always
    lines:
      description: Number of records returned.
      type: int
      returned: always
    truncated:
      description: Whether matching records were left out.
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
