# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the integration tests: hosts of the lab, Ansible, and the proof that a task converges."""
