# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mounted into a container: volumes of the gear, files and folders of the host, memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..checks import check_path, check_text
from ..errors import InvalidOption, UnusableOption

_LONGEST_VOLUME = 200
_BIND_OPTIONS = ({"ro", "rw"}, {"z", "Z"}, {"shared", "slave", "private", "rshared", "rslave", "rprivate"})
_TMPFS_OPTION = (
    r"r[ow]|(no)?(suid|dev|exec|mand|atime|diratime|relatime|strictatime)|a?sync|dirsync|defaults"
    r"|r?(private|shared|slave|unbindable)|mode=[0-7]{1,5}|[ug]id=[0-9]+|size=([0-9]+[kmgtKMGT]?|[0-9]+%)"
    r"|nr_(inodes|blocks)=[0-9]+[kmgtKMGT]?|mpol=.+"
)
_TMPFS_OPTIONS = (
    "container, or container:options of ro, rw, exec, noexec, suid, nosuid, dev, nodev and the like, "
    "size=64m, mode=1777, uid=1000, gid=1000, nr_inodes=10k, separated by commas"
)


@dataclass(frozen=True)
class Bind:
    """A file or folder of the host in the container; its text is the form that users give."""

    source: str
    target: str
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ":".join((self.source, self.target, *([",".join(self.options)] if self.options else [])))

    def word(self) -> str:
        """The word of a docker command line. Relabelling for SELinux (z, Z) is known to --volume only."""
        if {"z", "Z"} & set(self.options):
            return f"--volume={self}"
        options = ["readonly" if option == "ro" else f"bind-propagation={option}" for option in self.options]
        return _mount("type=bind", f"src={self.source}", f"dst={self.target}", *options)


@dataclass(frozen=True)
class Tmpfs:
    """A path in the container that lies in memory; its text is the form that users give, and Docker's."""

    target: str
    options: str = ""

    def __str__(self) -> str:
        return f"{self.target}:{self.options}" if self.options else self.target

    def word(self) -> str:
        """The word of a docker command line."""
        return f"--tmpfs={self}"


def check_target(value: object, where: str) -> str:
    """A path in the container, other than its root; raises InvalidOption."""
    path = check_path(value, where)
    if path == "/":
        raise InvalidOption(where, value, "a path below /")
    return path


def check_volume(value: object, where: str) -> str:
    """A path in the container that can also name a folder and a Docker volume; raises InvalidOption."""
    path = check_target(value, where)
    if ":" in path:
        raise UnusableOption(where, value, "a path with a colon cannot be a volume; for host:container use binds")
    if len(re.sub(rb"[^a-zA-Z0-9/]", b"____", path.encode())) > _LONGEST_VOLUME:
        allowed = f"at most {_LONGEST_VOLUME} bytes, where everything but letters, digits and slashes counts four times"
        raise InvalidOption(where, value, allowed)
    return path


def parse_bind(value: object, where: str) -> Bind:
    """Read ``host:container[:options]`` with both paths absolute; raises InvalidOption."""
    parts = check_text(value, where).split(":")
    options = parts[2].split(",") if len(parts) == 3 else []
    kinds = [index for option in options for index, kind in enumerate(_BIND_OPTIONS) if option in kind]
    if len(parts) not in (2, 3) or len(kinds) != len(options) or len(set(kinds)) != len(kinds):
        known = "; ".join(", ".join(sorted(kind)) for kind in _BIND_OPTIONS)
        raise InvalidOption(
            where, value, f"host:container or host:container:options, with at most one option of each kind: {known}"
        )
    kept = tuple(option for option in options if option != "rw")  # Docker's default
    return Bind(check_path(parts[0], where), check_target(parts[1], where), kept)


def parse_tmpfs(value: object, where: str) -> Tmpfs:
    """Read ``container[:options]`` with the options that Docker takes; raises InvalidOption."""
    path, _colon, options = check_text(value, where).partition(":")
    for option in options.split(",") if options else ():
        if not re.fullmatch(_TMPFS_OPTION, option):
            raise InvalidOption(where, value, _TMPFS_OPTIONS)
    return Tmpfs(check_target(path, where), options)


def volume_directory(path: str) -> str:
    """The folder of a volume below its gear's data: the path, escaped as by systemd-escape(1)."""
    return _escaped(path, "_.", "\\x")


def volume_name(name: str, path: str) -> str:
    """The Docker volume behind a path of a gear; Docker allows letters, digits, ``_``, ``.`` and ``-`` in its name.

    The path is escaped without dots: the last dot ends the gear's name, so no two gears share a volume.
    """
    return f"gear.{name}.{_escaped(path, '', '_')}"


def _escaped(path: str, plain: str, escape: str) -> str:
    characters = {ord("/"): "-", **{ord(c): c for c in plain}}
    return "".join(
        characters.get(byte) or (chr(byte) if chr(byte).isalnum() and byte < 128 else f"{escape}{byte:02x}")
        for byte in path[1:].encode()  # without the slash in front, which every path has
    )


def volume_word(name: str, path: str, data_path: str) -> str:
    """The word of a docker command line that mounts a gear's volume: a Docker volume that is a folder of the host.

    name: the gear. path: where it is mounted. data_path: the folder of all volumes of the gear.
    """
    options = ("type=none", "o=bind", f"device={data_path}/{volume_directory(path)}")
    return _mount(
        "type=volume",
        f"src={volume_name(name, path)}",
        f"dst={path}",
        "volume-driver=local",
        *(f"volume-opt={option}" for option in options),
    )


def _mount(*fields: str) -> str:
    """The flag --mount, whose value is a line of CSV."""
    return "--mount=" + ",".join(map(_csv_field, fields))


def _csv_field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text
