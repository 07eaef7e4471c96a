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
  - Makes and removes bare Git repositories on a prepared host. A new one is empty or a copy.
  - Each repository has a login of its own, C(git-) and its name. The login owns all files of the repository and can
    read no other one, and Git runs as this login only. People reach the repository with the keys that
    M(geard.core.gear_keys) grants, once the role P(geard.core.gear_sshd#role) has set C(sshd) up.
  - A new repository is put in place as a whole. After a task was killed, the next one finishes its work.
  - To rename a repository, make one with the new name, push all branches and tags to it, grant its keys, and remove the
    old one. Every clone needs the new address in any case.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
    details:
      - In check mode the O(source) is not read.
  diff_mode:
    support: full
    details:
      - For O(post_receive), which may hold a token, a hash is shown.
  idempotent:
    support: full
options:
  name:
    description:
      - Name of the repository. It has 2 to 24 letters, digits and C(_.-), and begins with a letter or digit.
    type: str
    required: true
  source:
    description:
      - Source of which a new repository is a copy, with all branches and tags. It is an C(https), C(http) or C(git)
        URL, or the absolute path of a repository or bundle on the host that everybody may read. Without it, a new
        repository is empty.
      - An existing repository does not follow its source.
      - A user and password in the URL appear in no process list and no message, and are not stored.
    type: str
  default_branch:
    description:
      - The branch that C(git clone) checks out. It need not exist yet.
      - Without it, a new empty repository gets V(main), a new copy gets that of its source, and an existing repository
        keeps its own.
    type: str
  post_receive:
    description:
      - Text of a script that runs as the repository's login after each push. It gets the input that Git gives to a
        post-receive hook, and the name of the repository in the variable C(GEAR_REPOSITORY). Whoever pushes sees its
        output.
      - It belongs to root and is outside of the repository, so nobody who pushes can change it. Hooks in the repository
        never run.
      - An empty text removes the script. Without this option, it stays as it is.
    type: str
  state:
    description:
      - V(present) makes the repository if it does not exist. V(absent) removes it with its content, its grants and its
        login, and ends the processes of the login.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description:
      - Seconds for copying the O(source).
    type: int
    default: 600
seealso:
  - module: geard.core.gear_keys
  - module: geard.core.gear_info
"""

EXAMPLES = r"""
- name: Make an empty repository
  geard.core.gear_repo:
    name: shop

- name: Let somebody push to it
  geard.core.gear_keys:
    keys:
      - "{{ lookup('ansible.builtin.file', 'keys/ada.pub') }}"
    repositories: [shop]
    write: true

- name: Copy a repository, with another default branch
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

- name: Remove a repository with its content
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
  description: Path of the repository on the host.
  returned: always
  type: str
  sample: /var/lib/containers/git/shop
login:
  description: The login that owns it and that its keys open.
  returned: always
  type: str
  sample: git-shop
clone_url:
  description: Its address, with the name by which the host calls itself. Replace that where others know the host by
    another name.
  returned: always
  type: str
  sample: git-shop@host1:~
default_branch:
  description: The branch that C(HEAD) names. Empty without a repository, and in check mode for a new copy.
  returned: always
  type: str
  sample: main
size:
  description: Bytes of all its files, V(0) without a repository.
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
