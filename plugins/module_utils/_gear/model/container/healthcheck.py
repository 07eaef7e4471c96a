# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Docker's health check of a container."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..checks import check_list, check_text, matching, number
from ..errors import InvalidOption

_check_form = matching(r"([0-9]+(\.[0-9]+)?(us|ms|s|m|h))+", "a duration such as 30s or 1m30s")
_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


def _check_duration(value: object, where: str) -> str:
    text = _check_form(value, where)
    parts = re.findall(r"([0-9.]+)([a-z]+)", text)
    if 0 < sum(float(amount) * _MILLISECONDS[unit] for amount, unit in parts) < 1:
        raise InvalidOption(where, value, "at least 1ms, which is Docker's minimum, or 0s for its default")
    return text


@dataclass(frozen=True)
class Healthcheck:
    """When a container counts as healthy.

    test: a line for the shell in the container; None turns the image's own check off. Times are Docker's durations, ""
    for the default.
    """

    test: str | None
    interval: str = ""
    timeout: str = ""
    start_period: str = ""
    retries: int = 0

    def words(self) -> Iterator[str]:
        """The words of a docker command line."""
        if self.test is None:
            yield "--no-healthcheck"
            return
        yield f"--health-cmd={self.test}"
        for flag, value in (
            ("interval", self.interval),
            ("timeout", self.timeout),
            ("start-period", self.start_period),
            ("retries", self.retries),
        ):
            if value:
                yield f"--health-{flag}={value}"


def parse_healthcheck(value: object, where: str) -> Healthcheck:
    """Read the option ``healthcheck``; raises InvalidOption."""
    if not isinstance(value, Mapping) or set(value) - {"test", "interval", "timeout", "start_period", "retries"}:
        raise InvalidOption(where, value, "a mapping of test, interval, timeout, start_period and retries")
    times = {
        key: _check_duration(value[key], f"{where}.{key}")
        for key in ("interval", "timeout", "start_period")
        if value.get(key) is not None
    }
    retries = number(0, 1000)(value["retries"], f"{where}.retries") if value.get("retries") is not None else 0
    return Healthcheck(test=_health_test(value.get("test"), f"{where}.test"), retries=retries, **times)


def _health_test(test: object, where: str) -> str | None:
    """Read a test in one of Docker's forms: text, [CMD-SHELL, text], [CMD, word...] or [NONE].

    The Docker client takes text only, so words are quoted for the shell.
    """
    if isinstance(test, str):
        return None if test == "NONE" else check_text(test, where)
    words = check_list(test, where, check_text) if test else ()
    if words == ("NONE",):
        return None
    if len(words) == 2 and words[0] == "CMD-SHELL":
        return words[1]
    if len(words) > 1 and words[0] == "CMD":
        return shlex.join(words[1:])
    raise InvalidOption(
        where, test, "text for the container's shell, or a list: CMD-SHELL and text, CMD and words, or NONE"
    )
