# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This fragment is private to geard.core: it may change or go away with any release.

"""What the attributes section of every gear module has in common."""

from __future__ import annotations


class ModuleDocFragment:
    # geard.core._attributes, for every module, which itself states the support for check_mode, diff_mode, idempotent.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description:
      - With C(--check) the module reports what a real run would do, and leaves the host as it is.
  diff_mode:
    description:
      - With C(--diff) the result shows the managed state before and after the task.
  idempotent:
    description:
      - Running the same task a second time reports no change, provided that nothing else changed the host in between.
  action_group:
    description:
      - Defaults for all gear modules can be set at once with C(group/geard.core.gear) in C(module_defaults).
    support: full
    membership:
      - geard.core.gear
  platform:
    description:
      - Hosts that the module can work on.
    support: full
    platforms: linux
    details:
      - The host needs Python 3.9, systemd 247 and Docker 20.10, or newer.
"""

    # geard.core._attributes.read_only: in addition, for modules that never change anything.
    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - The module only reads, so check mode makes no difference.
  diff_mode:
    support: N/A
    details:
      - The module changes nothing that could be compared.
  idempotent:
    support: full
    details:
      - The module only reads.
"""
