# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mounted into a container: volumes, files and folders of the host, memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .checks import check_path, check_text
from .errors import InvalidOption

if TYPE_CHECKING:
    from .definition import Definition

_BIND_OPTIONS = ({"ro", "rw"}, {"z", "Z"}, {"shared", "slave", "private", "rshared", "rslave", "rprivate"})
_LONGEST_VOLUME = 200
_TMPFS_OPTION = (
    r"r[ow]|(no)?(suid|dev|exec|mand|atime|diratime|relatime|strictatime)|a?sync|dirsync|defaults"
    r"|r?(private|shared|slave|unbindable)|mode=[0-7]{1,5}|[ug]id=[0-9]+|size=([0-9]+[kmgtKMGT]?|[0-9]+%)"
    r"|nr_(inodes|blocks)=[0-9]+[kmgtKMGT]?|mpol=.+"
)
_TMPFS_OPTIONS = (
    "container, or container:options of ro, rw, exec, noexec, suid, nosuid, dev, nodev and the like, "
    "size=64m, mode=1777, uid=1000, gid=1000, nr_inodes=10k, separated by commas"
)


def _target(value: object, where: str) -> str:
    path = check_path(value, where)
    if path == "/":
        raise InvalidOption(where, value, "a path below /")
    return path


def check_volume(value: object, where: str) -> str:
    """A path that also makes the name of a folder and of a Docker volume."""
    path = _target(value, where)
    if ":" in path:
        raise InvalidOption(where, value, "a path in the container, without ':'; host:container goes to binds")
    if len(re.sub(rb"[^a-zA-Z0-9/]", b"____", path.encode())) > _LONGEST_VOLUME:
        allowed = f"at most {_LONGEST_VOLUME} bytes, of which all but letters, digits and slashes count four times"
        raise InvalidOption(where, value, allowed)
    return path


def check_bind(value: object, where: str) -> str:
    """``host:container[:options]`` with both paths absolute."""
    parts = check_text(value, where).split(":")
    options = parts[2].split(",") if len(parts) == 3 else []
    kinds = [index for option in options for index, kind in enumerate(_BIND_OPTIONS) if option in kind]
    if len(parts) not in (2, 3) or len(kinds) != len(options) or len(set(kinds)) != len(kinds):
        known = "; ".join(", ".join(sorted(kind)) for kind in _BIND_OPTIONS)
        raise InvalidOption(where, value, f"host:container, or host:container:options, at most one of each: {known}")
    kept = [option for option in options if option != "rw"]
    return ":".join([check_path(parts[0], where), _target(parts[1], where), *([",".join(kept)] if kept else [])])


def check_tmpfs(value: object, where: str) -> str:
    """``container[:options]``, with the options that Docker takes."""
    path, colon, options = check_text(value, where).partition(":")
    for option in options.split(",") if options else ():
        if not re.fullmatch(_TMPFS_OPTION, option):
            raise InvalidOption(where, value, _TMPFS_OPTIONS)
    return _target(path, where) + (colon + options if options else "")


def volume_directory(path: str) -> str:
    """The folder of a container path below a gear's data: slashes become dashes, as in systemd-escape(1)."""
    return _escaped(path, "_.", "\\x")


def volume_name(name: str, path: str) -> str:
    """The Docker volume behind a gear's container path; Docker allows letters, digits and _.- only.

    The path is written without dots, so that no other gear's name and path give the same.
    """
    return f"gear.{name}.{_escaped(path, '', '_')}"


def _escaped(path: str, plain: str, escape: str) -> str:
    characters = {ord("/"): "-", **{ord(c): c for c in plain}}
    return "".join(
        characters.get(byte) or (chr(byte) if chr(byte).isalnum() and byte < 128 else f"{escape}{byte:02x}")
        for byte in path[1:].encode()
    )


def _csv_field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def mount_words(definition: Definition, volumes: Iterable[str], data_path: str) -> Iterator[str]:
    """Words of a docker command line. --mount takes CSV; relabelling for SELinux (z, Z) is known to --volume only."""
    for path in volumes:
        device = f"{data_path}/{volume_directory(path)}"
        fields = ["type=volume", f"src={volume_name(definition.name, path)}", f"dst={path}", "volume-driver=local"]
        fields += ["volume-opt=type=none", "volume-opt=o=bind", f"volume-opt=device={device}"]
        yield "--mount=" + ",".join(map(_csv_field, fields))
    for bind in definition.binds:
        source, target, *rest = bind.split(":")
        options = rest[0].split(",") if rest else []
        if {"z", "Z"} & set(options):
            yield f"--volume={bind}"
            continue
        fields = ["type=bind", f"src={source}", f"dst={target}"]
        fields += ["readonly" if option == "ro" else f"bind-propagation={option}" for option in options]
        yield "--mount=" + ",".join(map(_csv_field, fields))
    yield from (f"--tmpfs={item}" for item in definition.tmpfs)
