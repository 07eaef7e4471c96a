# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runner of all checks, started by ./runtests at the root of the collection."""

from __future__ import annotations
