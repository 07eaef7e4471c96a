# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a definition says of a container's user, limits and privileges, as words of a docker command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .definition import Definition
    from .docker_command import Resolved


def mcs_label(uid: int) -> str:
    """A pair of SELinux categories that belongs to this uid only; the pair is what keeps gears apart (selinux(8))."""
    first, second = divmod(uid % 523776, 1023)
    low, high = sorted((first, second if second < first else second + 1))
    return f"s0:c{low},c{high}"


def identity_words(definition: Definition, resolved: Resolved) -> Iterator[str]:
    """Whom it runs as, and where."""
    if resolved.account:
        yield f"--user={resolved.account.uid}:{resolved.account.gid}"
        yield "--security-opt=no-new-privileges"
        yield "--cap-drop=ALL"
        if resolved.selinux:
            yield f"--security-opt=label=level:{mcs_label(resolved.account.uid)}"
    elif definition.user:
        yield f"--user={definition.user}"
    if definition.workdir:
        yield f"--workdir={definition.workdir}"
    if definition.hostname:
        yield f"--hostname={definition.hostname}"


def limit_words(definition: Definition) -> Iterator[str]:
    """What it may use of the host."""
    if definition.memory:
        yield f"--memory={definition.memory}"
    if definition.cpus:
        yield f"--cpus={definition.cpus}"
    if definition.pids:
        yield f"--pids-limit={definition.pids}"


def security_words(definition: Definition) -> Iterator[str]:
    """What it may do."""
    if definition.read_only:
        yield "--read-only"
    if definition.privileged:
        yield "--privileged"
    yield from (f"--cap-add={capability}" for capability in definition.cap_add)
    yield from (f"--cap-drop={capability}" for capability in definition.cap_drop)
    yield from (f"--security-opt={option}" for option in definition.security_opts)
    yield from (f"--device={device}" for device in definition.devices)
