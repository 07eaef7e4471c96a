# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker images made by hand, without daemon or registry; their identifiers never change."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from . import debian
from .builder_images import BUILDERS
from .catalogue import APPLICATIONS, COMMON, IMAGES, File, Image
from .errors import LabError
from .packages import BUSYBOX
from .run import run
from .settings import Settings

CREATED = "2026-01-01T00:00:00Z"
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Built:
    """An image as bytes: its configuration and its layers, base first."""

    name: str
    config: bytes
    layers: tuple[bytes, ...]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def names() -> list[str]:
    return [image.name for image in IMAGES]


def applications() -> list[str]:
    return [image.name for image in APPLICATIONS]


def builders() -> list[str]:
    return [image.name for image in BUILDERS]


def choose(wanted: Sequence[str]) -> list[Image]:
    """The named images, or the small ones without names."""
    known = {image.name: image for image in (*IMAGES, *APPLICATIONS, *BUILDERS)}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise LabError(f"no test image {', '.join(unknown)}", f"there are {', '.join(known)}")
    return [known[name] for name in wanted or names()]


def member(path: str, mode: int, owner: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.mode, info.uid, info.gid = mode, owner, owner
    return info


def add_folders(layer: tarfile.TarFile, paths: Iterable[str]) -> None:
    """Add every missing parent folder of the paths once, parents first."""
    named = {PurePosixPath(path) for path in paths}
    parents = {str(parent) for path in named for parent in path.parents if parent not in named}
    for folder in sorted(parents - {"."}):
        info = member(folder, 0o755)
        info.type = tarfile.DIRTYPE
        layer.addfile(info)


def add_file(layer: tarfile.TarFile, file: File) -> None:
    data = file.text.encode()
    info = member(file.path, file.mode, file.owner)
    info.size = len(data)
    if file.path.endswith("/"):
        info.type = tarfile.DIRTYPE
    layer.addfile(info, io.BytesIO(data))


def files_layer(files: Iterable[File]) -> bytes:
    files = sorted(files, key=lambda file: file.path)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as layer:
        add_folders(layer, [file.path for file in files])
        for file in files:
            add_file(layer, file)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def busybox_layer() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as layer:
        add_folders(layer, ["root/.", *(file.path for file in COMMON)])
        add_temporary(layer)
        binary = BUSYBOX.read_bytes()
        info = member("bin/busybox", 0o755)
        info.size = len(binary)
        layer.addfile(info, io.BytesIO(binary))
        for applet in sorted(set(run([str(BUSYBOX), "--list"]).stdout.split()) - {"busybox"}):
            link = member(f"bin/{applet}", 0o777)
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            layer.addfile(link)
        for file in COMMON:
            add_file(layer, file)
    return buffer.getvalue()


def add_temporary(layer: tarfile.TarFile) -> None:
    info = member("tmp", 0o1777)
    info.type = tarfile.DIRTYPE
    layer.addfile(info)


def settings_of(image: Image) -> dict[str, Any]:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **image.environment}
    found: dict[str, Any] = {
        "Cmd": list(image.command) or None,
        "Entrypoint": list(image.entrypoint) or None,
        "Env": [f"{key}={value}" for key, value in environment.items()],
        "ExposedPorts": {port: {} for port in image.ports},
        "Labels": dict(image.labels),
        "User": image.user,
        "Volumes": {path: {} for path in image.volumes},
        "WorkingDir": image.workdir,
    }
    if image.healthcheck:
        found["Healthcheck"] = {
            "Test": ["CMD-SHELL", image.healthcheck],
            "Interval": SECOND,
            "Timeout": 5 * SECOND,
            "Retries": 1,
        }
    return found


def layers_of(image: Image, settings: Settings | None) -> tuple[bytes, ...]:
    own = files_layer([File("etc/image", f"{image.name}\n"), *image.files])
    if not image.packages:
        return (busybox_layer(), own)
    return (busybox_layer(), debian.layer(image.packages, settings or Settings.from_environment()), own)


def build(image: Image, settings: Settings | None = None) -> Built:
    layers = layers_of(image, settings)
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": CREATED,
        "config": settings_of(image),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(layer)}" for layer in layers]},
        "history": [{"created": CREATED, "created_by": "geard lab"}] * len(layers),
    }
    return Built(image.name, json.dumps(config, sort_keys=True).encode(), layers)


def build_all() -> list[Built]:
    return [build(image) for image in IMAGES]


def archive(*wanted: str, settings: Settings | None = None) -> bytes:
    """Test images as one archive for `docker load`; a shared layer is in it once."""
    built = [build(image, settings) for image in choose(wanted)]
    parts = {f"{digest(layer)}/layer.tar": layer for image in built for layer in image.layers}
    parts.update({f"{digest(image.config)}.json": image.config for image in built})
    parts["manifest.json"] = json.dumps([entry(image) for image in built]).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as outer:
        for path, data in sorted(parts.items()):
            info = member(path, 0o644)
            info.size = len(data)
            outer.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def entry(image: Built) -> dict[str, Any]:
    return {
        "Config": f"{digest(image.config)}.json",
        "RepoTags": [image.name],
        "Layers": [f"{digest(layer)}/layer.tar" for layer in image.layers],
    }
