# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that Docker reads, checked by its own rules: what it refuses at a start would make the gear fail for ever."""

from __future__ import annotations

import ipaddress
import re

from ..checks import Words, check_list, check_path, check_text, matching
from ..errors import InvalidOption, UnusableOption
from ..quoting import check_word

_LEAST_MEMORY = 6 << 20
_CAPABILITIES = {
    "ALL", "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
    "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
    "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST",
    "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT",
    "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
    "WAKE_ALARM",
}  # fmt: skip
_FLAG = "1|t|T|TRUE|true|True|0|f|F|FALSE|false|False"
_SECURITY_OPTION = re.compile(
    rf"no-new-privileges([=:]({_FLAG}))?|writable-cgroups[=:]({_FLAG})|systempaths=unconfined|apparmor[=:].+"
    r"|seccomp[=:](unconfined|builtin|/.+)|label[=:](disable|nested|(user|role|type|level|filetype):.+)"
)
_SECURITY_OPTIONS = (
    "no-new-privileges, apparmor=PROFILE, seccomp=unconfined or a path of the host, label=disable, "
    "label=type:TYPE (or user, role, level), systempaths=unconfined, writable-cgroups=true"
)
_MODE = re.compile(r"(?!.*(.).*\1)[rwm]{1,3}")
_CDI = re.compile(
    r"[A-Za-z]([A-Za-z0-9_.-]*[A-Za-z0-9])?/[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?"
    r"=[A-Za-z0-9]([A-Za-z0-9_.:-]*[A-Za-z0-9])?"
)
_DOCKER_ARGS_OURS = {
    **dict.fromkeys(("--publish", "-p", "--publish-all", "-P"), "ports"),
    **dict.fromkeys(("--label", "-l"), "labels"),
    "--restart": "restart_policy", "--cgroup-parent": "slice", "--env-file": "env_files", "--pull": "pull",
    **dict.fromkeys(
        ("--name", "--rm", "-d", "--detach", "--cidfile", "--help", "-i", "-t", "-it", "--interactive", "--tty",
         "--sig-proxy", "-a", "--attach", "--", ""), ""),
}  # fmt: skip
"""Flags that a gear sets itself, and the option to use instead; empty where there is none."""


def _capability(value: object, where: str) -> str:
    """The name of a capability as in capabilities(7), with or without CAP_, or ALL."""
    text = check_text(value, where)
    name = text.upper()
    if (name[4:] if name.startswith("CAP_") and name != "CAP_ALL" else name) not in _CAPABILITIES:
        raise InvalidOption(where, value, "a capability as in capabilities(7), such as NET_ADMIN, or ALL")
    return text


def check_security_option(value: object, where: str) -> str:
    """A security option that ``docker run --security-opt`` takes on Linux."""
    text = check_text(value, where)
    if not _SECURITY_OPTION.fullmatch(text):
        raise InvalidOption(where, value, _SECURITY_OPTIONS)
    return text


def check_device(value: object, where: str) -> str:
    """A device: ``host[:container][:mode]``, or a name of the Container Device Interface."""
    text = check_text(value, where)
    if _CDI.fullmatch(text):
        return text
    paths = text.split(":")
    if len(paths) > 1 and not paths[-1].startswith("/"):  # what is no path is the mode
        mode = paths.pop()
        if not _MODE.fullmatch(mode):
            paths = []
    if len(paths) not in (1, 2) or not all(path.startswith("/") for path in paths):
        allowed = (
            "host, host:container, or either followed by a mode of r, w and m, with absolute paths; or "
            "vendor/class=device"
        )
        raise InvalidOption(where, value, allowed)
    for path in paths:
        check_path(path, where)
    return text


def check_memory(value: object, where: str) -> str:
    """A limit of memory, with a unit b, k, m, g or t; 0 is no limit."""
    text = matching(r"[0-9]+(\.[0-9]+)?[bkmgtBKMGT]?", "a number with an optional unit b, k, m, g or t")(value, where)
    unit = text[-1].lower()
    size = float(text.rstrip("bkmgtBKMGT")) * 1024 ** max("bkmgt".find(unit), 0)
    if 0 < size < _LEAST_MEMORY:
        raise InvalidOption(where, value, "at least 6m, which is Docker's minimum, or 0 for no limit")
    return text


def check_cpus(value: object, where: str) -> str:
    """A number of processors, as finely as Docker and the kernel divide them; 0 is no limit."""
    text = matching(r"[0-9]+(\.[0-9]+)?", "a number of processors such as 0.5 or 2")(value, where)
    if 0 < float(text) < 0.01 or len(text.partition(".")[2].rstrip("0")) > 9:
        raise InvalidOption(where, value, "at least 0.01 processors with at most 9 decimals, or 0 for no limit")
    return text


def check_extra_host(value: object, where: str) -> str:
    """An entry for the hosts file, ``name:address``: older releases of Docker take no other form."""
    text = matching(r"[^:=\s]+[:=]\S+", "name:address")(value, where)
    name, address = re.split("[:=]", text, maxsplit=1)
    if address.startswith("[") and address.endswith("]"):  # IPv6 as in URLs, which an older Docker does not know
        address = address[1:-1]
    if address != "host-gateway":
        try:
            ipaddress.ip_address("" if "%" in address else address)  # a zone means nothing in a hosts file
        except ValueError:
            raise InvalidOption(where, value, "name:address with an IP address, or name:host-gateway") from None
    return f"{name}:{address}"


def check_network(value: object, where: str) -> str:
    """The name of a network. Whether the host has it is checked later."""
    allowed = "the name of a Docker network, host, none, or container:NAME"
    return matching(r"container:[a-zA-Z0-9][a-zA-Z0-9_.-]*|[^:=,\s\x00-\x1f\x7f]+", allowed)(value, where)


def check_log_driver(value: object, where: str) -> str:
    """A log driver of Docker, or the name of a plugin."""
    allowed = "a log driver such as json-file, local, journald or syslog, or the name of a plugin"
    return matching(r"[a-zA-Z0-9][a-zA-Z0-9_.:@/-]*", allowed)(value, where)


def _instead_of(option: str) -> str:
    return f"use the option {option} instead" if option else "every gear sets this flag itself"


def check_docker_args(value: object, where: str) -> Words:
    """Words for docker run, without flags that the gear sets by itself."""
    words = check_list(value, where, check_word)
    if words and not words[0].startswith("-"):
        raise InvalidOption(where, words[0], "a flag of docker run first; image and command have options of their own")
    for word in words:
        flag = word.split("=")[0] if word.startswith("--") else word[:2]  # -p80:80 is -p as well
        if flag in _DOCKER_ARGS_OURS:
            raise UnusableOption(where, word, _instead_of(_DOCKER_ARGS_OURS[flag]))
    return words


def check_capabilities(value: object, where: str) -> Words:
    """A list of capabilities, sorted: their order means nothing."""
    return tuple(sorted(set(check_list(value, where, _capability))))
