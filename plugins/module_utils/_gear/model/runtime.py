# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the runtime lies on every host (role gear_host)."""

from __future__ import annotations

LIBRARY = "/usr/local/lib/gear"
"""Where the library is, which programs and modules import: a folder for each one, named by its content."""

CURRENT = f"{LIBRARY}/current"
"""The symlink to the library in use."""

PROGRAMS = "/usr/local/libexec/gear"
"""Its programs, which units and sshd call."""

VERSION_FILE = f"{LIBRARY}/version"
"""Says which version of the collection wrote them; it is written last."""

DOCKER = "/usr/bin/docker"
"""Docker's client, which is called by this path."""
