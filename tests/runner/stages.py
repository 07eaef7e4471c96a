# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stages: what is checked, and how."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable

from .errors import StageFailed, StageSkipped
from .session import Session, Tally, read_junit
from .toolbox import prepare_ansible_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SHELL = re.compile(rb"#!.*\b(ba)?sh\b")
MINUTE = 60.0
NOTHING_COLLECTED = 5  # exit status of pytest
RERUN = re.compile(r"^\S+::\S.* RERUN\b", re.MULTILINE)
# Those that hosts may have, and ansible-test knows.
PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
# Python code that mypy reads, where it is there: first what is imported as ansible_collections.geard.core, then what
# the tests on hosts import from the folders of their own.
COLLECTION = ("plugins", "tests/runner", "tests/unit")
HOST_TESTS = ("tests/lab", "tests/integration", "tests/bench", "tests/quickstart")


@dataclass(frozen=True)
class Stage:
    """One selectable step. Its check returns the number of tests, or None when the stage itself counts as one."""

    name: str
    group: str
    about: str
    check: Callable[[Session], Tally | None]
    timeout: float = 5 * MINUTE

    @property
    def names(self) -> set[str]:
        """What selects it: its name, its group, and the first part of its name (trixie of trixie-own)."""
        return {self.name, self.group, self.name.partition("-")[0]}


def _ruff(session: Session) -> None:
    ruff = session.tool("ruff")
    checked = session.call(ruff, "check", "--no-cache", "--output-format=concise", ".")
    formatted = session.call(ruff, "format", "--no-cache", "--check", "--diff", ".")
    if checked or formatted:
        raise StageFailed(" and ".join(["style"] * bool(checked) + ["format"] * bool(formatted)))


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
    present = [str(session.tree / name) for name in folders if next((session.tree / name).rglob("*.py"), None)]
    if not present:
        return 0
    words = (
        f"--config-file={session.tree / '.mypy.ini'}",
        f"--cache-dir={session.workspace.folder / 'mypy' / folders[0]}",
    )
    environment = {"MYPYPATH": os.pathsep.join(map(str, bases))}
    return session.call(session.tool("mypy"), *words, *present, cwd=session.workspace.collections, env=environment)


def _consistency(session: Session) -> None:
    session.run(session.toolbox.python, "-m", "ansible_collections.geard.core.tests.runner.checks", str(session.tree))


def _yaml(session: Session) -> None:
    session.run(session.tool("yamllint"), "--strict", ".")


def _shell(session: Session) -> None:
    scripts = [str(path.relative_to(session.tree)) for path in sorted(_shell_scripts(session.tree))]
    if not scripts:
        raise StageSkipped("no shell scripts")
    session.run("shellcheck", "--external-sources", *scripts)


def _shell_scripts(tree: Path) -> Iterator[Path]:
    for path in tree.rglob("*"):
        hidden = any(part in (".git", ".ansible", "output") for part in path.relative_to(tree).parts)
        if not hidden and path.is_file() and SHELL.match(path.open("rb").readline()):
            yield path


def _changelog(session: Session) -> None:
    session.run(session.tool("antsibull-changelog"), "lint")


def _docs(session: Session) -> None:
    session.run(
        session.tool("antsibull-docs"),
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs=all",
        ".",
    )


def _licences(session: Session) -> None:
    session.run(session.tool("reuse"), "lint", "--lines")


def _ansible_lint(session: Session) -> None:
    session.run(session.tool("ansible-lint"), "--nocolor", "--offline", "--profile=production")


def _galaxy(session: Session) -> None:
    """Build the artifact and install it the way a user does."""
    galaxy = session.tool("ansible-galaxy")
    built = session.workspace.scratch("built")
    installed = session.workspace.scratch("installed")
    session.run(galaxy, "collection", "build", "--output-path", str(built))
    artifact = next(built.glob("geard-core-*.tar.gz"))
    elsewhere = {"ANSIBLE_COLLECTIONS_PATH": str(installed), "PYTHONPATH": ""}
    words = ("--offline", "--collections-path", str(installed), str(artifact))
    session.run(galaxy, "collection", "install", *words, env=elsewhere)
    collection = installed / "ansible_collections" / "geard" / "core"
    modules = sorted(f"geard.core.{path.stem}" for path in collection.glob("plugins/modules/gear_*.py"))
    if not modules:
        raise StageFailed("the artifact contains no modules")
    session.run(session.tool("ansible-doc"), *modules, cwd=installed, env=elsewhere)


def _pytest(session: Session, folder: str, *words: str) -> Tally:
    report = session.workspace.scratch(session.log_path.stem) / "report.xml"
    code = session.call(
        session.toolbox.python,
        "-m",
        "pytest",
        "--import-mode=importlib",
        "--verbose",
        "--color=no",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        *words,
        *session.pytest_words,
        folder,
    )
    if code == NOTHING_COLLECTED and session.pytest_words:
        raise StageSkipped("the words for pytest choose no test here")
    tally = replace(read_junit(report), again=len(RERUN.findall(session.read_log())))
    # A crash, a usage error or an empty collection of tests is a failure too.
    return tally if code == 0 or tally.failed else tally + Tally(failed=1)


