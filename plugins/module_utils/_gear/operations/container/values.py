# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gear as it is, as a task wants it, and the plan from the one to the other: what all of this package works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...model.access.account import Account
from ...model.actions import Action
from ...model.container.unit import Unit
from ...model.container.unit_facts import UnitFacts
from ...model.container.unit_state import UnitState
from ...model.link.links import Link
from ...model.link.status import LinkStatus
from ...store.container.starts import Start


@dataclass(frozen=True)
class Observed:
    """A gear as it is on the host.

    unit_text: None when the gear is not installed. start, link_status: of the running container, None without one.
    env_name, environment, env_stamp: the environment that the gear is to have, which may not exist yet (None).
    unreserved: external ports of the unit that are not reserved for the gear. leftovers: what a removal would find
    besides the unit; empty unless the gear is to be removed.
    """

    unit_text: str | None = None
    facts: UnitFacts = UnitFacts()
    is_linked: bool = False
    starts_on_boot: bool = False
    state: UnitState = UnitState()
    start: Start | None = None
    env_name: str = ""
    environment: dict[str, str] | None = None
    env_stamp: str = ""
    links: tuple[Link, ...] = ()
    link_status: LinkStatus | None = None
    unreserved: tuple[int, ...] = ()
    leftovers: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the gear is installed."""
        return self.unit_text is not None


@dataclass(frozen=True)
class Wanted:
    """What a task asks for, with everything that depends on the host filled in; None and "" leave a thing as it is.

    pull: the image's name when the task brings it to the host. add_account: the login to make. links_have_moved: a name
    that a link leads to has another address than in the running container. is_rollback: unit is an earlier version.
    """

    name: str
    state: str = "started"
    unit: Unit | None = None
    pull: str = ""
    add_account: Account | None = None
    environment: dict[str, str] | None = None
    links: tuple[Link, ...] | None = None
    links_have_moved: bool = False
    on_change: str = "restart"
    is_rollback: bool = False


@dataclass(frozen=True)
class GearPlan:
    """The steps for one gear. A field with its default is a step that is not needed.

    facts: the gear after the plan. reserve, release: external ports. link: make systemd find the unit. boot: the boot
    flag to be. job: start, stop or restart. actions: the steps in words.
    """

    name: str
    wanted: Wanted
    observed: Observed
    unit: Unit | None = None
    facts: UnitFacts = UnitFacts()
    environment: dict[str, str] | None = None
    links: tuple[Link, ...] | None = None
    apply_links: bool = False
    reserve: tuple[int, ...] = ()
    release: tuple[int, ...] = ()
    link: bool = False
    boot: bool | None = None
    job: str = ""
    remove: bool = False
    actions: tuple[Action, ...] = ()

    @property
    def has_steps(self) -> bool:
        """Whether there is anything to do."""
        return self.changes_store or bool(
            self.wanted.pull or self.apply_links or self.release or self.job or self.remove
        )

    @property
    def changes_store(self) -> bool:
        """Whether anything is written to disk before the job."""
        written = (self.unit, self.environment, self.links, self.boot)
        return any(item is not None for item in written) or bool(self.link or self.reserve or self.wanted.add_account)

    @property
    def awaits_start(self) -> bool:
        """Whether the gear starts already, as is wanted: nothing to do but wait for the outcome."""
        starting = self.observed.state.active == "activating" and self.observed.state.is_running
        return starting and self.wanted.state == "started" and not self.job

    @property
    def needs_reload(self) -> bool:
        """Whether systemd must read its units again before the job. It also keeps boot flags in memory.

        A removal has it read them at its end, whatever the plan says.
        """
        return self.unit is not None or self.link or (self.boot is not None and not self.remove)


@dataclass
class Outcome:
    """What came of a task: its plans, what failed by gear, the states of the units after it.

    secrets: values of variables that lines of a journal may show.
    """

    plans: list[GearPlan] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    states: dict[str, UnitState] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
