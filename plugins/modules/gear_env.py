#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_env
short_description: Manage the environment of gears
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Sets, replaces and removes the variables of an environment on a prepared host.
  - An environment is a named set of variables. A gear uses the one of its own name unless
    O(geard.core.gear_container#module:env_name) gives it another one, so several gears may share one. It need not
    belong to a gear, and may be written before its gears are installed.
  - Values reach the container byte for byte. They are never shown, neither in results nor in diffs, messages, process
    lists or logs.
  - Tasks that run at the same time lose nothing. Each one merges with what is on disk when its turn comes.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
    details:
      - The O(source) is read in check mode too.
  diff_mode:
    support: full
    details:
      - Names of variables are shown, and whether their values change. Values are not.
  idempotent:
    support: full
options:
  name:
    description:
      - Name of the environment. 2 to 24 letters, digits and C(_.-), the first a letter or digit.
    type: str
    required: true
  env:
    description:
      - Variables to set. Others stay, unless O(exclusive) is V(true).
      - Values are text or whole numbers. NUL, newlines, a carriage return at the end and more than 65535 bytes in
        name and value together are refused, as Docker cannot carry them. An environment holds at most 1 MiB.
    type: dict
  names:
    description:
      - Names of variables to remove, with either O(state). Those that are not set are no error.
      - With O(state=absent) an empty list removes nothing. Only without this option the environment itself is
        removed.
    type: list
    elements: str
  source:
    description:
      - Further variables to set, read by the host from a text. Those in O(env) win over it, and those in O(names) are
        left out of it.
      - The absolute path of a file on the host, or an C(http) or C(https) URL, which the host has 30 seconds to get
        an answer from. At most 102400 bytes.
      - Each line is C(NAME=value). Blanks in front of the name and around the value are dropped. A value in double
        quotes is read with the escapes of the language Go (which are those of C), one in backquotes as it is. Single
        quotes around more than one character stay. Lines without C(=) and lines that begin with C(#) are skipped, and
        of a repeated name the last value counts. Any other line is an error that gives its number.
      - User and password in a URL are used, and hidden from messages.
    type: str
  state:
    description:
      - V(present) makes the environment if need be, and sets or removes variables.
      - V(absent) removes the variables in O(names), or without them the whole environment. An environment that an
        installed gear uses cannot be removed, as the gear could not start again.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Whether variables that are neither in O(env) nor in O(source) are removed.
    type: bool
    default: false
  restart:
    description:
      - What happens to running gears that use the environment. V(changed) restarts those that were started before its
        last change, all at once, also when an earlier task was interrupted before it could do so. With V(never) a
        change counts from their next start on.
      - Gears that do not run are left alone.
    type: str
    choices: [changed, never]
    default: changed
  wait:
    description:
      - Wait until the gears run again. One that does not fails the task with its unit's last lines. The environment
        stays as the task wrote it.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for the restarts. The default is 60, and on top of it what the definition of each gear gives it
        to stop.
    type: int
seealso:
  - module: geard.core.gear_container
  - module: geard.core.gear_info
"""

EXAMPLES = r"""
- name: Set two variables of the gear web, and restart it if that changes anything
  geard.core.gear_env:
    name: web
    env:
      LOG_LEVEL: info
      DB_PASSWORD: "{{ vault_db_password }}"

- name: Exactly these variables, for two gears
  geard.core.gear_env:
    name: shop-db
    env:
      DB_HOST: db.example.com
      DB_NAME: shop
    exclusive: true

- name: Both gears use them
  geard.core.gear_container:
    image: registry.example.com/shop/worker:4
    env_name: shop-db
    gears:
      - name: orders
      - name: mails

- name: Take a file of the host, but set one variable otherwise
  geard.core.gear_env:
    name: web
    source: /etc/shop/web.env
    env:
      LOG_LEVEL: debug

- name: Variables from a server, at the next start only
  geard.core.gear_env:
    name: web
    source: https://config.example.com/shop/web.env
    restart: never

- name: Remove a variable
  geard.core.gear_env:
    name: web
    names: [LOG_LEVEL]
    state: absent

- name: Remove an environment that no gear uses
  geard.core.gear_env:
    name: shop-db
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each. A variable is C(+) added, C(~) changed or
    C(-) removed.
  returned: always
  type: list
  elements: str
  sample: ["web: write environment +LOG_LEVEL ~DB_PASSWORD", "web: restart"]
environment:
  description: The environment after the task.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: always
    exists:
      description: Whether there is one.
      type: bool
      returned: always
    variables:
      description: Names of its variables, sorted. Values are never returned.
      type: list
      elements: str
      returned: always
    used_by:
      description: Names of the installed gears that use it.
      type: list
      elements: str
      returned: always
  sample: {name: web, exists: true, variables: [DB_PASSWORD, LOG_LEVEL], used_by: [web]}
gears:
  description: One item for each gear that was restarted, or would be.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the gear.
      type: str
      returned: always
    changed:
      description: Whether something was done to it, which is always so.
      type: bool
      returned: always
    failed:
      description: Whether it did not come back.
      type: bool
      returned: always
    msg:
      description: What was done, or what went wrong.
      type: str
      returned: always
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.env import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def main() -> None:
    module = Module(
        argument_spec={
            "name": {"type": "str", "required": True},
            "env": {"type": "dict", "no_log": True},
            "names": {"type": "list", "elements": "str"},
            "source": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "exclusive": {"type": "bool", "default": False},
            "restart": {"type": "str", "choices": ["changed", "never"], "default": "changed"},
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int"},
        },
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
