#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_repo
short_description: Manage Git repositories on a host
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Makes bare Git repositories on a prepared host, empty or as copies, and removes them.
  - Each has a login of its own, C(git-) and its name, to which all its files belong and which can read no other
    repository. Git runs as this login only. People reach it with the keys that M(geard.core.gear_keys) grants, once
    the role P(geard.core.gear_sshd#role) has set C(sshd) up.
  - A repository is put in place as a whole. A task that was killed leaves nothing that the next one does not finish.
  - To rename a repository, make one of the new name, push all branches and tags to it, grant its keys, and remove the
    old one. Name and login are one, so every clone needs the new address in any case.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
    details:
      - The O(source) is not looked at in check mode.
  diff_mode:
    support: full
    details:
      - Of O(post_receive) a digest is shown, as it may hold a token.
  idempotent:
    support: full
options:
  name:
    description:
      - Name of the repository. 2 to 24 letters, digits and C(_.-), the first a letter or digit.
    type: str
    required: true
  source:
    description:
      - What a new repository is a copy of, with all branches and tags. An C(https), C(http) or C(git) URL, or the
        absolute path of a repository or bundle on the host that everybody may read. Left out, it is made empty.
      - Counts only when the repository is made. It does not follow its source later on.
      - User and password in a URL are used, kept out of process lists and messages, and not stored.
    type: str
  default_branch:
    description:
      - The branch that people have after C(git clone). It may be one that does not exist yet.
      - Left out, a new empty repository has V(main), a copy that of its source, and another one stays as it is.
    type: str
  post_receive:
    description:
      - Text of a script that runs after each push, as the repository's login, with the lines that Git gives to such a
        hook as its input and the repository's name in the variable C(GEAR_REPOSITORY). Who pushes sees what it prints.
      - It belongs to root and lies apart from the repository, so nobody who pushes can change it. Hooks that lie in
        the repository never run.
      - Empty means none. Left out, it stays as it is.
    type: str
  state:
    description:
      - V(present) makes the repository if need be, V(absent) removes it with all that is in it, the keys granted to
        it and its login. What still runs as its login is ended.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description:
      - Seconds that copying the O(source) may take.
    type: int
    default: 600
seealso:
  - module: geard.core.gear_keys
  - module: geard.core.gear_info
"""

EXAMPLES = r"""
- name: An empty repository
  geard.core.gear_repo:
    name: shop

- name: Somebody may push to it
  geard.core.gear_keys:
    keys:
      - "{{ lookup('ansible.builtin.file', 'keys/ada.pub') }}"
    repositories: [shop]
    write: true

- name: A copy, with another default branch
  geard.core.gear_repo:
    name: shop-mirror
    source: https://git.example.com/shop.git
    default_branch: stable

- name: Tell a server after each push
  geard.core.gear_repo:
    name: shop
    post_receive: |
      #!/bin/sh
      while read old new ref; do
          curl -fsS -X POST "https://ci.example.com/build?repository=$GEAR_REPOSITORY&ref=$ref"
      done

- name: Remove it, with all that was pushed to it
  geard.core.gear_repo:
    name: shop-mirror
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each.
  returned: always
  type: list
  elements: str
  sample: ["shop: add login git-shop (50003)", "shop: make an empty repository"]
name:
  description: Name of the repository.
  returned: always
  type: str
path:
  description: Where it lies on the host.
  returned: always
  type: str
  sample: /var/lib/containers/git/shop
login:
  description: The login it belongs to, which its keys open.
  returned: always
  type: str
  sample: git-shop
clone_url:
  description: Its address, with the host named as it calls itself. Where others know the host by another name, put that
    in place of it.
  returned: always
  type: str
  sample: git-shop@host1:~
default_branch:
  description: The branch that C(HEAD) names. Empty when there is no repository, and in check mode when it is to be
    that of the O(source).
  returned: always
  type: str
  sample: main
size:
  description: Bytes of all its files, V(0) when there is none.
  returned: always
  type: int
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.repo import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def main() -> None:
    module = Module(
        argument_spec={
            "name": {"type": "str", "required": True},
            "source": {"type": "str"},
            "default_branch": {"type": "str"},
            "post_receive": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "timeout": {"type": "int", "default": 600},
        },
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
