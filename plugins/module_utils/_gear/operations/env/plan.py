# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What gear_env does to one environment: (request, observed) -> plan. Pure; tested with tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...model.actions import Action
from ...model.env.environment import MAX_FILE, check_environment, check_variable, describe_change, render
from ...model.errors import Conflict, Described, InvalidOption, UnusableOption
from ...model.names import check_name
from ...model.urls import check_place


@dataclass(frozen=True)
class Request:
    """What a task asks for, checked. removed: None when the task names no variables, which differs from an empty list.

    restart: whether running gears are restarted. wait_timeout: in seconds.
    """

    name: str
    state: str = "present"
    variables: dict[str, str] | None = None
    removed: tuple[str, ...] | None = None
    exclusive: bool = False
    source: str = ""
    restart: bool = True
    wait: bool = True
    wait_timeout: int | None = None

    @property
    def removes_all(self) -> bool:
        """Whether the environment itself is removed."""
        return self.state == "absent" and self.removed is None


@dataclass(frozen=True)
class Observed:
    """An environment as it is. variables: None when it does not exist.

    users: the gears that use it. running: those of them that run. outdated: those that run with an earlier state of it.
    """

    variables: dict[str, str] | None = None
    users: tuple[str, ...] = ()
    running: frozenset[str] = frozenset()
    outdated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """The environment before and after the task, None when there is none, and the gears to restart."""

    name: str
    before: dict[str, str] | None
    after: dict[str, str] | None
    observed: Observed
    restart: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether anything on disk changes."""
        return self.before != self.after

    @property
    def actions(self) -> tuple[Action, ...]:
        """The steps, in the order in which they are carried out."""
        return tuple(_say(self))


def read_request(options: Mapping[str, Any]) -> Request:
    """Check the options; raises InvalidOption."""
    env, names, source = options["env"], options["names"], options["source"]
    request = Request(
        name=check_name(options["name"]),
        state=options["state"],
        variables=None if env is None else check_environment(env),
        removed=None if names is None else tuple(check_variable(name, "", "names")[0] for name in names),
        exclusive=options["exclusive"],
        source="" if source is None else check_place(source),
        restart=options["restart"] == "changed",
        wait=options["wait"],
        wait_timeout=options["wait_timeout"],
    )
    _check_together(request)
    return request


def _check_together(request: Request) -> None:
    """Refuse options that contradict each other."""
    if request.wait_timeout is not None and not 0 <= request.wait_timeout <= 86400:
        raise InvalidOption("wait_timeout", request.wait_timeout, "a number of seconds from 0 to 86400")
    given = {"env": request.variables is not None, "source": bool(request.source), "exclusive": request.exclusive}
    if request.state == "absent":
        for option in (option for option, is_given in given.items() if is_given):
            raise UnusableOption(option, None, "state is absent; list the variables to remove in names")
    if request.exclusive and not (given["env"] or given["source"]):
        raise UnusableOption("exclusive", True, "it needs env or source as well; an empty env empties the environment")
    for name in sorted(set(request.variables or ()) & set(request.removed or ())):
        raise UnusableOption("names", name, "this variable is in env too; list it in one of the two")


def plan(request: Request, sourced: Mapping[str, str], observed: Observed) -> Plan:
    """Decide. sourced: variables of the source. Raises Conflict when an environment that gears use would be removed."""
    if request.removes_all:
        if observed.variables is not None and observed.users:
            raise Conflict(
                f"cannot remove environment {request.name}: {_gears(observed.users)} not start without it; remove the "
                "gears first or give them another env_name; to remove single variables, list them in names"
            )
        return Plan(request.name, observed.variables, None, observed)
    after = _variables(request, sourced, observed.variables)
    changes = after != observed.variables
    concerned = observed.running if changes else observed.outdated  # outdated: a killed task did not restart them
    return Plan(
        name=request.name,
        before=observed.variables,
        after=after,
        observed=observed,
        restart=tuple(sorted(concerned)) if request.restart else (),
    )


def _variables(request: Request, sourced: Mapping[str, str], before: Mapping[str, str] | None) -> dict[str, str] | None:
    if request.state == "absent" and before is None:
        return None
    after = {**(before or {}), **sourced} if not request.exclusive else dict(sourced)
    after = {name: value for name, value in after.items() if name not in (request.removed or ())}
    after.update(request.variables or {})  # last: what the task states wins over the source
    size = len(render(after))
    if size > MAX_FILE:
        raise UnusableOption(
            "env", Described("the whole environment"), f"it would have {size} bytes; at most {MAX_FILE} are possible"
        )
    return after


def _gears(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"gear {names[0]} uses it and would"
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"gears {', '.join(names[:5])}{more} use it and would"


def _say(plan: Plan) -> Iterator[Action]:
    if plan.writes and plan.after is None:
        yield Action(plan.name, "remove environment", describe_change(plan.before or {}, {}))
    elif plan.writes and plan.after is not None:
        verb = "create environment" if plan.before is None else "write environment"
        yield Action(plan.name, verb, describe_change(plan.before or {}, plan.after) or "empty")
    yield from (Action(gear, "restart") for gear in plan.restart)
