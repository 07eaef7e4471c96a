#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_info
short_description: Tell what is on a host
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Tells which gears a prepared host has, how they run, their ports, links and environments, the keys that open
    them, the repositories and their branches, the images on the host, the builds and jobs that run and those whose
    results are kept, and what room is left.
  - It reads files, asks systemd once and Docker twice, whatever the number of gears, and changes nothing. When Docker
    does not answer, what is known without it is still told, see RV(problems).
  - Values of variables are never returned, only their names.
extends_documentation_fragment:
  - geard.core._attributes
  - geard.core._attributes.read_only
options:
  names:
    description:
      - Names of gears to tell about. Left out, all of the host. Those that do not exist are told as such, and are no
        error.
      - Of ports and links, those of these gears are returned. Of environments, those of these names and those that
        these gears use. Of keys, those that open these gears. Of repositories, those of these names. Of images, those
        that these gears run. Of jobs, those
        with such a request id. Capacity and host
        do not depend on it.
    type: list
    elements: str
  gather:
    description:
      - What to tell. Each entry is a key of the result.
    type: list
    elements: str
    choices: [gears, ports, links, environments, keys, repositories, images, builds, jobs, capacity, host]
    default: [gears, ports, links, environments, keys, repositories, images, builds, jobs, capacity, host]
seealso:
  - module: geard.core.gear_container
  - module: geard.core.gear_log
  - module: geard.core.gear_job
"""

EXAMPLES = r"""
- name: Everything
  geard.core.gear_info:
  register: info

- name: Two gears
  geard.core.gear_info:
    names: [web, api]
    gather: [gears]
  register: shop

- name: Stop unless both run what was last installed
  ansible.builtin.assert:
    that:
      - shop.missing == []
      - shop.gears | rejectattr("active_state", "eq", "active") | length == 0
      - shop.gears | selectattr("needs_restart") | length == 0

- name: Restart what was changed while it ran
  geard.core.gear_container:
    name: "{{ item }}"
    state: restarted
  loop: "{{ info.gears | selectattr('needs_restart') | map(attribute='name') }}"

- name: Show what is not as it should be
  ansible.builtin.debug:
    msg: "{{ info.problems + (info.gears | map(attribute='problems') | flatten) }}"

- name: What room is left
  geard.core.gear_info:
    gather: [capacity]
  register: room

- name: Show how many ports are free
  ansible.builtin.debug:
    msg: "{{ room.capacity.ports.free }} ports and {{ room.capacity.memory_available // 1048576 }} MiB"
"""

RETURN = r"""
actions:
  description: Always empty, as the module changes nothing.
  returned: always
  type: list
  elements: str
missing:
  description: Those of O(names) that are no gear of this host, nor, when O(gather) has V(repositories), a repository.
  returned: always
  type: list
  elements: str
problems:
  description: What is wrong with the host itself, one line each, such as Docker not answering.
  returned: always
  type: list
  elements: str
