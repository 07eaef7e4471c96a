# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker SDK: pulling images, and asking registries that want a login."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...model.errors import GearError, MissingLibrary, OperationFailed
from ...model.image.complaints import why_no_image
from .engine import image


def client() -> Any:
    """The SDK's client for dockerd of this host; raises MissingLibrary or OperationFailed."""
    try:
        import docker  # may be missing, and takes 114 ms
    except ImportError as error:
        raise MissingLibrary("docker", "python3-docker") from error
    try:
        # Without "auto", SDKs before 7.0 speak a version of the API that Docker 29 no longer knows.
        return docker.DockerClient(base_url="unix:///var/run/docker.sock", version="auto", timeout=600)
    except Exception as error:
        raise OperationFailed(
            f"the Python library docker cannot reach Docker: {_line(error)}; 'systemctl status docker' says more"
        ) from error


def pull(reference: str) -> dict[str, Any]:
    """Pull an image, and return it as Docker has it; raises OperationFailed with the registry's answer."""
    repository, tag = _split(reference)
    try:
        _follow(client().api.pull(repository, tag=tag, stream=True, decode=True))
    except GearError:
        raise
    except Exception as error:
        raise OperationFailed(f"cannot pull image {reference}: {why_no_image(_line(error))}") from error
    found = image(reference)
    if found is None:
        raise OperationFailed(
            f"image {reference} was pulled and is gone again, perhaps removed by 'docker image prune'; run the task "
            "again"
        )
    return found


def _follow(progress: Iterable[Mapping[str, Any]]) -> None:
    """Read the progress of a pull to its end: an error after its beginning is reported there and nowhere else."""
    for step in progress:
        if "error" in step:
            raise ValueError(step["error"])


def registry_digest(reference: str) -> str:
    """The digest that the registry has for a name now; raises OperationFailed. Nothing is pulled."""
    try:
        return str(client().images.get_registry_data(reference).id)
    except GearError:
        raise
    except Exception as error:
        raise OperationFailed(f"cannot look up image {reference}: {why_no_image(_line(error))}") from error


def _split(reference: str) -> tuple[str, str]:
    """Repository and tag or digest. Without a tag the SDK would pull them all."""
    if "@" in reference:
        repository, _at, digest = reference.partition("@")
        return repository, digest
    head, colon, tag = reference.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (reference, "latest")


def _line(error: Exception) -> str:
    """What went wrong; of an error of the daemon its own words, without the address that the SDK asked."""
    return " ".join(str(getattr(error, "explanation", None) or error).split())[:400]
