# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab decides without touching the machine."""

from __future__ import annotations

import io
import json
import os
import tarfile
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from ansible_collections.geard.core.tests.lab import (
    apt,
    base,
    cachedir,
    debian,
    images,
    inventory,
    network,
    packages,
    record,
    ssh,
)
from ansible_collections.geard.core.tests.lab.catalogue import IMAGES, File, Image
from ansible_collections.geard.core.tests.lab.errors import LabError
from ansible_collections.geard.core.tests.lab.record import Record
from ansible_collections.geard.core.tests.lab.settings import Settings

DEB822 = """
# ours
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://other.example/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/other.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """
deb http://mirror.example/debian-security bookworm-security main # security
deb [arch=amd64 signed-by=/usr/share/keyrings/other.gpg] http://other.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
"""


def lines(text: str, suite: str = "trixie") -> list[str]:
    parse = apt.deb822 if "Types:" in text else apt.one_line
    return [f"{source.uri} {source.suite}" for source in apt.sources_for(suite, parse(text))]


def test_mirror_of_another_suite_from_deb822() -> None:
    assert lines(DEB822) == ["http://mirror.example/debian trixie", "http://mirror.example/debian trixie-updates"]


def test_mirror_of_another_suite_from_one_line_sources() -> None:
    assert lines(ONE_LINE) == ["http://mirror.example/debian-security trixie-security"]


def test_configured_mirror_comes_first() -> None:
    found = apt.sources_for("trixie", apt.deb822(DEB822), "http://near.example/debian")
    assert [source.uri for source in found] == ["http://near.example/debian"]


def test_no_debian_mirror_leaves_the_choice_to_mmdebstrap() -> None:
    assert lines("deb http://archive.example/ubuntu noble main universe") == []


@pytest.mark.parametrize(
    ("used", "last", "expected"),
    [(set(), 1, 2), ({2}, 2, 3), ({2, 4}, 2, 3), ({3}, 2, 4), ({2, 254}, 254, 3), (set(), 9, 10)],
)
def test_number_of_a_new_host(used: set[int], last: int, expected: int) -> None:
    assert network.next_number(256, used, last) == expected


def test_no_number_left() -> None:
    with pytest.raises(LabError, match="full"):
        network.next_number(8, {2, 3, 4, 5, 6}, 3)


def test_subnet_avoids_what_the_machine_uses() -> None:
    settings = Settings()
    first = network.choose(settings, [])
    assert first.subnet_of(network.POOL)
    assert not network.choose(settings, [first]).overlaps(first)


def test_configured_subnet_in_use() -> None:
    with pytest.raises(LabError, match="in use"):
        network.choose(Settings(subnet="10.1.2.0/24"), [IPv4Network("10.0.0.0/8")])


def test_labs_do_not_share_names() -> None:
    one, two = Settings(directory=Path("/one")), Settings(directory=Path("/two"))
    assert one.bridge != two.bridge
    assert one.machine_name("a") != two.machine_name("a")
    assert len(one.bridge) < 16


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a.b", "a/b", "a" * 41])
def test_refused_host_name(name: str) -> None:
    with pytest.raises(LabError, match="no host name"):
        record.check_name(name)


@pytest.mark.parametrize(
    ("suite", "cgroup", "expected"), [("", "", "trixie"), ("bookworm", "", "bookworm"), ("", "v1", "bookworm")]
)
def test_suite(suite: str, cgroup: str, expected: str) -> None:
    assert base.suite_for(suite, cgroup) == expected


def test_no_cgroup_v1_on_trixie() -> None:
    with pytest.raises(LabError, match="cgroup v1"):
        base.suite_for("trixie", "v1")


def test_testing_takes_old_lists_and_has_the_image_store_of_containerd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "carried_options", lambda: ['Acquire::Retries "3";'])
    words = base.recipe(base.Base("forky", bare=False))
    assert {'--aptopt=Acquire::Retries "3";', '--aptopt=Acquire::Check-Valid-Until "false";'} <= set(words)
    assert any("/etc/docker/daemon.json" in word and "containerd-snapshotter" in word for word in words)
    stable = " ".join(base.recipe(base.Base("trixie", bare=False)))
    assert "Check-Valid-Until" not in stable
    assert "daemon.json" not in stable


def test_connections_are_shared_however_deep_the_lab_lies() -> None:
    settings = Settings(directory=Path("/" + "deep/" * 40))
    path = next(word for word in ssh.options(settings) if word.startswith("ControlPath=")).partition("=")[2]
    assert len(path.replace("%C", "0" * 40)) + len(".0123456789abcdef") <= 107


def test_inventory_of_a_lab_with_a_blank_in_its_path() -> None:
    settings = Settings(directory=Path("/a lab"))
    text = inventory.text(settings, [Record("a", "trixie", False, "v2", "10.0.0.2", "fd00::2")])
    assert "a ansible_host=10.0.0.2\n" in text
    assert "\nansible_ssh_private_key_file=/a lab/ssh/id_ed25519\n" in text


@pytest.fixture(autouse=True)
def _busybox(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests need no busybox on the machine."""
    monkeypatch.setattr(images, "busybox_layer", lambda: images.files_layer([File("bin/busybox", "binary")]))