gears:
  description: Gears of the host, or those of O(names) in their order.
  returned: when O(gather) has V(gears)
  type: list
  elements: dict
  contains:
    name:
      description: Name of the gear.
      type: str
      returned: always
    exists:
      description: Whether it is installed on this host.
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
      description: Its problems in one line, or why it does not exist. Empty when all is well.
      type: str
      returned: always
    unit:
      description: Name of its unit.
      type: str
      returned: when the gear exists
      sample: ctr-web.service
    image:
      description: The image as the task that installed it named it.
      type: str
      returned: when the gear exists
    image_id:
      description: Id of the image that the unit runs.
      type: str
      returned: when the gear exists
    version:
      description: Version of the definition that is installed.
      type: str
      returned: when the gear exists
      sample: 1d2c31a0ffd7e1a6
    versions:
      description: All versions kept, the one installed last first.
      type: list
      elements: str
      returned: when the gear exists
    active_state:
      description: State of the unit.
      type: str
      returned: when the gear exists
      sample: active
    sub_state:
      description: More exact state of the unit.
      type: str
      returned: when the gear exists
      sample: running
    start_on_boot:
      description: Whether the gear starts at boot.
      type: bool
      returned: when the gear exists
    since:
      description: When it last became active, or for one that is not, when it came into its present state. ISO 8601,
        UTC.
      type: str
      returned: when the gear exists
      sample: "2026-03-01T12:00:00Z"
    restarts:
      description: How often systemd restarted it by itself since it was last started.
      type: int
      returned: when the gear exists
    main_pid:
      description: Process of the unit, which is the Docker client that is attached to the container.
      type: int
      returned: when the gear exists
    container_id:
      description: Id of the running container.
      type: str
      returned: when the gear exists
    health:
      description: Result of Docker's health check, V(healthy), V(unhealthy) or V(starting). V(null) without one.
      type: str
      returned: when the gear exists
    memory:
      description: Bytes of memory the container holds, page cache included. V(null) when it does not run, or the
        kernel does not count memory.
      type: int
      returned: when the gear exists
    ports:
      description: Ports, dictionaries of C(internal), C(external), C(address) and C(protocol).
      type: list
      elements: dict
      returned: when the gear exists
    links:
      description: Links, dictionaries of C(from_host), C(from_port), C(to_host), C(to_port) and C(protocol).
      type: list
      elements: dict
      returned: when the gear exists
    environment:
      description: Name of the environment it uses.
      type: str
      returned: when the gear exists
    slice:
      description: Slice of the gear.
      type: str
      returned: when the gear exists
    isolate:
      description: Whether it runs as a login of its own.
      type: bool
      returned: when the gear exists
    deployment:
      description: The deployment it is an instance of, if any.
      type: str
      returned: when the gear exists
    user:
      description: User in the container, if the definition sets one.
      type: str
      returned: when the gear exists
    needs_restart:
      description: Whether it runs with something older than what is installed.
      type: bool
      returned: when the gear exists
    pending:
      description: What that is, V(definition) or V(environment) or both.
      type: list
      elements: str
      returned: when the gear exists
    problems:
      description: What does not fit together, one line each, such as a port that is not reserved, or a link that is
        not in force.
      type: list
      elements: str
      returned: when the gear exists
ports:
  description: External ports of gears, in ascending order.
  returned: when O(gather) has V(ports)
  type: list
  elements: dict
  contains:
    gear:
      description: The gear it belongs to.
      type: str
      returned: always
    external:
      description: Port on the host.
      type: int
      returned: always
    internal:
      description: Port in the container.
      type: int
      returned: always
    address:
      description: Address of the host it is bound to, V(null) for all.
      type: str
      returned: always
    protocol:
      description: Its protocol.
      type: str
      returned: always
    reserved:
      description: Whether its reservation is in order.
      type: bool
      returned: always
    active:
      description: Whether the gear runs.
      type: bool
      returned: always
links:
  description: Links of gears.
  returned: when O(gather) has V(links)
  type: list
  elements: dict
  contains:
    gear:
      description: The gear it belongs to.
      type: str
      returned: always
    from_host:
      description: Address in the container.
      type: str
      returned: always
    from_port:
      description: Port in the container.
      type: int
      returned: always
    to_host:
      description: Host it leads to, as it was given.
      type: str
      returned: always
    to_port:
      description: Port it leads to.
      type: int
      returned: always
    protocol:
      description: Its protocol.
      type: str
      returned: always
    address:
      description: Address that was found for the host, V(null) when the gear does not run.
      type: str
      returned: always
    error:
      description: Why it is not in force, V(null) when it is or the gear does not run.
      type: str
      returned: always
environments:
  description: Environments of the host.
  returned: when O(gather) has V(environments)
  type: list
  elements: dict
  contains:
    name:
      description: Name of the environment.
      type: str
      returned: always
    exists:
      description: Whether there is one. V(false) for one that a gear needs.
      type: bool
      returned: always
    variables:
      description: Names of its variables.
      type: list
      elements: str
      returned: always
    used_by:
      description: Gears that use it.
      type: list
      elements: str
      returned: always
    msg:
      description: What is wrong with it, else empty.
      type: str
      returned: always
