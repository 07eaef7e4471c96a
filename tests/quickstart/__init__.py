# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first command of the README, started by ./quickstart at the root of the collection."""

from __future__ import annotations