def test_images_are_the_same_every_time() -> None:
    assert images.archive() == images.archive()


def test_archive_is_what_docker_load_reads() -> None:
    with tarfile.open(fileobj=io.BytesIO(images.archive())) as archive:
        content = {name: archive.extractfile(name) for name in archive.getnames()}
        manifest = json.load(content["manifest.json"])  # type: ignore[arg-type]
    assert [entry["RepoTags"] for entry in manifest] == [[image.name] for image in IMAGES]
    assert {layer for entry in manifest for layer in entry["Layers"]} <= set(content)
    assert {entry["Config"] for entry in manifest} <= set(content)


def test_archive_of_one_image() -> None:
    with tarfile.open(fileobj=io.BytesIO(images.archive("geard-test/busybox:2"))) as archive:
        manifest = json.load(archive.extractfile("manifest.json") or io.BytesIO())
    assert [item["RepoTags"] for item in manifest] == [["geard-test/busybox:2"]]


def test_a_program_that_needs_libraries_is_not_static(tmp_path: Path) -> None:
    program = tmp_path / "busybox"
    assert not packages.static(program)
    program.write_bytes(b"\x7fELF" + bytes(800) + b"/lib64/ld-linux-x86-64.so.2" + bytes(8000))
    assert not packages.static(program)
    program.write_bytes(b"\x7fELF" + bytes(8000))
    assert packages.static(program)


def test_configuration_of_an_image() -> None:
    image = Image(
        "x:1", ("run",), ("/bin/in",), user="1:1", environment={"A": "b=c"}, volumes=("/d",), ports=("80/tcp",)
    )
    config = json.loads(images.build(image).config)
    assert config["config"] == {
        "Cmd": ["run"],
        "Entrypoint": ["/bin/in"],
        "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "A=b=c"],
        "ExposedPorts": {"80/tcp": {}},
        "Labels": {},
        "User": "1:1",
        "Volumes": {"/d": {}},
        "WorkingDir": "/",
    }
    assert len(config["rootfs"]["diff_ids"]) == len(images.build(image).layers) == 2


def test_layer_names_every_folder_once() -> None:
    layer = images.files_layer([File("a/b/one", "1"), File("a/two", "2", 0o600, owner=7), File("a/c/", owner=8)])
    with tarfile.open(fileobj=io.BytesIO(layer)) as found:
        assert found.getnames() == ["a", "a/b", "a/b/one", "a/c", "a/two"]
        assert (found.getmember("a/c").uid, found.getmember("a/c").isdir()) == (8, True)
        assert (found.getmember("a/two").uid, found.getmember("a/two").mode) == (7, 0o600)
        assert {member.mtime for member in found} == {0}


def test_only_what_programs_need_is_in_a_layer_of_packages(tmp_path: Path) -> None:
    whole = tmp_path / "whole.tar"
    paths = ["./usr/bin/redis-server", "./usr/lib/x86/libc.so.6", "./etc/passwd", "./usr/bin/dpkg", "./usr/share/doc/x"]
    with tarfile.open(whole, "w") as archive:
        for path in paths:
            archive.addfile(images.member(path, 0o755))
        images.add_file(archive, File("./usr/share/ca-certificates/mozilla/One.crt", "one\n"))
        images.add_file(archive, File("./usr/share/ca-certificates/mozilla/Two.crt", "two\n"))
    debian.thin_out(whole, tmp_path / "thin.tar")
    with tarfile.open(tmp_path / "thin.tar") as thin:
        assert thin.getnames() == ["usr/bin/redis-server", "usr/lib/x86/libc.so.6", "lib", "lib64", debian.AUTHORITIES]
        authorities = thin.extractfile(debian.AUTHORITIES)
        assert authorities is not None
        assert authorities.read() == b"one\ntwo\n"
        assert thin.getmember("lib64").linkname == "usr/lib64"


def test_what_was_made_is_made_once(tmp_path: Path) -> None:
    settings = Settings(directory=tmp_path / "lab", cache=tmp_path / "cache")
    made: list[str] = []

    def make(path: Path) -> None:
        made.append(path.name)
        path.write_text("content")

    first = cachedir.made(settings, "layer", ["a"], make)
    os.utime(first, (0, 0))
    assert cachedir.made(settings, "layer", ["a"], make) == first
    assert len(made) == 1
    os.utime(first, (0, 0))
    second = cachedir.made(settings, "layer", ["b"], make)
    assert (first.exists(), second.read_text()) == (False, "content")


def test_an_image_nobody_has() -> None:
    with pytest.raises(LabError, match="no test image nobody:1"):
        images.archive("nobody:1")