public_keys:
  description: Public keys of the host, and what they open. Also returned as C(keys), which a template can only ask
    for as C(result['keys']).
  returned: when O(gather) has V(keys)
  type: list
  elements: dict
  contains:
    fingerprint:
      description: What C(ssh-keygen -l) shows.
      type: str
      returned: always
    type:
      description: Its type, V(null) when its file is missing.
      type: str
      returned: always
    id:
      description: Name of its file.
      type: str
      returned: always
    gears:
      description: Names of the gears it opens.
      type: list
      elements: str
      returned: always
    repositories:
      description: Repositories it opens, dictionaries of C(name) and C(access), which is V(read) or V(write).
      type: list
      elements: dict
      returned: always
    msg:
      description: What is wrong with it, else empty.
      type: str
      returned: always
repositories:
  description: Repositories that M(geard.core.gear_repo) made.
  returned: when O(gather) has V(repositories)
  type: list
  elements: dict
  contains:
    name:
      description: Name of the repository.
      type: str
      returned: always
    path:
      description: Where it lies on the host.
      type: str
      returned: always
    login:
      description: The login it belongs to.
      type: str
      returned: always
    clone_url:
      description: Its address, with the host named as it calls itself.
      type: str
      returned: always
    default_branch:
      description: The branch that C(HEAD) names.
      type: str
      returned: always
    size:
      description: Bytes of all its files.
      type: int
      returned: always
    branches:
      description: Its branches with the commits they are at, dictionaries of C(branch) and C(commit).
      type: list
      elements: dict
      returned: always
    granted:
      description: Keys that open it, dictionaries of C(fingerprint) and C(access), which is V(read) or V(write).
      type: list
      elements: dict
      returned: always
    post_receive:
      description: Whether a script runs after each push.
      type: bool
      returned: always
    msg:
      description: Why nobody can reach it, else empty.
      type: str
      returned: always
images:
  description: Images of the host.
  returned: when O(gather) has V(images)
  type: list
  elements: dict
  contains:
    image_id:
      description: Id of the image.
      type: str
      returned: always
    tags:
      description: Its names. Those that only keep it from being pruned are left out.
      type: list
      elements: str
      returned: always
    size:
      description: Bytes on disk.
      type: int
      returned: always
    created:
      description: When it was built. ISO 8601, UTC.
      type: str
      returned: always
    used_by:
      description: Gears that run it.
      type: list
      elements: str
      returned: always
builds:
  description:
    - Builds that run and builds whose results the host keeps, the one asked for last first. What they return beside
      RV(builds[].expires) is as M(geard.core.gear_build) returns it.
  returned: when O(gather) has V(builds)
  type: list
  elements: dict
  contains:
    build_id:
      description: The id of the build, for M(geard.core.gear_log).
      type: str
      returned: always
    tag:
      description: Name of the image.
      type: str
      returned: always
    image_id:
      description: Id of the image that it made. V(null) when it made none.
      type: str
      returned: always
    state:
      description: V(waiting), V(running), V(finished), V(failed), V(timeout) or V(lost).
      type: str
      returned: always
    step:
      description: What it is at, or was at when it ended.
      type: str
      returned: always
    steps:
      description: Seconds that each step took.
      type: dict
      returned: always
    rc:
      description: Exit status of what ended it.
      type: int
      returned: always
    source:
      description: Where the source is.
      type: str
      returned: always
    commit:
      description: The commit that it builds, if the source has one.
      type: str
      returned: always
    strategy:
      description: How it builds.
      type: str
      returned: always
    incremental:
      description: Whether artifacts of an earlier image were used.
      type: bool
      returned: always
    pushed:
      description: Digest that the registry gave the image.
      type: str
      returned: always
    callback:
      description: What became of telling the callback URL.
      type: str
      returned: always
    unit:
      description: Its unit, which is gone once the build has ended. Its journal stays.
      type: str
      returned: always
    slice:
      description: Its slice.
      type: str
      returned: always
    created_at:
      description: When a task asked for it. ISO 8601, UTC, as all times.
      type: str
      returned: always
    started_at:
      description: When it began. V(null) until it has ended.
      type: str
      returned: always
    finished_at:
      description: When it ended. V(null) until then.
      type: str
      returned: always
    duration:
      description: Seconds between the two.
      type: float
      returned: always
    expires:
      description: When its result is no longer kept. V(null) until it has ended.
      type: str
      returned: always
