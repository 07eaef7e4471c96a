# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stages: what is checked, and how."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from .errors import StageFailed, StageSkipped
from .places import ANSIBLE, GALAXY
from .pytests import run_pytest
from .releases import RELEASES, Release, check_with
from .session import Session, Tally, read_junit
from .toolbox import open_toolbox, prepare_ansible_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Check = Callable[[Session], "Tally | None"]

SHELL = re.compile(rb"#!.*\b(ba)?sh\b")
MINUTE = 60.0
PACKAGE = "ansible_collections.geard.core"
# Python code that mypy reads: first what is imported as ansible_collections.geard.core, then what the tests on hosts
# import from folders of their own.
COLLECTION = ("plugins", "tests/runner", "tests/unit")
HOST_TESTS = ("tests/lab", "tests/integration", "tests/bench", "tests/quickstart")


@dataclass(frozen=True)
class Stage:
    """One selectable step. Its check returns the number of tests, or None when the stage itself counts as one."""

    name: str
    group: str
    about: str
    check: Check
    timeout: float = 5 * MINUTE

    @property
    def names(self) -> set[str]:
        """What selects it: its name, its group, and the first part of its name (trixie of trixie-own)."""
        return {self.name, self.group, self.name.partition("-")[0]}


def _tool(name: str, *words: str) -> Check:
    return lambda session: session.run(session.tool(name), *words)


def _nox(*sessions: str) -> Check:
    return lambda session: session.nox(*sessions)


def _rules(session: Session) -> None:
    session.run(session.toolbox.python, "-m", f"{PACKAGE}.tests.runner.rules", ".")


def _mypy(session: Session) -> None:
    collections, tests = session.workspace.collections, session.tree / "tests"
    integration = tests / "integration"
    codes = [
        _mypy_on(session, COLLECTION, [collections]),
        _mypy_on(session, HOST_TESTS, [collections, tests, integration, integration / "on_host"]),
    ]
    if any(codes):
        raise StageFailed("type errors")


def _mypy_on(session: Session, folders: Sequence[str], bases: Sequence[Path]) -> int:
    words = (
        f"--config-file={session.tree / '.mypy.ini'}",
        f"--cache-dir={session.workspace.folder / 'mypy' / folders[0]}",
        *(str(session.tree / name) for name in folders),
    )
    environment = {"MYPYPATH": os.pathsep.join(map(str, bases))}
    return session.call(session.tool("mypy"), *words, cwd=session.workspace.collections, env=environment)


def _shell(session: Session) -> None:
    scripts = [str(path.relative_to(session.tree)) for path in sorted(_shell_scripts(session.tree))]
    session.run("shellcheck", "--external-sources", *scripts)


def _shell_scripts(tree: Path) -> Iterator[Path]:
    for path in tree.rglob("*"):
        hidden = any(part in (".git", ".ansible", ".nox", "output") for part in path.relative_to(tree).parts)
        if not hidden and path.is_file() and SHELL.match(path.open("rb").readline()):
            yield path


def _unit(session: Session) -> Tally:
    return run_pytest(session, "tests/unit", f"--numprocesses={os.cpu_count() or 1}", "--dist=worksteal")


def _galaxy(session: Session) -> None:
    session.nox("build-import-check", toolbox=open_toolbox(ANSIBLE, GALAXY))


def _sanity(session: Session) -> None:
    session.nox("sanity", env=prepare_ansible_test(session.toolbox, session.workspace.home))


def _unit_pythons(session: Session) -> Tally:
    """Run the unit tests with every Python of hosts that this machine has beside the runner's own."""
    if session.pytest_words:
        raise StageSkipped("ansible-test takes no words for pytest")
    home = prepare_ansible_test(session.toolbox, session.workspace.home)
    known = [version for version in session.toolbox.ansible_test_pythons() if version != f"3.{sys.version_info[1]}"]
    found = [version for version in known if shutil.which(f"python{version}", path=session.search_path)]
    for version in found:
        session.nox("units", words=["--python", version], env=home)
    tallies = [read_junit(path) for path in sorted((session.tree / "tests/output/junit").glob("*.xml"))]
    session.write(f"tests ran with Python {', '.join(found)}")
    if not found or not all(tally.passed for tally in tallies):
        raise StageFailed("not every Python ran tests")
    return sum(tallies, Tally())


