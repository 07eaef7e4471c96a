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
  - A link sends the connections of a gear to a local address and port on to a remote host and port. So the program in
    the gear always connects to the same address, whatever host its service is on.
  - A running gear gets its new links at once, without a restart. Connections that exist go on. TCP connections over a
    link that is changed or removed stay with the host that they were made to.
  - The host keeps the links and applies them at each start, before the unit counts as started.
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
      - A task whose links cannot all be put in force fails and tries again each time, until they are.
options:
  name:
    description:
      - Name of the gear, which must exist.
      - Exactly one of O(name) and O(gears) is required.
    type: str
  links:
    description:
      - Links to add or change. Each is text C([local_host:]local_port:remote_host:remote_port), or a dictionary of
        C(from_host), C(from_port), C(to_host), C(to_port) and C(protocol). In text, C(/udp) at the end is the protocol,
        and IPv6 addresses are in brackets.
      - The local host is an address, by default V(127.0.0.1). It need not exist, so C(192.168.1.1) works as well.
        V(::1) does not, because the kernel lets no connection to it leave a container. A gear has one link for each
        local address, port and protocol.
      - The remote host is an address of the same family as the local one, or a name. V(localhost) and V(127.0.0.1) are
        the host of the gear. The host looks up names when the link is set and at each start of the gear.
      - With O(state=absent), the links to remove. The local side is enough, as in V(8081), V(192.168.1.1:27017) or
        V(53/udp). A whole link is removed only if it leads there.
    type: list
    elements: raw
  gears:
    description:
      - Many gears in one task. O(links) is the default of all items.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the gear.
        type: str
        required: true
      links:
        description: As O(links).
        type: list
        elements: raw
  state:
    description:
      - V(present) sets links. V(absent) removes those in O(links), or without that option all links.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Remove all links that are not in O(links).
    type: bool
    default: false
  continue_on_error:
    description:
      - With O(gears), carry on with the other gears when one fails. The task still fails at its end.
    type: bool
    default: false
notes:
  - Links are packet rules in the network namespace of the gear's container. All other rules, of the host, of Docker and
    of programs in the container, stay as they are. O(geard.core.gear_host#module:netfilter) says which tool makes them.
  - Links work on Docker's default bridge and on any number of user networks. On a network without a way out
    (C(docker network create --internal)) they reach only what is on that network.
  - A gear on the network V(host), V(none) or V(container:OTHER) has no network of its own, and can have no links.
  - A gear starts also when one of its links cannot be put in force, for example because a name does not resolve. The
    unit's journal and M(geard.core.gear_info) report the link, and it is tried again every 15 seconds while the gear
    runs.
seealso:
  - module: geard.core.gear_container
  - module: geard.core.gear_info
"""

EXAMPLES = r"""
- name: Let the gear reach a Redis on another host at 127.0.0.1:6379
  geard.core.gear_link:
    name: web
    links:
      - 6379:db1.example.com:4003

- name: Let it reach three members of a cluster, each at its own address with the same port
  geard.core.gear_link:
    name: mongo-1
    links:
      - 192.168.1.1:27017:10.0.0.11:4000
      - 192.168.1.2:27017:10.0.0.12:4000
      - 192.168.1.3:27017:10.0.0.13:4000

- name: Give two gears exactly these links, as dictionaries
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

- name: Let it reach a service on its own host
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
    - What was done, or in check mode would be done, one line each. Empty when the task was refused or interrupted. In
      the latter case C(changed) is true.
  returned: always
  type: list
  elements: str
  sample: ["web: add link 127.0.0.1:6379 -> 10.0.0.11:4003", "web: apply links to the running container"]
gears:
  description:
    - One item for each gear of the task, in its order, also when the task fails. When it is refused or interrupted,
      C(links) is empty in all items.
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
      description: Whether the gear failed, or a link of it is not in force.
      type: bool
      returned: always
    msg:
      description: What was done, or why the gear failed.
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
          description: The remote host as the task gave it.
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
          returned: when the link is in force
        error:
          description: Why the link is not in force in the running container.
          type: str
          returned: when the link could not be put in force
    applied:
      description: Whether the gear runs, and all of its links are in force.
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
