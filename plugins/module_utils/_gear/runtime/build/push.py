# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pushing an image with Docker's own client, which knows the host's logins or gets the one of this build."""

from __future__ import annotations

import re

from ...host.docker import building
from ...store.image import pushes
from ...store.layout import Layout
from .work import StepFailed, Work

_DIGEST = re.compile(rb"digest: (sha256:[0-9a-f]{64})")
"""What ``docker push`` writes at its end."""


def push(layout: Layout, work: Work) -> str:
    """Push the image by its tag, and record that; returns the digest that the registry gave it, "" if unknown."""
    tag = work.build.spec.tag
    image_id = str(building.image(tag)["Id"])
    said = bytearray()

    def read(chunk: bytes) -> None:
        said.extend(chunk)
        del said[:-4096]

    status = work.docker(["push", tag], listener=read)
    if status != 0:
        raise StepFailed(f"docker push ended with status {status}", status)
    pushes.record(layout, tag, image_id)
    match = _DIGEST.search(said)
    return match[1].decode() if match else _digest_of(tag)


def _digest_of(tag: str) -> str:
    """The digest that a pushed image has in its repository, by what Docker knows; empty when that is not certain."""
    repository = tag.rpartition(":")[0]
    known = (name.split("@") for name in building.image(tag).get("RepoDigests") or ())
    found = {digest for name, digest in known if name == repository}
    return found.pop() if len(found) == 1 else ""