def _suite(release: str, own_hosts: str) -> Check:
    """Integration tests on one Debian: those that share hosts, those with hosts of their own (run beside), or all."""

    def run(session: Session) -> Tally:
        if os.geteuid() != 0:
            raise StageFailed("test hosts need root")
        half = (f"--own-hosts={own_hosts}",) if own_hosts else ()
        names = "--prefix=own" if own_hosts == "only" else "--prefix=it"
        return run_pytest(session, "tests/integration", f"--suite={release}", *half, names)

    return run


def _release(release: Release) -> Stage:
    about = f"ansible-core {release.version} with Python {release.python}: units, all modules and roles"
    return Stage(f"core-{release.version}", "releases", about, check_with(release), 20 * MINUTE)


# Quick ones first, then the longest, then those that fill the time when one suite of hosts ends before the others.
STAGES = (
    Stage("ruff", "static", "Python style and format", _nox("formatters", "codeqa")),
    Stage("imports", "static", "imports go down, never in a circle", _tool("lint-imports", "--no-cache")),
    Stage("rules", "static", "our own rules: sizes, README, roles", _rules),
    Stage("extra", "static", "action group, plain text, nox", _nox("extra-checks", "antsibull-nox-config")),
    Stage("yaml", "static", "style of YAML files and examples", _nox("yamllint")),
    Stage("shell", "static", "shellcheck", _shell),
    Stage("changelog", "static", "changelog fragments", _tool("antsibull-changelog", "lint")),
    Stage("licences", "static", "every file states its licence (REUSE)", _nox("license-check")),
    Stage("docs", "static", "documentation of modules, plugins and roles", _nox("docs-check")),
    Stage("mypy", "static", "types", _mypy),
    Stage("trixie", "hosts", "integration tests on Debian 13 hosts", _suite("trixie", "without"), 50 * MINUTE),
    Stage("bookworm", "hosts", "integration tests on Debian 12 hosts", _suite("bookworm", "without"), 50 * MINUTE),
    Stage("trixie-own", "hosts", "those with hosts of their own, Debian 13", _suite("trixie", "only"), 40 * MINUTE),
    Stage("bookworm-own", "hosts", "those with hosts of their own, Debian 12", _suite("bookworm", "only"), 40 * MINUTE),
    Stage("forky", "hosts", "those that exercise other programs, Debian testing", _suite("forky", ""), 30 * MINUTE),
    *(_release(release) for release in RELEASES),
    Stage("galaxy", "static", "the collection builds, and Galaxy's importer takes it", _galaxy),
    Stage("ansible-lint", "static", "roles and playbooks, profile production", _nox("ansible-lint"), 10 * MINUTE),
    Stage("unit", "unit", "unit tests", _unit, 10 * MINUTE),
    Stage("sanity", "static", "ansible-test sanity, all tests, nothing ignored", _sanity, 15 * MINUTE),
    Stage("unit-pythons", "unit", "unit tests with every other Python that is here", _unit_pythons, 20 * MINUTE),
    Stage("molecule", "hosts", "roles and playbooks on hosts", _tool("molecule", "test", "--all"), 30 * MINUTE),
)


def select(names: list[str]) -> list[Stage]:
    """The stages with these names or groups, in their order; all of them without a name."""
    known = {name for stage in STAGES for name in stage.names}
    unknown = sorted(set(names) - known)
    if unknown:
        raise ValueError(f"unknown stage: {', '.join(unknown)}")
    return [stage for stage in STAGES if not names or not stage.names.isdisjoint(names)]
