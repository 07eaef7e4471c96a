#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_deploy_plan
short_description: Plan a deployment over the hosts of the play
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Reads a descriptor on the controller, and plans which gears each host of the play gets and how they are linked.
    Nothing is changed on any host.
  - The role P(geard.core.gear_deploy#role) uses this module and carries the plan out. Use the module itself to look at
    a plan.
  - All of the work is done by an action plugin, on the controller.
extends_documentation_fragment:
  - geard.core._attributes
  - geard.core._attributes.read_only
options:
  state:
    description: V(present) plans the deployment. V(absent) plans the removal of all its gears.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the deployment.
    type: str
    required: true
  descriptor:
    description: Path of the descriptor on the controller, in JSON or YAML. Required with O(state=present).
    type: str
  found_variable:
    description: Name of the variable under which every host registered the result of M(geard.core.gear_info).
    type: str
    required: true
    aliases: [found]
  installed_variable:
    description:
      - Name of the variable under which every host registered the result of M(geard.core.gear_container). Give it once
        the gears are installed, so that links to newly allocated ports can be planned.
    type: str
    aliases: [installed]
  address_variable:
    description: Name of the variable that holds the address by which other hosts reach a host.
    type: str
    required: true
    aliases: [address]
seealso:
  - ref: ansible_collections.geard.core.gear_deploy_role
    description: Deploys a descriptor over hosts.
"""

EXAMPLES = r"""
- name: Look at the gears of the hosts
  geard.core.gear_info:
    gather: [gears]
  register: found

- name: Plan
  geard.core.gear_deploy_plan:
    name: shop
    descriptor: shop_deploy.json
    found_variable: found
    address_variable: ansible_host
  register: plan
  run_once: true

- name: Show the plan
  ansible.builtin.debug:
    var: plan.table
  run_once: true
"""

RETURN = r"""
hosts:
  description:
    - What each host is told, by its name in the inventory. C(remove) and C(gears) are lists for
      M(geard.core.gear_container). C(links) is a list for M(geard.core.gear_link), empty until every external port is
      known. C(names) are the names of hosts that this host must be able to look up.
  returned: success
  type: dict
table:
  description: The plan as lines of a table. C(-) marks gears to remove, C(+) new gears.
  returned: success
  type: list
  elements: str
graph:
  description: Hosts, gears and links as lines of a Mermaid graph.
  returned: success
  type: list
  elements: str
state:
  description: The deployment in the form of geard's state file.
  returned: success
  type: dict
"""
