# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the quickstart says to its reader."""

from __future__ import annotations

import contextlib
import shlex
import time
from typing import TYPE_CHECKING

from .places import GEAR, IMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def step(number: int, what: str) -> Iterator[None]:
    """Say what begins, and how long it took."""
    say(f"\n[{number}/5] {what}")
    started = time.monotonic()
    yield
    say(f"      done after {time.monotonic() - started:.0f} s")


def say(text: str) -> None:
    print(text, flush=True)


def how_to_go_on(activation: Path, clean_up: str) -> str:
    """Commands that work as they are printed, in any shell of this machine."""
    commands = [f". {shlex.quote(str(activation))}", *(" ".join(["ansible gears -m", *words]) for words in AD_HOC)]
    return TEXT.format(gear=GEAR, commands="\n".join(f"    {line}" for line in commands), clean_up=clean_up)


TEXT = """
The gear {gear} runs, and starts again when its host boots. Go on with these commands:

{commands}

Clean up with:

    {clean_up}"""
AD_HOC = (
    ("geard.core.gear_info", "-a gather=gears,ports"),
    ("geard.core.gear_log", f"-a 'name={GEAR} lines=5'"),
    ("geard.core.gear_container", f"-a 'name={GEAR} state=stopped'"),
    ("geard.core.gear_container", f"-a 'name={GEAR} state=started'"),
    ("geard.core.gear_container", f"-a 'name=second image={IMAGE} ports=8080,9090 memory=64m'"),
    ("geard.core.gear_env", """-a '{"name": "second", "env": {"GREETING": "hello"}}'"""),
    ("geard.core.gear_container", "-a 'name=second state=absent keep_data=false'"),
)
