# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mounted into a container: volumes, files and folders of the host, memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..checks import check_path
from ..errors import InvalidOption

if TYPE_CHECKING:
    from .definition import Definition

_LONGEST_VOLUME = 200


def check_target(value: object, where: str) -> str:
    """A path of the container that something can be mounted on."""
    path = check_path(value, where)
    if path == "/":
        raise InvalidOption(where, value, "a path below /")
    return path


def check_volume(value: object, where: str) -> str:
    """A path that also makes the name of a folder and of a Docker volume."""
    path = check_target(value, where)
    if ":" in path:
        raise InvalidOption(where, value, "a path in the container, without ':'; host:container goes to binds")
    if len(re.sub(rb"[^a-zA-Z0-9/]", b"____", path.encode())) > _LONGEST_VOLUME:
        allowed = f"at most {_LONGEST_VOLUME} bytes, of which all but letters, digits and slashes count four times"
        raise InvalidOption(where, value, allowed)
    return path


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
