# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry has under a name now; nothing is pulled.

dockerd asks the registry. Where root has a login for it the SDK does, which reads Docker's configuration and runs
credential helpers.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ...model.errors import OperationFailed
from ...model.image.complaints import why_no_image
from ...model.image.names import registry_of
from . import sdk
from .engine import message, request

_PATIENCE = 600.0
"""Seconds to wait for a registry."""


def digest(reference: str) -> str:
    """The digest that the registry has for a name; raises OperationFailed with the registry's answer."""
    if has_login(reference):
        return sdk.registry_digest(reference)
    status, body = request("GET", f"/distribution/{reference}/json", timeout=_PATIENCE)
    if status != 200:
        raise OperationFailed(f"cannot look up image {reference}: {why_no_image(message(body))}")
    return str(json.loads(body)["Descriptor"]["digest"])


def has_login(reference: str) -> bool:
    """Whether Docker's configuration may have a login for the registry of an image; true when in doubt."""
    home = os.environ.get("HOME") or os.path.expanduser("~")
    folder = os.environ.get("DOCKER_CONFIG") or f"{home}/.docker"
    path = next(filter(os.path.exists, (f"{folder}/config.json", f"{home}/.docker/config.json")), "")
    if not path:
        return os.path.lexists(f"{home}/.dockercfg")
    try:
        with open(path, "rb") as file:
            return _may_log_in(json.loads(file.read() or b"{}"), _host(registry_of(reference)))
    except (OSError, ValueError):
        return True  # the SDK says what is wrong with it


def _may_log_in(config: Any, registry: str) -> bool:
    if not isinstance(config, dict) or config.get("credsStore") or config.get("HttpHeaders"):
        return True
    given = [*(config.get("auths") or ()), *(config.get("credHelpers") or ())]
    return registry in map(_host, given)


def _host(registry: str) -> str:
    """The host of a registry. Docker's own has several names, of which one is returned."""
    host = registry.partition("://")[2] or registry
    host = host.partition("/")[0]
    return "docker.io" if host.endswith("docker.io") else host
