# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmarks: the collection, community.docker and the hand-made way, on the same host in the same run."""
