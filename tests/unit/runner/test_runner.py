# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from ansible_collections.geard.core.tests.runner import bases, machine, scheduler, session, stages
from ansible_collections.geard.core.tests.runner.errors import StageFailed
from ansible_collections.geard.core.tests.runner.pytests import WORDS
from ansible_collections.geard.core.tests.runner.session import Session, Tally
from ansible_collections.geard.core.tests.runner.toolbox import Toolbox
from ansible_collections.geard.core.tests.runner.workspace import Workspace


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["unit"], ["unit", "unit-pythons"]),
        (["sanity", "ruff"], ["ruff", "sanity"]),
        (["hosts"], ["trixie", "bookworm", "trixie-own", "bookworm-own", "forky", "molecule"]),
        (["trixie"], ["trixie", "trixie-own"]),
        (["bookworm-own"], ["bookworm-own"]),
    ],
)
def test_stages_are_selected_by_name_and_group_in_their_order(names: list[str], expected: list[str]) -> None:
    assert [stage.name for stage in stages.select(names)] == expected


@pytest.mark.parametrize(
    ("names", "suites"),
    [([], ["trixie", "bookworm", "forky"]), (["bookworm-own", "unit"], ["bookworm"]), (["static"], None)],
)
def test_bases_of_the_stages_are_made_meanwhile(
    names: list[str], suites: list[str] | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bases.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bases, "LOGS", tmp_path)
    monkeypatch.setattr(bases, "ROOT", tmp_path)
    package = tmp_path / "tests" / "lab"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("import sys; print(*sys.argv[1:])")
    with bases.made_meanwhile(stages.select(names), Workspace(tmp_path)):
        pass
    log = tmp_path / "bases.log"
    assert (log.read_text().split() if log.exists() else None) == (["bases", *suites] if suites else None)


def test_no_name_selects_everything() -> None:
    assert stages.select([]) == list(stages.STAGES)


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown stage: nonsense"):
        stages.select(["ruff", "nonsense"])


NOXFILE = """
import nox

@nox.session
def tools(session):
    session.install("no-such-package-of-anybody")
    session.run("python", "-c", "import sys, pytest; print('of', sys.prefix, *sys.argv[1:])", *session.posargs)
"""


def open_session(folder: Path, timeout: float) -> Session:
    """A session whose toolbox is the environment of this test."""
    opened = Session(Toolbox(Path(sys.prefix)), Workspace(folder), folder / "log", "/usr/bin:/bin", timeout)
    opened.tree.mkdir(parents=True)
    return opened


@pytest.mark.skipif(
    not Path(sys.executable).with_name("nox").exists(),
    reason="the tools of the runner are there in the stage unit only",
)
def test_nox_finds_the_tools_and_installs_nothing(tmp_path: Path) -> None:
    running = open_session(tmp_path, 60)
    (running.tree / "noxfile.py").write_text(NOXFILE)
    running.nox("tools", words=["and", "words"])
    assert f"of {running.tree}/.nox/tools and words" in running.read_log()


def test_a_failed_command_fails_the_stage(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match=r"^sh ended with 3$"):
        open_session(tmp_path, 60).run("sh", "-c", "exit 3")


def test_a_stage_that_takes_too_long_is_stopped_politely(tmp_path: Path) -> None:
    running = open_session(tmp_path, 1)
    with pytest.raises(StageFailed, match=r"^no result after "):
        running.run("sh", "-c", "trap 'echo clean; exit' INT; while :; do sleep 0.1; done")
    assert running.read_log()[-1] == "clean"


def test_junit_reports_are_counted(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        """<testsuites><testsuite>
        <testcase name="a"/><testcase name="b"/>
        <testcase name="c"><failure/></testcase>
        <testcase name="d"><error/></testcase>
        <testcase name="e"><skipped/></testcase>
        </testsuite></testsuites>"""
    )
    assert session.read_junit(report) == Tally(passed=2, failed=2, skipped=1)


def test_a_missing_report_counts_nothing(tmp_path: Path) -> None:
    assert session.read_junit(tmp_path / "report.xml") == Tally()


def test_pip_settings_keep_sections_and_prefer_the_environment() -> None:
    listing = dedent(
        """\
        :env:.timeout='30'
        global.cert='/etc/ca.pem'
        global.find-links='/a\\n/b'
        install.timeout='10'
        """
    )
    assert machine.merge_pip_settings(listing) == dedent(
        """\
        [global]
        quiet = 2
        cert = /etc/ca.pem
        find-links = /a
          /b
        timeout = 30
        [install]
        """
    )


def test_pyenv_shims_give_way_to_real_interpreters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("pyenv/shims", "pyenv/versions/3.9.18/bin", "usr/bin"):
        (tmp_path / folder).mkdir(parents=True)
    for program, code in (("pyenv/shims/python3.9", 127), ("pyenv/versions/3.9.18/bin/python3.9", 0)):
        (tmp_path / program).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/pyenv/shims:{tmp_path}/usr/bin")
    assert machine.interpreter_path() == f"{tmp_path}/pyenv/versions/3.9.18/bin:{tmp_path}/usr/bin"


def outcome(name: str, tally: Tally) -> scheduler.Outcome:
    return scheduler.Outcome(stages.select([name])[0], "ok", tally, 1.0)


def test_totals_add_up_over_stages() -> None:
    outcomes = [outcome("ruff", Tally(1)), outcome("sanity", Tally(0, 1)), outcome("trixie", Tally(40, 2, 3))]
    assert scheduler.total(outcomes) == Tally(41, 3, 3)


def test_the_table_has_one_line_per_stage() -> None:
    lines = scheduler.table([outcome("ruff", Tally(1)), outcome("trixie", Tally(40, 2, 3))]).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["ruff", "ok", "1", "0", "0", "1", "s"],
        ["trixie", "ok", "40", "2", "3", "1", "s"],
    ]


def test_tests_in_folders_called_build_are_collected(tmp_path: Path) -> None:
    """Pytest leaves such folders out unless it is told otherwise."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "test_it.py").write_text("def test_it() -> None: ...\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", *WORDS, "--collect-only", "-q", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "test_it" in done.stdout
