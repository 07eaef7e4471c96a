# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What source-to-image images say of themselves: the labels and variables of openshift/source-to-image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

S2I = "io.openshift.s2i."
"""Prefix of source-to-image's labels."""


def scripts_url_of(config: Mapping[str, Any]) -> str:
    """Where an image says its scripts are, such as image:///usr/libexec/s2i; empty when it says nothing.

    config is the image's Config as Docker has it. Older images use a label of another name, or a variable.
    """
    labels = config.get("Labels") or {}
    variables = dict(item.partition("=")[::2] for item in config.get("Env") or ())
    return str(
        labels.get(f"{S2I}scripts-url") or labels.get("io.s2i.scripts-url") or variables.get("STI_SCRIPTS_URL") or ""
    )


def folder_in_image(scripts_url: str) -> str:
    """The folder that an image:// URL names, without a slash at its end; empty for any other URL."""
    scheme = "image://"
    return "/" + scripts_url[len(scheme) :].strip("/") if scripts_url.startswith(scheme) else ""
