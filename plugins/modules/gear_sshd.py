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
  - Has C(sshd) of a prepared host look up the keys of a gear for the login C(ctr-) and the gear's name, and lets this
    login enter its own gear and nothing else. The same applies to C(git-) and the name of a repository.
  - Writes a file for C(sshd), C(/etc/ssh/sshd_config.d/00-geard.conf), and one for C(sudo), C(/etc/sudoers.d/geard).
    Both programs check the files before they are put in place. If C(sshd) does not accept the whole afterwards, its
    former configuration is put back.
  - All other logins keep their settings, which the module checks. This includes logins that are only named like those
    of gears or repositories, and a C(sshd) with an C(AuthorizedKeysCommand) of its own.
  - A setting of C(sshd) that keeps all logins of gears out, such as C(AllowUsers) without them, is reported as a
    warning and in RV(problems). The module does not change it.
  - The role P(geard.core.gear_sshd#role) installs the packages, then runs this module.
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
      - V(present) sets C(sshd) up. V(absent) removes what was set up. Keys and grants stay.
    type: str
    choices: [present, absent]
    default: present
  max_startups:
    description:
      - C(MaxStartups) of C(sshd), for the whole host. It limits how many logins may be under way at once. Further ones
        are refused at random. C(sshd)'s own default, C(10:30:100), is too low where programs log in to many gears at
        the same time.
      - An empty value leaves C(MaxStartups) as it is.
    type: str
    default: 200:30:400
  port_forwarding:
    description:
      - Whether the key of a gear may also forward connections to the external TCP ports of this gear, as in
        C(ssh -L 8080:127.0.0.1:4000 ctr-web@host). This way ports with the address C(127.0.0.1) can be reached from
        outside.
      - The client must name the address that M(geard.core.gear_info) returns, or C(127.0.0.1) for ports without one.
        C(localhost) is refused, and so are ports of other gears and of the host, other hosts, forwarding to the client,
        sockets, agents, X11 and tunnels.
      - The ports are decided at the login. An open connection keeps them, even when the gear gives a port up and
        another gear gets it.
    type: bool
    default: false
seealso:
  - module: geard.core.gear_keys
"""

EXAMPLES = r"""
- name: Let keys open gears
  geard.core.gear_sshd:

- name: Let keys also forward connections to the ports of their gears
  geard.core.gear_sshd:
    port_forwarding: true

- name: Leave MaxStartups as it is
  geard.core.gear_sshd:
    max_startups: ""

- name: Remove what was set up
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
