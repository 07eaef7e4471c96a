#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_info
short_description: Look at what is on a host
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Returns the gears of a prepared host and how they run, with their ports, links and environments, the keys that open
    them, repositories and their branches, images, jobs and builds, and the capacity that is left.
  - The module reads files and asks systemd once and Docker twice, whatever the number of gears. It changes nothing.
    When Docker does not answer, everything that is known without it is returned, and RV(problems) says so.
  - Of variables, only the names are returned and never the values.
extends_documentation_fragment:
  - geard.core._attributes
  - geard.core._attributes.read_only
options:
  names:
    description:
      - Names of gears to look at. Without it, the whole host is returned. A gear that does not exist is no error, and
        its item says so.
      - This also limits ports and links to those of these gears, environments to those that have such a name or are
        used by these gears, keys to those that open these gears, and images to those that these gears run. Repositories
        are limited to those with such a name, jobs to those with such a request id, and builds to those with such an id
        or of such an image.
    type: list
    elements: str
  gather:
    description:
      - What to look at. Each entry is a key of the result.
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
- name: Look at everything
  geard.core.gear_info:
  register: info

- name: Look at two gears
  geard.core.gear_info:
    names: [web, api]
    gather: [gears]
  register: shop

- name: Fail unless both run with what was installed last
  ansible.builtin.assert:
    that:
      - shop.missing == []
      - shop.gears | rejectattr("active_state", "eq", "active") | length == 0
      - shop.gears | selectattr("needs_restart") | length == 0

- name: Restart gears that changed while they ran
  geard.core.gear_container:
    name: "{{ item }}"
    state: restarted
  loop: "{{ info.gears | selectattr('needs_restart') | map(attribute='name') }}"

- name: Show all problems
  ansible.builtin.debug:
    msg: "{{ info.problems + (info.gears | map(attribute='problems') | flatten) }}"

- name: Look at the capacity
  geard.core.gear_info:
    gather: [capacity]
  register: room

- name: Show how many ports and how much memory are free
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
  description: Those of O(names) that are neither a gear of this host nor, when O(gather) has V(repositories), a
    repository.
  returned: always
  type: list
  elements: str
problems:
  description: What is wrong with the host itself, one line each, such as Docker not answering.
  returned: always
  type: list
  elements: str
gears:
  description: Gears of the host, or those of O(names) in the order given.
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
      description: Its problems in one line, or that it does not exist. Empty when all is well.
      type: str
      returned: always
    unit:
      description: Name of its unit.
      type: str
      returned: when the gear exists
      sample: ctr-web.service
    image:
      description: Name of the image, as given by the task that installed the gear.
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
      description: All versions that are kept, the newest first.
      type: list
      elements: str
      returned: when the gear exists
    active_state:
      description: State of the unit.
      type: str
      returned: when the gear exists
      sample: active
    sub_state:
      description: State of the unit in more detail.
      type: str
      returned: when the gear exists
      sample: running
    start_on_boot:
      description: Whether the gear starts at boot.
      type: bool
      returned: when the gear exists
    since:
      description: When it became active, or for a gear that is not active, when it got its present state. ISO 8601 and
        UTC.
      type: str
      returned: when the gear exists
      sample: "2026-03-01T12:00:00Z"
    restarts:
      description: How often systemd restarted it by itself since its last start.
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
      description: Bytes of memory that the container holds, with page cache. V(null) when it does not run, or when the
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
      description: Whether it runs as its own login.
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
      description: Whether it runs with an older definition or environment than is installed.
      type: bool
      returned: when the gear exists
    pending:
      description: What is older, V(definition), V(environment) or both.
      type: list
      elements: str
      returned: when the gear exists
    problems:
      description: What is wrong with the gear, one line each, such as a port that is not reserved, or a link that is
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
      description: Protocol of the port.
      type: str
      returned: always
    reserved:
      description: Whether it is reserved for the gear.
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
      description: Protocol of the link.
      type: str
      returned: always
    address:
      description: Address of that host, as found at the start, V(null) when the gear does not run.
      type: str
      returned: always
    error:
      description: Why the link is not in force. V(null) when it is, or when the gear does not run.
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
      description: Whether it exists. V(false) is an environment that a gear needs and that is missing.
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
      description: What is wrong with it. Empty when all is well.
      type: str
      returned: always
public_keys:
  description: Public keys of the host, and what they open. The list is also returned as C(keys), which a template
    reaches as C(result['keys']) only.
  returned: when O(gather) has V(keys)
  type: list
  elements: dict
  contains:
    fingerprint:
      description: The fingerprint, as C(ssh-keygen -l) shows it.
      type: str
      returned: always
    type:
      description: Type of the key, V(null) when its file is missing.
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
      description: What is wrong with it. Empty when all is well.
      type: str
      returned: always
