#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_repo_archive
short_description: Write the files of a repository's commit to an archive
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Writes the files of a commit of a repository of M(geard.core.gear_repo) to one file on the host.
  - The same commit always gives the same bytes, in which all files have the time of the commit. So the file changes
    only when O(ref) stands for another commit, or when something else changed the file.
  - The file is replaced as a whole. Git runs as the repository's login.
extends_documentation_fragment:
  - geard.core._attributes
  - ansible.builtin.files
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The diff shows hashes of the file.
  idempotent:
    support: full
options:
  name:
    description:
      - Name of the repository.
    type: str
    required: true
  ref:
    description:
      - The commit to archive. It is named by a branch, a tag, a full name such as C(refs/tags/v1), its id, or C(HEAD)
        for the default branch.
    type: str
    default: HEAD
  dest:
    description:
      - Absolute path of the file on the host. Its folder must exist.
    type: path
    required: true
  format:
    description:
      - Kind of archive.
    type: str
    choices: [tar.gz, zip]
    default: tar.gz
  mode:
    description:
      - Mode of the file, as in M(ansible.builtin.file). Without it, a new file can be read by its owner only, and an
        existing file keeps its mode.
seealso:
  - module: geard.core.gear_repo
"""

EXAMPLES = r"""
- name: Make the folder of a web server
  ansible.builtin.file:
    path: /srv/www
    state: directory
    mode: "0755"

- name: Offer a release for download (the tag v1.4 was pushed to the repository shop)
  geard.core.gear_repo_archive:
    name: shop
    ref: v1.4
    dest: /srv/www/shop-1.4.zip
    format: zip
    mode: "0644"

- name: Archive the default branch as it is now
  geard.core.gear_repo_archive:
    name: shop
    dest: /var/backups/shop.tar.gz
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each.
  returned: always
  type: list
  elements: str
  sample: ["shop: archive 3b18e512dba7 to /srv/www/shop-1.4.zip"]
name:
  description: Name of the repository.
  returned: always
  type: str
ref:
  description: The name of the commit as it was given.
  returned: always
  type: str
commit:
  description: Id of the commit it stands for.
  returned: always
  type: str
dest:
  description: Path of the file.
  returned: always
  type: str
format:
  description: Kind of archive.
  returned: always
  type: str
checksum:
  description: SHA-256 of the file.
  returned: always
  type: str
size:
  description: Bytes of the file.
  returned: always
  type: int
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.repo import archive
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def main() -> None:
    module = Module(
        argument_spec={
            "name": {"type": "str", "required": True},
            "ref": {"type": "str", "default": "HEAD"},
            "dest": {"type": "path", "required": True},
            "format": {"type": "str", "choices": ["tar.gz", "zip"], "default": "tar.gz"},
        },
        add_file_common_args=True,
    )
    with reported(module):
        archive.run(module, Layout())


if __name__ == "__main__":
    main()
