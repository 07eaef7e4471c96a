#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_sshd
short_description: Let sshd open gears and repositories by public key
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Has C(sshd) of a prepared host ask for the keys of gears when somebody logs in as C(ctr-) and a gear's name, and
    lets such logins enter their own gear and nothing else. The same goes for C(git-) and a repository's name.
  - Writes a file for C(sshd), C(/etc/ssh/sshd_config.d/00-geard.conf), and one for C(sudo), C(/etc/sudoers.d/geard).
    Both programs are asked whether they understand them before they are put in place, and again afterwards. Should
    C(sshd) refuse, it keeps the configuration it had.
  - Other logins are not touched, also when C(sshd) has an C(AuthorizedKeysCommand) of its own, and also when they are
    named like a gear's or a repository's. That nothing changes for them is checked.
  - What C(sshd) is set to that would keep all gears' logins out, such as C(AllowUsers) without them, is told as a
    warning and in RV(problems). The task does not change it.
  - The role P(geard.core.gear_sshd#role) also installs what is needed.
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
      - V(present) sets C(sshd) up, V(absent) takes away what was set up. Keys and grants stay.
    type: str
    choices: [present, absent]
    default: present
  max_startups:
    description:
      - C(MaxStartups) of C(sshd), which holds for the whole host. How many logins may be under way at once; further
        ones are refused at random. The default of C(sshd) itself is C(10:30:100), too few when programs log in to many
        gears at the same time.
      - Empty leaves it alone.
    type: str
    default: 200:30:400
  port_forwarding:
    description:
      - Whether a key that opens a gear may also be forwarded to the external TCP ports of this gear, as with
        C(ssh -L 8080:127.0.0.1:4000 ctr-web@host). This is a way to ports that have the address C(127.0.0.1), which
        nobody else can reach from outside.
      - The client must name the place as C(gear_info) does, or C(127.0.0.1) for ports without an address; C(localhost)
        is refused. Everything else stays refused, ports of other gears and of the host, other hosts, forwarding to the
        client, sockets, agents, X11 and tunnels.
      - What may be reached is decided at the login. A connection that stays open keeps it, also when the gear gives a
        port up that another gear gets.
    type: bool
    default: false
seealso:
  - module: geard.core.gear_keys
"""

EXAMPLES = r"""
- name: Keys open gears
  geard.core.gear_sshd:

- name: Keys open gears, and are a way to their ports
  geard.core.gear_sshd:
    port_forwarding: true

- name: Leave alone how many logins may be under way at once
  geard.core.gear_sshd:
    max_startups: ""

- name: Keys open gears no more
  geard.core.gear_sshd:
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each.
  returned: always
  type: list
  elements: str
  sample: ["sshd: write /etc/sudoers.d/geard", "sshd: write /etc/ssh/sshd_config.d/00-geard.conf", "sshd: reload"]
problems:
  description: Settings of C(sshd) that keep all logins of gears out, one line each.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.access import sshd
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def main() -> None:
    module = Module(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "max_startups": {"type": "str", "default": "200:30:400"},
            "port_forwarding": {"type": "bool", "default": False},
        },
    )
    with reported(module):
        sshd.run(module, Layout())


if __name__ == "__main__":
    main()
