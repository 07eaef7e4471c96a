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
  - Reads a descriptor on the controller and plans which gears each host of the play is to have, and how they are
    linked. Nothing is changed anywhere.
  - It is part of the role P(geard.core.gear_deploy#role), which carries the plan out. Use it directly to look at
    a plan.
  - This module has an action plugin, which does all of its work on the controller.
extends_documentation_fragment:
  - geard.core._attributes
  - geard.core._attributes.read_only
options:
  state:
    description: V(present) plans the deployment, V(absent) the removal of all its gears.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name of the deployment.
    type: str
    required: true
  descriptor:
    description: Path of the descriptor on the controller, JSON or YAML. Required with O(state=present).
    type: str
  found:
    description: Name of the variable under which every host registered the result of M(geard.core.gear_info).
    type: str
    required: true
  installed:
    description:
      - Name of the variable under which every host registered the result of M(geard.core.gear_container), once gears
        are installed.
    type: str
  address:
    description: Name of the variable that holds the address other hosts use for a host.
    type: str
    required: true
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
    found: found
    address: ansible_host
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
    - Host to C(remove), C(gears) and C(links), lists for M(geard.core.gear_container) and M(geard.core.gear_link), and
      to C(names), the names that it must be able to look up.
  returned: success
  type: dict
table:
  description: The plan as lines of a table. Gears to be removed are marked with C(-), new ones with C(+).
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