repositories:
  description: Repositories of M(geard.core.gear_repo).
  returned: when O(gather) has V(repositories)
  type: list
  elements: dict
  contains:
    name:
      description: Name of the repository.
      type: str
      returned: always
    path:
      description: Path of the repository on the host.
      type: str
      returned: always
    login:
      description: The login that owns it.
      type: str
      returned: always
    clone_url:
      description: Its address, with the name by which the host calls itself.
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
      description: Its branches, dictionaries of C(branch) and C(commit).
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
      description: Why nobody can reach it. Empty when all is well.
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
      description: Its names, without those that only keep it from being pruned.
      type: list
      elements: str
      returned: always
    size:
      description: Bytes on disk.
      type: int
      returned: always
    created:
      description: When it was built, in ISO 8601 and UTC.
      type: str
      returned: always
    used_by:
      description: Gears that run it.
      type: list
      elements: str
      returned: always
builds:
  description:
    - Builds that run and builds whose results the host keeps, the newest first. All keys but RV(builds[].expires) are
      those that M(geard.core.gear_build) returns.
  returned: when O(gather) has V(builds)
  type: list
  elements: dict
  contains:
    build_id:
      description: Id of the build, by which M(geard.core.gear_log) returns its records.
      type: str
      returned: always
    tag:
      description: Name of the image.
      type: str
      returned: always
    image_id:
      description: Id of the image that it made, V(null) without one.
      type: str
      returned: always
    state:
      description: V(waiting), V(running), V(finished), V(failed), V(timeout) or V(lost).
      type: str
      returned: always
    step:
      description: The present step, or the last one.
      type: str
      returned: always
    steps:
      description: Step to the seconds that it took.
      type: dict
      returned: always
    rc:
      description: Exit status of the build.
      type: int
      returned: always
    source:
      description: Path or URL of the source.
      type: str
      returned: always
    commit:
      description: The commit that is built, if the source has commits.
      type: str
      returned: always
    strategy:
      description: Strategy of the build.
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
      description: Result of the call of the callback URL.
      type: str
      returned: always
    unit:
      description: Name of its unit, which exists while the build runs. Its journal stays.
      type: str
      returned: always
    slice:
      description: Its slice.
      type: str
      returned: always
    created_at:
      description: When a task asked for it. All times are in ISO 8601 and UTC.
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
      description: Seconds from its beginning to its end.
      type: float
      returned: always
    expires:
      description: When its result will be removed. V(null) until it has ended.
      type: str
      returned: always
jobs:
  description: Jobs that run and jobs whose results the host keeps, the newest first.
  returned: when O(gather) has V(jobs)
  type: list
  elements: dict
  contains:
    request_id:
      description: Id of the job, by which M(geard.core.gear_job) returns its output.
      type: str
      returned: always
    unit:
      description: Name of its unit, which exists while the job runs. Its journal stays.
      type: str
      returned: always
    state:
      description: V(waiting), V(running), V(finished), V(timeout) or V(lost), as M(geard.core.gear_job) returns it.
      type: str
      returned: always
    rc:
      description: Its exit status, V(null) without one.
      type: int
      returned: always
    image:
      description: Name of the image, as given by the task.
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
      description: When a task asked for it. All times are in ISO 8601 and UTC.
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
      description: Seconds from its beginning to its end.
      type: float
      returned: always
    expires:
      description: When its result will be removed. V(null) until it has ended.
      type: str
      returned: always
capacity:
  description: What the host has, and how much of it gears use. Sizes are in bytes.
  returned: when O(gather) has V(capacity)
  type: dict
  contains:
    cpus:
      description: Number of processors.
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
      description: Memory that is left without swapping.
      type: int
      returned: always
    disks:
      description: File systems with data of gears and Docker, dictionaries of C(path), C(total) and C(free).
      type: list
      elements: dict
      returned: always
    gears:
      description: Numbers of gears, C(installed), C(running) and C(start_on_boot).
      type: dict
      returned: always
    ports:
      description: The range from which ports are allocated, C(first) to C(last), and how many are C(reserved) and
        C(free).
      type: dict
      returned: always
    slices:
      description:
        - Slices, dictionaries of C(name), C(memory_max), C(memory_current), C(tasks_max), C(tasks_current), and the
          numbers of its C(gears) and of those that are C(running).
        - V(null) is a limit that is not set, or a use that the kernel does not count.
      type: list
      elements: dict
      returned: always
host:
  description: Facts of the host, as M(geard.core.gear_host) returns them, and the options with which it was prepared.
    Facts of Docker are missing when it does not answer.
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
