# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules through nft(8): one transaction that replaces our table."""

from __future__ import annotations

import os
import subprocess

from ...model.errors import OperationFailed
from ...model.link.rules import Rules, nft_script
from .tool import Unavailable

_PLACES = ("/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft")


class Nft:
    """Rules in nftables."""

    name = "nftables"

    def __init__(self) -> None:
        self._program = ""

    def prepare(self) -> None:
        """Find the program; raises Unavailable."""
        found = [path for path in _PLACES if os.access(path, os.X_OK)]
        if not found:
            raise Unavailable("the program nft is missing; install the package nftables")
        self._program = found[0]

    def replace(self, rules: Rules) -> None:
        """Run the transaction. A kernel without nftables refuses it like any other, so this raises OperationFailed."""
        # pylint: disable-next=ansible-bad-function  # no module of Ansible runs here
        done = subprocess.run(
            [self._program, "-f", "-"], input=nft_script(rules).encode(), capture_output=True, check=False
        )
        if done.returncode != 0:
            complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise OperationFailed(f"nft did not accept the link rules: {complaint[0] if complaint else 'no message'}")
