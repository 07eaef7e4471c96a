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
  - Sets and removes the variables of an environment on a prepared host.
  - An environment is a named set of variables. A gear uses the one of its own name, unless
    O(geard.core.gear_container#module:env_name) names another one. So gears can share an environment, and it can be
    written before they are installed.
  - Values reach the container byte for byte. They are never shown, neither in results nor in diffs, messages, process
    lists or logs.
  - Tasks that run at the same time lose nothing, because each one changes what is on disk when its turn comes.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
    details:
      - Reads the O(source) in check mode as well.
  diff_mode:
    support: full
    details:
      - Shows the names of variables and whether their values change, never the values.
  idempotent:
    support: full
options:
  name:
    description:
      - Name of the environment, 2 to 24 letters, digits and C(_.-). The first is a letter or digit.
    type: str
    required: true
  env:
    description:
      - Variables to set. Others stay, unless O(exclusive) is V(true).
      - A value is text or a whole number. It has no NUL, no newline and no carriage return at its end, and name and
        value together have at most 65535 bytes, because Docker cannot carry others. An environment has at most 1 MiB.
    type: dict
  names:
    description:
      - Names of variables to remove, with either O(state). A variable that is not set is no error.
      - With O(state=absent), an empty list removes nothing. Without this option the whole environment is removed.
    type: list
    elements: str
  source:
    description:
      - Further variables to set, from a text of at most 102400 bytes. O(env) wins over it, and variables in O(names)
        are left out.
      - The absolute path of a file on the host, or an C(http) or C(https) URL, which the host reads. The server has 30
        seconds to answer. User and password in the URL are used, and never shown.
      - Each line is C(NAME=value). Blanks before the name and around the value are dropped. A value in double quotes
        may have the escapes of the language Go, which are those of C. One in backquotes is taken as it is. Single
        quotes around more than one character are part of the value. Lines without C(=) and lines that begin with C(#)
        are skipped. Of a repeated name the last value counts. The error for a line that is not valid shows its number
        only.
    type: str
  state:
    description:
      - V(present) makes the environment if there is none, and sets or removes variables.
      - V(absent) removes the variables in O(names), or without that option the whole environment. One that an installed
        gear uses cannot be removed, because the gear could not start again.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Remove all variables that are neither in O(env) nor in O(source).
    type: bool
    default: false
  restart:
    description:
      - What happens to running gears that use the environment. V(changed) restarts all that were started before its
        last change, also after an earlier task that was interrupted. With V(never) a change has effect from their next
        start on.
      - Gears that do not run are not started.
    type: str
    choices: [changed, never]
    default: changed
  wait:
    description:
      - Wait until the gears run again. One that does not fails the task, with the gear's last lines. The environment
        stays as the task wrote it.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for the restarts. The default is 60, with the time on top that the definition of each gear gives
        it to stop.
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

- name: Have exactly these variables, for two gears
  geard.core.gear_env:
    name: shop-db
    env:
      DB_HOST: db.example.com
      DB_NAME: shop
    exclusive: true

- name: Install two gears that use them
  geard.core.gear_container:
    image: registry.example.com/shop/worker:4
    env_name: shop-db
    gears:
      - name: orders
      - name: mails

- name: Take the variables from a file of the host, but for one
  geard.core.gear_env:
    name: web
    source: /etc/shop/web.env
    env:
      LOG_LEVEL: debug

- name: Take variables from a server, for the next start only
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
  description: What was done, or in check mode would be done, one line each. C(+) is a variable that was added, C(~)
    one that was changed, and C(-) one that was removed.
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
      description: Name of the environment.
      type: str
      returned: always
    exists:
      description: Whether the environment exists.
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
      description: Always true, as the gear was restarted.
      type: bool
      returned: always
    failed:
      description: Whether the gear did not come back.
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
