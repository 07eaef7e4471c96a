# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that modules and programs begin with. Ansible sends a module with what it imports: gear_host names this file.

No run imports it.
"""

# ruff: noqa: F401
# pylint: disable=unused-import

from __future__ import annotations

from .. import arguments
from ..runtime.access import enter
from ..runtime.build import build
from ..runtime.container import clear, client, own, ready, stop
from ..runtime.job import job
from ..runtime.link import link
from .access import keys, sshd
from .build import task as build_task
from .container import task as container_task
from .env import task as env_task
from .info import task as info_task
from .job import task as job_task
from .link import task as link_task
from .log import task as log_task
from .repo import archive
from .repo import task as repo_task
