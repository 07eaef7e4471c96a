#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_host
short_description: Prepare a host for gears
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Makes what gears need on a host with systemd and Docker. This is the tree below C(/var/lib/containers), the targets
    C(container), C(container-active) and C(container-sockets), the slices, and the runtime, which is a set of small
    programs that units call.
  - A later run applies changes of its options, and updates the runtime to the version of the collection.
  - After C(/var/lib/containers) was restored from a backup, the module brings the host back. It links units and makes
    logins, and gears that started at boot do so again.
  - Where C(/var/lib/containers) is not on the root file system, the unit C(container-boot.service) starts gears at boot
    once the tree is mounted. Run the module again after moving the tree to another file system.
  - When C(pystemd) or Docker's client C(/usr/bin/docker) is missing, the module fails before it changes anything.
  - The role P(geard.core.gear_host#role) installs the packages, then runs this module.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) prepares the host. V(absent) removes everything that the module made. It fails while gears are
        installed, or jobs or builds run.
    type: str
    choices: [present, absent]
    default: present
  slices:
    description:
      - Slices to make beside the built-in V(container), V(container-small) and V(container-large), and limits of these
        three, which have none unless they are listed. A slice C(a-b) lies in the slice C(a), whose limits also apply.
      - Slices that this module made earlier and that are not listed any more are removed. Without this option, all
        slices stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the slice, without its suffix.
        type: str
        required: true
      memory_max:
        description: Hard limit of memory, such as V(2G), V(50%) or V(infinity). Processes beyond it are killed.
        type: str
      memory_high:
        description: Memory above which the slice is slowed down, in the same forms.
        type: str
      memory_swap_max:
        description: Hard limit of swap, in the same forms.
        type: str
      cpu_quota:
        description: Hard limit of processor time. V(150%) is one and a half processors.
        type: str
      cpu_weight:
        description:
          - Share of processor time when there is not enough for all, from 1 to 10000. systemd's default is 100.
        type: int
      io_weight:
        description: Share of input and output when there is not enough for all, from 1 to 10000.
        type: int
      tasks_max:
        description: Hard limit of the number of processes and threads, such as V(2000), V(10%) or V(infinity).
        type: str
  port_range:
    description:
      - First and last port of those that are allocated as external ports. A port that a task asks for by number may lie
        outside.
    type: str
    default: 4000-59999
  uid_range:
    description:
      - First and last user id of the logins of gears and repositories.
    type: str
    default: 50000-59999
  netfilter:
    description:
      - The tool that makes the rules of links in the network namespaces of containers. V(iptables) is python-iptables,
        which writes the kernel's legacy tables. V(nftables) is C(nft). V(auto) is V(iptables) if the library is
        installed and the kernel has these tables, otherwise V(nftables).
      - A change applies to a gear from its next start.
    type: str
    choices: [auto, iptables, nftables]
    default: auto
  keep_jobs:
    description:
      - How long the results of jobs and builds are kept after their end, such as V(12h), V(7d) or V(4w). During this
        time, a task with the same O(geard.core.gear_job#module:request_id) returns the result and does not run the job
        again.
    type: str
    default: 7d
  keep_data:
    description:
      - With O(state=absent), whether the data, environments, keys and repositories below C(/var/lib/containers) stay.
    type: bool
    default: true
seealso:
  - module: geard.core.gear_container
"""

EXAMPLES = r"""
- name: Prepare a host
  geard.core.gear_host:

- name: Limit the memory of all gears together, and add a slice
  geard.core.gear_host:
    slices:
      - name: container
        memory_max: 75%
      - name: container-batch
        cpu_weight: 20
        memory_max: 4G
        tasks_max: "2000"

- name: Look which gears are left
  geard.core.gear_info:
    gather: [gears]
  register: left

- name: Remove them with their data
  geard.core.gear_container:
    name: "{{ item }}"
    state: absent
    keep_data: false
  loop: "{{ left.gears | map(attribute='name') }}"

- name: Remove everything else, with all data
  geard.core.gear_host:
    state: absent
    keep_data: false
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each.
  returned: always
  type: list
  elements: str
host:
  description: Facts of the host.
  returned: always
  type: dict
  sample:
    {systemd: 257, docker: 26.1.5, python: 3.13.5, kernel: 6.12.0, cgroup_driver: systemd, cgroup_version: 2,
     selinux: false, cpus: 8, memory: 16777216000, port_range: 4000-59999, runtime: 1.0.0}
"""

from typing import TYPE_CHECKING

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.host import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

if TYPE_CHECKING:  # by this line Ansible sends the whole library, which this module installs
    from ansible_collections.geard.core.plugins.module_utils._gear.operations import everything  # noqa: F401


def main() -> None:
    slice_options = {
        "name": {"type": "str", "required": True},
        "memory_max": {"type": "str"},
        "memory_high": {"type": "str"},
        "memory_swap_max": {"type": "str"},
        "cpu_quota": {"type": "str"},
        "cpu_weight": {"type": "int"},
        "io_weight": {"type": "int"},
        "tasks_max": {"type": "str"},
    }
    module = Module(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "slices": {"type": "list", "elements": "dict", "options": slice_options},
            "port_range": {"type": "str", "default": "4000-59999"},
            "uid_range": {"type": "str", "default": "50000-59999"},
            "netfilter": {"type": "str", "choices": ["auto", "iptables", "nftables"], "default": "auto"},
            "keep_jobs": {"type": "str", "default": "7d"},
            "keep_data": {"type": "bool", "default": True},
        },
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
