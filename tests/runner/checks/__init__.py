# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of this collection that no ready-made tool knows. Each check takes the root and yields one line per problem."""

from __future__ import annotations
