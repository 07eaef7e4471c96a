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
  - Makes what every gear needs on a host that has systemd and Docker. The tree below C(/var/lib/containers), the
    targets C(container),
    C(container-active) and C(container-sockets), the slices, and the runtime, which are small programs that units call.
  - Follows later changes of its options, and of the collection.
  - A host that was restored from a backup of C(/var/lib/containers) is brought back by it. Units are linked,
    logins made, and boot flags obeyed.
  - Where C(/var/lib/containers) is not on the root file system, one more unit, C(container-boot.service), starts gears
    at boot once it is mounted. Run the module again after the tree was moved to another file system.
  - Fails before it changes anything when C(pystemd) or Docker's client, C(/usr/bin/docker), is missing.
  - The role P(geard.core.gear_host#role) installs the packages first and then runs this module.
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
      - V(present) prepares the host. V(absent) takes everything away that was made, and is refused while gears are
        installed.
    type: str
    choices: [present, absent]
    default: present
  slices:
    description:
      - Slices of the host beside the built-in V(container), V(container-small) and V(container-large), or limits
        for those.
        A slice C(a-b) lies in the slice C(a), whose limits bound it too.
      - The built-in slices have no limits unless they are listed. Slices this module made that are no longer
        listed are removed.
        Left out, the slices stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the slice, without its suffix.
        type: str
        required: true
      memory_max:
        description: Hard limit of memory, such as V(2G), V(50%) or V(infinity). What exceeds it is killed.
        type: str
      memory_high:
        description: Memory above which the slice is slowed down.
        type: str
      memory_swap_max:
        description: Hard limit of swap.
        type: str
      cpu_quota:
        description: Processor time, V(100%) being one processor.
        type: str
      cpu_weight:
        description:
          - Share of processor time when there is not enough for all, from 1 to 10000. systemd's default is
            100.
        type: int
      io_weight:
        description: Share of input and output, from 1 to 10000.
        type: int
      tasks_max:
        description: Number of processes and threads.
        type: str
  port_range:
    description:
      - Ports from which external ports are allocated. Ports asked for by number may be any.
    type: str
    default: 4000-59999
  uid_range:
    description:
      - User ids for the logins of isolated gears.
    type: str
    default: 50000-59999
  netfilter:
    description:
      - What makes the rules of links, in the network namespaces of containers. V(iptables) is python-iptables, which
        writes the kernel's legacy tables. V(nftables) is C(nft). V(auto) is V(iptables) if the library is installed and
        the kernel has these tables, and V(nftables) otherwise.
      - A change counts from the next start of a gear on.
    type: str
    choices: [auto, iptables, nftables]
    default: auto
  keep_jobs:
    description:
      - How long results of jobs and builds are kept after they ended, such as V(12h), V(7d) or V(4w). Until then a
        task with the same O(geard.core.gear_job#module:request_id) returns the result instead of running the job
        again.
    type: str
    default: 7d
  keep_data:
    description:
      - With O(state=absent), keep the data, environments, keys and repositories below C(/var/lib/containers).
    type: bool
    default: true
seealso:
  - module: geard.core.gear_container
"""

EXAMPLES = r"""
- name: Prepare a host
  geard.core.gear_host:

- name: Bound what gears may use together, and add a slice
  geard.core.gear_host:
    slices:
      - name: container
        memory_max: 75%
      - name: container-batch
        cpu_weight: 20
        memory_max: 4G
        tasks_max: "2000"

- name: Take everything away, with all data
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

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.host import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


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