jobs:
  description: Jobs that run and jobs whose results the host keeps, the one made last first.
  returned: when O(gather) has V(jobs)
  type: list
  elements: dict
  contains:
    request_id:
      description: The id of the job. M(geard.core.gear_job) returns its output by it.
      type: str
      returned: always
    unit:
      description: Its unit, which is gone once the job has ended. Its journal stays.
      type: str
      returned: always
    state:
      description: V(waiting), V(running), V(finished), V(timeout) or V(lost), as M(geard.core.gear_job) returns it.
      type: str
      returned: always
    rc:
      description: Its exit status, V(null) for one that has none.
      type: int
      returned: always
    image:
      description: The image as the task that made the job named it.
      type: str
      returned: always
    image_id:
      description: Id of the image that it runs.
      type: str
      returned: always
    slice:
      description: Its slice.
      type: str
      returned: always
    created_at:
      description: When a task made it. ISO 8601, UTC, as all times.
      type: str
      returned: always
    started_at:
      description: When it began. V(null) until it has ended.
      type: str
      returned: always
    finished_at:
      description: When it ended. V(null) until then.
      type: str
      returned: always
    duration:
      description: Seconds between the two.
      type: float
      returned: always
    expires:
      description: When its result is no longer kept. V(null) until it has ended.
      type: str
      returned: always
capacity:
  description: What the host has, and what gears take of it. Sizes are in bytes.
  returned: when O(gather) has V(capacity)
  type: dict
  contains:
    cpus:
      description: Processors.
      type: int
      returned: always
    load:
      description: Average load of the last 1, 5 and 15 minutes.
      type: list
      elements: float
      returned: always
    memory_total:
      description: Memory of the host.
      type: int
      returned: always
    memory_available:
      description: Memory that programs could get without swapping.
      type: int
      returned: always
    disks:
      description: File systems that gears fill, dictionaries of C(path), C(total) and C(free).
      type: list
      elements: dict
      returned: always
    gears:
      description: Numbers of gears, C(installed), C(running) and C(start_on_boot).
      type: dict
      returned: always
    ports:
      description: The range ports are allocated from, C(first) and C(last), and how many are C(reserved) and C(free).
      type: dict
      returned: always
    slices:
      description:
        - Slices, dictionaries of C(name), C(memory_max), C(memory_current), C(tasks_max), C(tasks_current), and the
          numbers of C(gears) in it and of those C(running).
        - A limit that does not exist and a use that the kernel does not count are V(null).
      type: list
      elements: dict
      returned: always
host:
  description: Facts of the host, as M(geard.core.gear_host) returns them, with the ranges it was prepared with. Those
    of Docker are missing when it does
    not answer.
  returned: when O(gather) has V(host)
  type: dict
  sample:
    {systemd: 257, docker: 26.1.5, python: 3.13.5, kernel: 6.12.0, cgroup_driver: systemd, cgroup_version: 2,
     selinux: false, cpus: 8, memory: 16777216000, runtime: 1.0.0, port_range: 4000-59999, uid_range: 50000-59999,
     keep_jobs: 604800}
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.info import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

SUBSETS = [
    "gears",
    "ports",
    "links",
    "environments",
    "keys",
    "repositories",
    "images",
    "builds",
    "jobs",
    "capacity",
    "host",
]


def main() -> None:
    module = Module(
        argument_spec={
            "names": {"type": "list", "elements": "str"},
            "gather": {"type": "list", "elements": "str", "choices": SUBSETS, "default": SUBSETS},
        },
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
