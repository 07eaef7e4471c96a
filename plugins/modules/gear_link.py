#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_link
short_description: Link gears to services on other hosts
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - A link leads connections that a gear makes to a local address and port to a remote host and port. The program in the
    gear always connects to the same address, whatever host its service is on today.
  - A running gear has its new links at once, without a restart. Connections over its other links go on, and so do
    TCP connections over a link that is changed or removed, which stay with the host they were made to. A gear that does
    not run has them from its start on, before its unit counts as started.
  - The links lie on the host and are applied at every start, also when Ansible never comes back.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A task whose links cannot all be put in force tries again each time, and fails each time until they are.
options:
  name:
    description:
      - Name of the gear, which must exist.
      - Exactly one of O(name) and O(gears) is required.
    type: str
  links:
    description:
      - Links to add or change. Text C([local_host:]local_port:remote_host:remote_port), with C(/udp) at its end for UDP
        and IPv6 addresses in brackets, or a dictionary of C(from_host), C(from_port), C(to_host), C(to_port) and
        C(protocol).
      - The local host is an address, by default V(127.0.0.1). It need not exist, C(192.168.1.1) is as good, and
        several local addresses may have the same port. V(::1) cannot be used, as the kernel lets no connection to it
        leave a container, but any other IPv6 address can. There is one link for each local address, port and protocol.
      - The remote host is an address of the same family as the local one, or a name. V(localhost) and V(127.0.0.1) are
        the gear's own host. Names are looked up on the host, when the link is set and at each start of the gear.
      - With O(state=absent), the links to remove. The remote side may be left out, as in V(8081), V(192.168.1.1:27017)
        or V(53/udp). If it is given, a link that leads elsewhere stays.
    type: list
    elements: raw
  gears:
    description:
      - Many gears in one task. Those without links of their own get those in the option O(links).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the gear.
        type: str
        required: true
      links:
        description: As the option O(links).
        type: list
        elements: raw
  state:
    description:
      - V(present) sets links. V(absent) removes those in O(links), or all when it is left out.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Whether links that are not in O(links) are removed. V(true) with an empty list removes all.
    type: bool
    default: false
  continue_on_error:
    description:
      - With O(gears), carry on with the other gears when one cannot be done. The task still fails at the end, and the
        result tells which.
    type: bool
    default: false
notes:
  - Rules are made in the network namespace of the gear's container only. Those of the host, of Docker and of the
    gear's other software are never touched. They are made with python-iptables where the kernel has the legacy tables,
    and with C(nft) where it has not. See the option O(geard.core.gear_host#module:netfilter).
  - Links work on Docker's default bridge and on any number of user networks. On networks that lead nowhere
    (C(docker network create --internal)), they reach only what these networks reach.
  - A gear on the network V(host) reaches remote hosts directly, and one on V(none) or V(container:OTHER) has no
    network of its own. Links are refused there.
  - A link that cannot be put in force at a start, because a name does not resolve for example, does not keep the gear
    from starting. It is reported in the unit's journal and by M(geard.core.gear_info), and tried again every 15 seconds
    while the gear runs.
seealso:
  - module: geard.core.gear_container
  - module: geard.core.gear_info
"""

EXAMPLES = r"""
- name: Redis is on another host, and the program finds it at 127.0.0.1:6379
  geard.core.gear_link:
    name: web
    links:
      - 6379:db1.example.com:4003

- name: Three members of a cluster, each at an address of its own with the same port
  geard.core.gear_link:
    name: mongo-1
    links:
      - 192.168.1.1:27017:10.0.0.11:4000
      - 192.168.1.2:27017:10.0.0.12:4000
      - 192.168.1.3:27017:10.0.0.13:4000

- name: Exactly these links, in the other form, for two gears
  geard.core.gear_link:
    exclusive: true
    gears:
      - name: worker-1
        links: &links
          - from_port: 53
            to_host: 10.0.0.2
            to_port: 53
            protocol: udp
          - from_host: fd00::53
            from_port: 53
            to_host: 2001:db8::2
            to_port: 53
            protocol: udp
      - name: worker-2
        links: *links

- name: A service on the gear's own host
  geard.core.gear_link:
    name: web
    links: ["5432:localhost:5432"]

- name: Remove a link
  geard.core.gear_link:
    name: web
    links: ["6379"]
    state: absent

- name: Remove all links
  geard.core.gear_link:
    name: web
    state: absent
"""

RETURN = r"""
actions:
  description:
    - What was done, or in check mode would be done, one line each. Empty when the task was refused or broke off, which
      C(changed) tells apart.
  returned: always
  type: list
  elements: str
  sample: ["web: add link 127.0.0.1:6379 -> 10.0.0.11:4003", "web: apply links to the running container"]
gears:
  description:
    - One item for each gear of the task, in its order, also when the task fails. When it is refused, only one of them
      may have failed, and C(links) is empty for all.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the gear.
      type: str
      returned: always
    changed:
      description: Whether something was done.
      type: bool
      returned: always
    failed:
      description: Whether it could not be done, or links are not in force.
      type: bool
      returned: always
    msg:
      description: What was done, or why not.
      type: str
      returned: always
    links:
      description: All links of the gear.
      type: list
      elements: dict
      returned: always
      contains:
        from_host:
          description: The local address.
          type: str
          returned: always
        from_port:
          description: The local port.
          type: int
          returned: always
        to_host:
          description: The remote host as it was given.
          type: str
          returned: always
        to_port:
          description: The remote port.
          type: int
          returned: always
        protocol:
          description: V(tcp) or V(udp).
          type: str
          returned: always
        address:
          description: The address that the link leads to in the running container.
          type: str
          returned: when it is in force
        error:
          description: Why it is not in force in the running container.
          type: str
          returned: when it could not be put in force
    applied:
      description: Whether the gear runs and all of its links are in force.
      type: bool
      returned: always
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.link import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def main() -> None:
    links = {"type": "list", "elements": "raw"}
    module = Module(
        argument_spec={
            "name": {"type": "str"},
            "links": links,
            "gears": {
                "type": "list",
                "elements": "dict",
                "options": {"name": {"type": "str", "required": True}, "links": links},
            },
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "exclusive": {"type": "bool", "default": False},
            "continue_on_error": {"type": "bool", "default": False},
        },
        required_one_of=[("name", "gears")],
        mutually_exclusive=[("name", "gears")],
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
