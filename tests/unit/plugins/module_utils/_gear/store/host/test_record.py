# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host counts as prepared when its record and its runtime are there and agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import HostNotReady
from ansible_collections.geard.core.plugins.module_utils._gear.model.version import TREE_VERSION, VERSION
from ansible_collections.geard.core.plugins.module_utils._gear.store.host import record as host_record
from ansible_collections.geard.core.plugins.module_utils._gear.store.host.record import (
    HostRecord,
    known_record,
    parse_record,
    prepared_host,
)
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A prepared host."""
    monkeypatch.setattr(host_record, "PROGRAMS", str(tmp_path))
    monkeypatch.setattr(host_record, "VERSION_FILE", f"{tmp_path}/version")
    (tmp_path / "gear-start").touch()
    (tmp_path / "version").write_text(f"{VERSION}\n", encoding="utf-8")
    (tmp_path / "host.json").write_bytes(HostRecord().as_json())
    return Layout(str(tmp_path))


def test_a_prepared_host(layout: Layout) -> None:
    assert prepared_host(layout) == HostRecord()


def record(version: str) -> Callable[[Path], object]:
    return lambda base: (base / "host.json").write_bytes(HostRecord(version=version).as_json())


def runtime(version: str) -> Callable[[Path], object]:
    return lambda base: (base / "version").write_text(version, encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda base: (base / "host.json").unlink(), "/host.json is missing"),
        (lambda base: (base / "host.json").write_text("{", encoding="utf-8"), "is not prepared"),
        (record("0.9.0"), "0.9.0, older than this collection's"),
        (record("99.0.0"), f"{VERSION}, but "),
        (runtime("0.9.0"), "on this host is 0.9.0, but "),
        (lambda base: (base / "version").write_bytes(b"\xff"), "host.json names"),
        (lambda base: (base / "version").unlink(), "/version is missing"),
        (lambda base: (base / "gear-start").unlink(), "/gear-start is missing"),
    ],
)
def test_what_is_missing_is_named_with_the_remedy(layout: Layout, damage: Callable[[Path], object], named: str) -> None:
    damage(Path(layout.base))
    with pytest.raises(HostNotReady) as caught:
        prepared_host(layout)
    assert named in str(caught.value)
    assert "run the role geard.core.gear_host" in str(caught.value)


def test_a_newer_runtime_will_do(layout: Layout) -> None:
    record("99.0.0")(Path(layout.base))
    runtime("99.0.0\n")(Path(layout.base))
    assert prepared_host(layout).version == "99.0.0"


def test_a_tree_that_is_too_new_is_named_with_the_collection_that_knows_it(layout: Layout) -> None:
    newer = HostRecord(version="99.0.0", tree=TREE_VERSION + 1)
    (Path(layout.base) / "host.json").write_bytes(newer.as_json())
    for function in (known_record, prepared_host):
        with pytest.raises(HostNotReady, match=r"too old for this host.*use geard\.core 99\.0\.0 or newer"):
            function(layout)


def test_the_first_release_wrote_no_version_of_the_tree() -> None:
    first = HostRecord(version="1.0.0")
    content = json.loads(first.as_json())
    del content["tree"]
    assert parse_record(json.dumps(content).encode()) == first
    assert first.tree == 1


@pytest.mark.parametrize(
    "content",
    [
        *("[]", "{}", '"x"', "5", "null", '["tree"]', '{"tree": "x"}', '{"tree": null}', '{"tree": true}'),
        *('{"version": 5}', '{"version": null}', '{"port_first": "x"}', '{"selinux": 1}'),
        pytest.param("[" * 200_000, id="deep"),
    ],
)
def test_what_is_no_record(layout: Layout, content: str) -> None:
    assert parse_record(content.encode()) is None
    Path(layout.host_record).write_text(content, encoding="utf-8")
    with pytest.raises(HostNotReady, match="is missing or not a record"):
        prepared_host(layout)


def test_a_newer_tree_is_told_whatever_else_its_record_has(layout: Layout) -> None:
    Path(layout.host_record).write_text(json.dumps({"tree": TREE_VERSION + 1, "keep_jobs": "7d"}), encoding="utf-8")
    with pytest.raises(HostNotReady, match="too old for this host"):
        known_record(layout)