def _has_tests(session: Session, folder: str) -> None:
    if next((session.tree / folder).rglob("test_*.py"), None) is None:
        raise StageSkipped(f"no tests in {folder}")


def _unit(session: Session) -> Tally:
    _has_tests(session, "tests/unit")
    return _pytest(session, "tests/unit", f"--numprocesses={os.cpu_count() or 1}", "--dist=worksteal")


def _ansible_test(session: Session, *words: str) -> None:
    prepare_ansible_test(session.toolbox, session.workspace.home)
    environment = {"HOME": str(session.workspace.home), "ANSIBLE_TEST_PREFER_PODMAN": ""}
    session.run(session.tool("ansible-test"), *words, "--color", "no", "--truncate", "0", env=environment)


def _sanity(session: Session) -> None:
    _ansible_test(session, "sanity", "--local")


def _unit_pythons(session: Session) -> None:
    _has_tests(session, "tests/unit/plugins")
    reports = session.tree / "tests" / "output" / "junit"
    shutil.rmtree(reports, ignore_errors=True)
    found = [version for version in PYTHONS if shutil.which(f"python{version}", path=session.search_path)]
    if not found:
        raise StageFailed(f"none of these Pythons is on this machine: {', '.join(PYTHONS)}")
    for version in sorted({found[0], found[-1]}):
        _ansible_test(session, "units", "--venv", "--python", version)
    counted = {path.stem: read_junit(path) for path in sorted(reports.glob("*.xml"))}
    for name, tally in counted.items():
        session.write(f"{name}: {tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    if not any(tally.passed for tally in counted.values()):
        raise StageFailed("no test ran")


def _suite(release: str, own_hosts: str) -> Callable[[Session], Tally]:
    """Integration tests on one Debian: those that share hosts, those with hosts of their own (run beside), or all."""

    def run(session: Session) -> Tally:
        _has_tests(session, "tests/integration")
        if os.geteuid() != 0:
            raise StageFailed("test hosts need root")
        # Real hosts share a small machine: what fails is tried once more. The log says why, the table how often.
        again = ("--reruns=1", "--reruns-delay=5")
        half = (f"--own-hosts={own_hosts}",) if own_hosts else ()
        names = "--prefix=own" if own_hosts == "only" else "--prefix=it"
        return _pytest(session, "tests/integration", f"--suite={release}", *half, names, *again)

    return run


def _molecule(session: Session) -> None:
    scenarios = session.tree / "extensions" / "molecule"
    if next(scenarios.glob("*/molecule.yml"), None) is None:
        raise StageSkipped("no scenarios")
    session.run(session.tool("molecule"), "test", "--all")


# Quick ones first, then the longest, then those that fill the time when one suite of hosts ends before the others.
STAGES = (
    Stage("ruff", "static", "Python style and format", _ruff),
    Stage("consistency", "static", "action groups, docs, headers and names agree", _consistency),
    Stage("yaml", "static", "style of YAML files", _yaml),
    Stage("shell", "static", "shellcheck", _shell),
    Stage("changelog", "static", "changelog fragments", _changelog),
    Stage("licences", "static", "every file states its licence (REUSE)", _licences),
    Stage("docs", "static", "documentation of modules, plugins and roles", _docs),
    Stage("mypy", "static", "types", _mypy),
    Stage("trixie", "hosts", "integration tests on Debian 13 hosts", _suite("trixie", "without"), 50 * MINUTE),
    Stage("bookworm", "hosts", "integration tests on Debian 12 hosts", _suite("bookworm", "without"), 50 * MINUTE),
    Stage("trixie-own", "hosts", "those with hosts of their own, Debian 13", _suite("trixie", "only"), 40 * MINUTE),
    Stage("bookworm-own", "hosts", "those with hosts of their own, Debian 12", _suite("bookworm", "only"), 40 * MINUTE),
    Stage(
        "forky", "hosts", "those that exercise other programs most, Debian testing", _suite("forky", ""), 20 * MINUTE
    ),
    Stage("galaxy", "static", "artifact builds and installs", _galaxy),
    Stage("ansible-lint", "static", "roles and playbooks, profile production", _ansible_lint, 10 * MINUTE),
    Stage("unit", "unit", "unit tests", _unit, 10 * MINUTE),
    Stage("sanity", "static", "ansible-test sanity, all tests, nothing ignored", _sanity, 15 * MINUTE),
    Stage("unit-pythons", "unit", "unit tests with the oldest and newest Python of hosts", _unit_pythons, 15 * MINUTE),
    Stage("molecule", "hosts", "roles and playbooks on hosts", _molecule, 30 * MINUTE),
)


def select(names: list[str]) -> list[Stage]:
    """The stages with these names or groups, in their order; all of them without a name."""
    known = {name for stage in STAGES for name in stage.names}
    unknown = sorted(set(names) - known)
    if unknown:
        raise ValueError(f"unknown stage: {', '.join(unknown)}")
    return [stage for stage in STAGES if not names or not stage.names.isdisjoint(names)]
