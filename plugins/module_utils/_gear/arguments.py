# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specifications that several modules share."""

from __future__ import annotations

from typing import Any

CONTAINER: dict[str, dict[str, Any]] = {
    "image": {"type": "str"},
    "pull": {"type": "str", "choices": ["missing", "always", "never"]},
    "command": {"type": "raw"},
    "entrypoint": {"type": "raw"},
    "env": {"type": "dict", "no_log": True},
    "env_name": {"type": "str"},
    "env_files": {"type": "list", "elements": "path"},
    "links": {"type": "list", "elements": "raw"},
    "networks": {"type": "list", "elements": "str"},
    "binds": {"type": "list", "elements": "str"},
    "tmpfs": {"type": "list", "elements": "str"},
    "user": {"type": "str"},
    "workdir": {"type": "str"},
    "hostname": {"type": "str"},
    "extra_hosts": {"type": "list", "elements": "str"},
    "slice": {"type": "str"},
    "memory": {"type": "str"},
    "cpus": {"type": "str"},
    "pids": {"type": "int"},
    "stop_timeout": {"type": "int"},
    "read_only": {"type": "bool"},
    "privileged": {"type": "bool"},
    "cap_add": {"type": "list", "elements": "str"},
    "cap_drop": {"type": "list", "elements": "str"},
    "security_opts": {"type": "list", "elements": "str"},
    "devices": {"type": "list", "elements": "str"},
    "docker_args": {"type": "list", "elements": "str"},
}
"""How a container is run, whether once by gear_job or as a service by gear_container."""
