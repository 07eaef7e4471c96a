#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_keys
short_description: Grant and revoke access to gears and repositories by public key
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Grants and revokes public keys for gears and repositories of a prepared host. A key for the gear C(web) opens the
    login C(ctr-web@host), which is a shell in the gear's container and nothing else. A key for the repository C(shop)
    lets Git clone from C(git-shop@host:~), and push to it with O(write=true).
  - C(sshd) of the host looks the key up at each login, so a revoked key is refused from then on. Open sessions stay.
    The role P(geard.core.gear_sshd#role) sets C(sshd) up.
  - A gear gets its login, C(ctr-) and its name, with its first key. The login has no password, and is removed with the
    gear.
  - A key that opens nothing any more is removed from the host.
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
  keys:
    description:
      - Public keys, each as in a file C(*.pub). An item may also have several lines, such as a whole
        C(authorized_keys) file. Blank lines and lines that begin with C(#) are skipped. Comments behind a key are
        dropped.
      - The types are C(ssh-ed25519), C(ecdsa-sha2-nistp256), C(ecdsa-sha2-nistp384), C(ecdsa-sha2-nistp521),
        C(ssh-rsa) of 1024 bits or more, C(sk-ssh-ed25519@openssh.com), C(sk-ecdsa-sha2-nistp256@openssh.com) and
        C(ssh-mldsa44-ed25519), which sshd knows from OpenSSH 10.6 on.
      - Certificates, keys of the type C(ssh-dss) and lines with options in front of the key are refused. Grants alone
        decide what a key may do.
      - The list may be empty only with O(exclusive=true), to revoke all keys.
    type: list
    elements: str
    required: true
  gears:
    description:
      - Gears that the keys open. They must be installed, unless O(state=absent).
    type: list
    elements: str
  repositories:
    description:
      - Repositories of M(geard.core.gear_repo) that the keys open. They must exist, unless O(state=absent).
    type: list
    elements: str
  write:
    description:
      - Whether the keys may also push to the O(repositories), and not only fetch. A later grant with the other value
        replaces the earlier one. It has no effect on gears.
    type: bool
    default: false
  state:
    description:
      - V(present) grants, V(absent) revokes.
      - With V(absent) and neither O(gears) nor O(repositories), the keys open nothing on the host any more.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Whether all other keys of the O(gears) and O(repositories) are revoked.
    type: bool
    default: false
seealso:
  - module: geard.core.gear_container
  - module: geard.core.gear_info
  - module: geard.core.gear_sshd
"""

EXAMPLES = r"""
- name: Two people may log in to two gears
  geard.core.gear_keys:
    keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGAqHLTWDgGSHFWHdrUWsOfmMPyiqlPNWXEt8YAd0mRb ada@example.com
      - "{{ lookup('ansible.builtin.file', 'keys/grace.pub') }}"
    gears: [web, api]

- name: Exactly the keys of this file open the gear web
  geard.core.gear_keys:
    keys:
      - "{{ lookup('ansible.builtin.file', 'keys/team.pub') }}"
    gears: [web]
    exclusive: true

- name: A machine may push to a repository
  geard.core.gear_keys:
    keys:
      - "{{ lookup('ansible.builtin.file', 'keys/ci.pub') }}"
    repositories: [shop]
    write: true

- name: Somebody leaves
  geard.core.gear_keys:
    keys:
      - "{{ lookup('ansible.builtin.file', 'keys/grace.pub') }}"
    state: absent

- name: Nobody may log in to the gear web
  geard.core.gear_keys:
    keys: []
    gears: [web]
    exclusive: true
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each.
  returned: always
  type: list
  elements: str
  sample:
    - "keys: store SHA256:Ir5T5oqcTYyKFbOMzTSQpIqwSp3cJ4Hx2w3SFOhzYFg"
    - "web: add login ctr-web (50000)"
    - "web: grant SHA256:Ir5T5oqcTYyKFbOMzTSQpIqwSp3cJ4Hx2w3SFOhzYFg"
public_keys:
  description: The keys of the task, without duplicates.
  returned: always
  type: list
  elements: dict
  contains:
    fingerprint:
      description: The fingerprint, as C(ssh-keygen -l) shows it.
      type: str
      returned: always
    type:
      description: Type of the key.
      type: str
      returned: always
    id:
      description: Name of its file below C(/var/lib/containers/keys/public). It is the fingerprint in the letters of
        base64url.
      type: str
      returned: always
gears:
  description: One item for each gear.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the gear.
      type: str
      returned: always
    changed:
      description: Whether its keys or its login changed.
      type: bool
      returned: always
    failed:
      description: Always V(false), since the task succeeds or fails as a whole.
      type: bool
      returned: always
    msg:
      description: Always empty.
      type: str
      returned: always
    login:
      description: The login that its keys open.
      type: str
      returned: always
      sample: ctr-web
    granted:
      description: Fingerprints of all keys that open it after the task.
      type: list
      elements: str
      returned: always
repositories:
  description: One item for each repository, with the same keys as RV(gears). Here C(granted) is a list of dictionaries
    of C(fingerprint) and C(access), which is V(read) or V(write).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.access import keys
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def main() -> None:
    module = Module(
        argument_spec={
            "keys": {"type": "list", "elements": "str", "required": True, "no_log": False},
            "gears": {"type": "list", "elements": "str"},
            "repositories": {"type": "list", "elements": "str"},
            "write": {"type": "bool", "default": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "exclusive": {"type": "bool", "default": False},
        },
    )
    with reported(module):
        keys.run(module, Layout())


if __name__ == "__main__":
    main()
