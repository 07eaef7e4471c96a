# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units on disk: versions and their order, the commit point, flags, and what a removal touches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.store.container import units
from ansible_collections.geard.core.plugins.module_utils._gear.store.files import Batch
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

A, B, C, D = (letter * 16 for letter in "abcd")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(str(tmp_path / "base"), str(tmp_path / "run"), str(tmp_path / "systemd"))


def install(layout: Layout, name: str, version: str) -> None:
    """What a change of a gear's definition does on disk."""
    before = next((kept for kept in units.versions(layout, name) if is_current(layout, name, kept)), "")
    batch = Batch()
    units.stage_version(layout, batch, name, version, f"text of {version}")
    batch.commit()
    units.record_order(layout, name, version, before)
    units.make_current(layout, name, version)
    units.drop_old_versions(layout, name, version)


def go_back(layout: Layout, name: str, version: str | None) -> None:
    assert version is not None
    units.make_current(layout, name, version)


def is_current(layout: Layout, name: str, version: str) -> bool:
    return os.path.samefile(layout.unit(name), layout.version(name, version))


def test_geards_places(layout: Layout) -> None:
    assert layout.unit("shop-a") == f"{layout.base}/units/sh/ctr-shop-a.service"
    assert layout.version("shop-a", A) == f"{layout.base}/units/sh/shop-a/{A}"
    assert layout.boot_flag("shop-a") == f"{layout.systemd}/container-active.target.wants/ctr-shop-a.service"
    assert layout.installed_flag("shop-a") == f"{layout.systemd}/container.target.wants/ctr-shop-a.service"
    assert layout.environment("shop-a") == f"{layout.base}/env/contents/sh/shop-a"
    assert layout.links("shop-a") == f"{layout.base}/ports/links/sh/shop-a"
    assert layout.data("shop-a") == f"{layout.base}/data/sh/shop-a"
    assert layout.home("shop-a") == f"{layout.base}/home/sh/shop-a/home"


def test_the_current_unit_is_a_hard_link_to_its_version(layout: Layout) -> None:
    assert not units.exists(layout, "web")
    install(layout, "web", A)
    assert units.exists(layout, "web")
    assert units.current(layout, "web") == f"text of {A}"
    assert is_current(layout, "web", A)
    assert units.installed(layout) == ["web"]


def test_previous_is_what_was_current_before_the_last_installation(layout: Layout) -> None:
    assert units.previous(layout, "web") is None
    install(layout, "web", A)
    assert units.previous(layout, "web") is None
    install(layout, "web", B)
    assert units.previous(layout, "web") == A
    install(layout, "web", A)  # the same content again
    assert units.previous(layout, "web") == B


def test_going_back_twice_stays(layout: Layout) -> None:
    for version in (A, B, C):
        install(layout, "web", version)
    go_back(layout, "web", units.previous(layout, "web"))
    assert is_current(layout, "web", B)
    assert units.previous(layout, "web") == B
    go_back(layout, "web", A)
    assert units.previous(layout, "web") == B


def test_after_going_back_the_next_change_is_one_from_there(layout: Layout) -> None:
    for version in (A, B):
        install(layout, "web", version)
    go_back(layout, "web", A)
    install(layout, "web", C)
    assert units.previous(layout, "web") == A
    assert units.versions(layout, "web") == [C, A, B]


def test_five_versions_are_kept_and_the_current_one_among_them(layout: Layout) -> None:
    names = [f"{number:016x}" for number in range(8)]
    for version in names:
        install(layout, "web", version)
    assert units.versions(layout, "web") == names[:2:-1]
    go_back(layout, "web", names[3])
    units.drop_old_versions(layout, "web", names[3])
    assert units.versions(layout, "web") == names[:2:-1]


def test_installing_the_same_two_hundred_times_keeps_one_version(layout: Layout) -> None:
    for _number in range(200):
        install(layout, "web", A)
    assert os.listdir(layout.versions("web")) == [A]


def test_an_edited_version_is_written_anew(layout: Layout) -> None:
    install(layout, "web", A)
    Path(layout.version("web", A)).write_text("edited")
    assert units.current(layout, "web") == "edited"
    install(layout, "web", A)
    assert units.current(layout, "web") == f"text of {A}"


@pytest.mark.parametrize("version", ["", "..", "../../x", "previous", "A" * 16, f"{A}\n", "a" * 15])
def test_only_version_ids_are_looked_up(layout: Layout, version: str) -> None:
    install(layout, "web", A)
    assert units.version_text(layout, "web", version) is None


def test_flags_and_links(layout: Layout) -> None:
    install(layout, "web", A)
    assert not units.is_linked(layout, "web")
    units.link(layout, "web")
    assert units.is_linked(layout, "web")
    assert not units.starts_on_boot(layout, "web")
    units.set_boot_flag(layout, "web", True)
    units.set_boot_flag(layout, "web", True)
    assert units.starts_on_boot(layout, "web")
    units.set_boot_flag(layout, "web", False)
    units.set_boot_flag(layout, "web", False)
    assert not units.starts_on_boot(layout, "web")
    os.unlink(layout.installed_flag("web"))
    assert not units.is_linked(layout, "web")


def test_a_removal_touches_its_gear_only(layout: Layout) -> None:
    for name in ("shop-a", "shop-b", "shop"):
        install(layout, name, A)
        units.link(layout, name)
        units.set_boot_flag(layout, name, True)
    units.unlink(layout, "shop-a")
    units.remove_unit(layout, "shop-a")
    assert units.installed(layout) == ["shop", "shop-b"]
    assert units.is_linked(layout, "shop-b")
    assert units.starts_on_boot(layout, "shop")
    assert not units.is_linked(layout, "shop-a")
    for name in ("shop-b", "shop"):
        units.unlink(layout, name)
        units.remove_unit(layout, name)
    assert [path for path in Path(layout.base).rglob("*") if not path.is_dir()] == []
    assert not os.path.exists(os.path.dirname(layout.unit("shop")))


def test_what_is_no_gear_is_not_listed(layout: Layout) -> None:
    install(layout, "web", A)
    folder = Path(layout.unit("web")).parent
    for name in ("ctr-x.service", "other.service", "ctr-web.socket", ".gear-tmp-ctr-api.service"):
        (folder / name).write_text("")
    Path(layout.base, "units", "stray").write_text("")
    assert units.installed(layout) == ["web"]


def test_who_uses_which_environment(layout: Layout) -> None:
    for name, text in (("aa", "X-Environment=shared\n"), ("bb", "X-Environment=shared\n"), ("cc", "")):
        os.makedirs(os.path.dirname(layout.unit(name)), exist_ok=True)
        Path(layout.unit(name)).write_text(text)
    assert units.environment_users(layout) == {"shared": {"aa", "bb"}, "cc": {"cc"}}
