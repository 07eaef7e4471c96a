# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of the quickstart to its reader."""

from __future__ import annotations

import contextlib
import shlex
import textwrap
import time
from typing import TYPE_CHECKING

from .places import IMAGE, TAKE_DOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .places import Place


@contextlib.contextmanager
def step(number: int, what: str) -> Iterator[None]:
    """Show the beginning of a step and its duration."""
    say(f"\n[{number}/6] {what}")
    started = time.monotonic()
    yield
    say(f"      done after {time.monotonic() - started:.0f} s")


def say(text: str) -> None:
    print(text, flush=True)


def show(text: str) -> None:
    """Show a file's text, set off from the surrounding messages."""
    say(textwrap.indent(text, " " * 6))


def how_to_go_on(activation: Path, place: Place, descriptor: Path) -> str:
    """Commands to try next; they work as printed, in any shell of this machine."""
    first, last = place.hosts[0], place.hosts[-1]
    deploy = f"ansible-playbook geard.core.deploy -e gear_deploy_descriptor={shlex.quote(str(descriptor))}"
    commands = [
        f". {shlex.quote(str(activation))}",
        "ansible gears -m geard.core.gear_info -a gather=gears,links",
        f"ansible {first} -m geard.core.gear_log -a 'name=web-1 lines=5'",
        f"ansible {first} -m command -a 'docker exec web-1 wget -q -O - http://127.0.0.1:8081/'",
        f"ansible {last} -m geard.core.gear_container -a 'name=web-2 state=absent'",
        deploy,
        f"{deploy} --check -e gear_deploy_graph=true",
        f"ansible {first} -m geard.core.gear_container -a 'name=alone image={IMAGE} ports=8080,9090 memory=64m'",
        f"""ansible {first} -m geard.core.gear_env -a '{{"name": "alone", "env": {{"GREETING": "hello"}}}}'""",
        f"ansible {first} -m geard.core.gear_container -a 'name=alone state=absent keep_data=false'",
        f"ansible-playbook geard.core.deploy {TAKE_DOWN}",
    ]
    return TEXT.format(commands="\n".join(f"    {line}" for line in commands), clean_up=place.clean_up)


TEXT = """
The gears run, and start again when their hosts boot. Go on with these commands: look at them, lose one and have it
back, see the plan, run a gear that belongs to no deployment, take the deployment down.

{commands}

Clean up with:

    {clean_up}"""
