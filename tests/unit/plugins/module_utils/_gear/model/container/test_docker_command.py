# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A definition as words of docker run: one row an option."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.docker_command import (
    Account,
    Resolved,
    cgroup_parent,
    container_words,
    kept_volumes,
    mcs_label,
    needs_create,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.mounts import (
    volume_directory,
    volume_name,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import CHECKS, define
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.ports import Port
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption

HOST = Resolved(image_id="sha256:1d", env_path="/e/web", data_path="/d/web")
ALWAYS = [
    "--rm", "--name=web", "--label=io.geard.gear=web", "--cgroup-parent=container-small.slice", "--log-driver=none",
    "--env-file=/e/web",
]  # fmt: skip
VOLUME = (
    "--mount=type=volume,src=gear.web.{0},dst={1},volume-driver=local,"
    "volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/d/web/{2}"
)


def words(resolved: Resolved = HOST, **options: Any) -> list[str]:
    return list(container_words(define("web", {"image": "x", **options}), resolved))


def test_the_least_there_is() -> None:
    assert words() == [*ALWAYS, "sha256:1d"]


ROWS: list[tuple[dict[str, Any], list[str]]] = [
    ({"env_files": ["/etc/a", "/etc/b"]}, ["--env-file=/etc/a", "--env-file=/etc/b"]),
    ({"volumes": ["/data"]}, [VOLUME.format("data", "/data", "data")]),
    ({"binds": ["/a:/b"]}, ["--mount=type=bind,src=/a,dst=/b"]),
    ({"binds": ["/a:/b:ro"]}, ["--mount=type=bind,src=/a,dst=/b,readonly"]),
    ({"binds": ["/a:/b:ro,rslave"]}, ["--mount=type=bind,src=/a,dst=/b,readonly,bind-propagation=rslave"]),
    ({"binds": ["/a,b:/c d"]}, ['--mount=type=bind,"src=/a,b",dst=/c d']),
    ({"binds": ['/a"b:/c']}, ['--mount=type=bind,"src=/a""b",dst=/c']),
    ({"binds": ["/a:/b:ro,Z"]}, ["--volume=/a:/b:ro,Z"]),
    ({"tmpfs": ["/tmp:rw,size=64m", "/run"]}, ["--tmpfs=/tmp:rw,size=64m", "--tmpfs=/run"]),
    ({"user": "app:www"}, ["--user=app:www"]),
    ({"workdir": "/srv"}, ["--workdir=/srv"]),
    ({"hostname": "web.example"}, ["--hostname=web.example"]),
    ({"memory": "512m"}, ["--memory=512m"]),
    ({"cpus": "0.5"}, ["--cpus=0.5"]),
    ({"pids": 50}, ["--pids-limit=50"]),
    ({"pids": 0}, []),
    ({"read_only": True}, ["--read-only"]),
    ({"read_only": False, "privileged": False, "isolate": False}, []),
    ({"privileged": True}, ["--privileged"]),
    ({"networks": ["one", "two"]}, ["--network=one"]),
    ({"networks": ["none"]}, ["--network=none"]),
    ({"cap_add": ["CHOWN", "SETUID"]}, ["--cap-add=CHOWN", "--cap-add=SETUID"]),
    ({"cap_drop": ["ALL"]}, ["--cap-drop=ALL"]),
    ({"security_opts": ["no-new-privileges"]}, ["--security-opt=no-new-privileges"]),
    ({"devices": ["/dev/fuse"]}, ["--device=/dev/fuse"]),
    ({"labels": {"a": "b c", "d": ""}}, ["--label=a=b c", "--label=d="]),
    ({"extra_hosts": ["db:10.0.0.1"]}, ["--add-host=db:10.0.0.1"]),
    ({"healthcheck": {"test": "exit 0"}}, ["--health-cmd=exit 0"]),
    (
        {"healthcheck": {"test": "x", "interval": "1s", "timeout": "2s", "start_period": "3s", "retries": 4}},
        [f"--health-{item}" for item in ("cmd=x", "interval=1s", "timeout=2s", "start-period=3s", "retries=4")],
    ),
    ({"healthcheck": {"test": ["NONE"]}}, ["--no-healthcheck"]),
    ({"docker_args": ["--gpus", "all"]}, ["--gpus", "all"]),
    (
        {"log_driver": "local", "log_opts": {"max-size": "1m"}},
        ["--log-driver=local", "--log-opt=max-size=1m"],
    ),
    ({"env_name": "shared", "stop_timeout": 5, "restart_policy": "always", "reload_command": "x", "after": ["db"]}, []),
    ({"start_timeout": 5, "restart_sec": "5", "requires": ["db"], "wants": ["db"], "unit_options": {}}, []),
    ({"ports": ["80"], "deployment": "shop/web"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("options", "flags"), ROWS, ids=[repr(options)[:60] for options, _flags in ROWS])
def test_options_become_flags_before_the_image(options: dict[str, Any], flags: list[str]) -> None:
    found = words(**options)
    assert found[-1] == "sha256:1d"
    assert [word for word in found[:-1] if word not in ALWAYS] == flags


def test_every_option_of_a_container_is_covered() -> None:
    covered = {option for options, _flags in ROWS for option in options}
    elsewhere = {"image", "command", "entrypoint", "slice", "log_driver"}
    assert covered | elsewhere == set(CHECKS)


@pytest.mark.parametrize(
    ("options", "end"),
    [
        ({"command": ["a", "--rm", "$x"]}, ["sha256:1d", "a", "--rm", "$x"]),
        ({"entrypoint": ["/e", "-x", "y z"]}, ["--entrypoint=/e", "sha256:1d", "-x", "y z"]),
        ({"entrypoint": ["/e", "-x"], "command": ["-y"]}, ["--entrypoint=/e", "sha256:1d", "-x", "-y"]),
        ({"entrypoint": [], "command": ["a"]}, ["--entrypoint=", "sha256:1d", "a"]),
        ({"entrypoint": ["/e"], "docker_args": ["--init"]}, ["--entrypoint=/e", "--init", "sha256:1d"]),
    ],
)
def test_the_image_and_its_command_come_last(options: dict[str, Any], end: list[str]) -> None:
    assert words(**options) == [*ALWAYS, *end]


def test_ports_are_the_hosts_decision() -> None:
    ports = (Port(80, 4000), Port(53, 4001, "127.0.0.1", "udp"))
    assert "--publish=4000:80" in words(Resolved("i", ports=ports), ports=["80", "53/udp"])
    assert "--publish=127.0.0.1:4001:53/udp" in words(Resolved("i", ports=ports), ports=["80", "53/udp"])
    on_host = words(Resolved("i", ports=(Port(80, 80),)), ports=["80"], networks=["host"])
    assert not [word for word in on_host if word.startswith("--publish")]


def test_an_isolated_gear() -> None:
    isolated = Resolved("i", account=Account(50001, 50002))
    found = words(isolated, isolate=True)
    assert {"--user=50001:50002", "--security-opt=no-new-privileges", "--cap-drop=ALL"} <= set(found)
    assert not [word for word in found if "label" in word and "io.geard.gear" not in word]
    labelled = words(Resolved("i", account=Account(50001, 50002), selinux=True), isolate=True)
    assert f"--security-opt=label=level:{mcs_label(50001)}" in labelled


def test_no_two_logins_share_an_mcs_label() -> None:
    """All of them: that a few pairs of uids shared one was not found by chance."""
    labels = {mcs_label(uid) for uid in range(523776)}
    assert len(labels) == 523776
    assert labels == {f"s0:c{low},c{high}" for low in range(1024) for high in range(low + 1, 1024)}


@pytest.mark.parametrize(
    ("name", "driver", "parent"),
    [
        ("container-small", "systemd", "container-small.slice"),
        ("container", "cgroupfs", "/container.slice"),
        ("container-small", "cgroupfs", "/container.slice/container-small.slice"),
        ("a-b-c", "cgroupfs", "/a.slice/a-b.slice/a-b-c.slice"),
    ],
)
def test_the_slice_as_each_cgroup_driver_spells_it(name: str, driver: str, parent: str) -> None:
    assert cgroup_parent(name, driver) == parent


@pytest.mark.parametrize(
    ("options", "declared", "kept"),
    [
        ({}, [], []),
        ({"volumes": ["/b", "/a"]}, [], ["/a", "/b"]),
        ({}, ["/data/", "/var/lib/app"], ["/data", "/var/lib/app"]),
        ({"volumes": ["/data"]}, ["/data"], ["/data"]),
        ({"binds": ["/x:/data:ro"]}, ["/data"], []),
        ({"tmpfs": ["/data:size=1m"]}, ["/data", "/b"], ["/b"]),
        ({}, ["/"], []),
    ],
)
def test_volumes_kept_are_the_gears_and_the_images(
    options: dict[str, Any], declared: list[str], kept: list[str]
) -> None:
    assert kept_volumes(define("web", {"image": "x", **options}), declared) == tuple(kept)


@pytest.mark.parametrize(
    ("options", "declared", "needed"),
    [
        ({}, [], False),
        ({"networks": ["a"]}, [], False),
        ({"networks": ["a", "b"]}, [], True),
        ({"volumes": ["/a"]}, [], False),
        ({"isolate": True}, [], False),
        ({"isolate": True, "volumes": ["/a"]}, [], True),
        ({"isolate": True}, ["/a"], True),
    ],
)
def test_what_needs_a_step_between_creation_and_start(
    options: dict[str, Any], declared: list[str], needed: bool
) -> None:
    assert needs_create(define("web", {"image": "x", **options}), declared) is needed


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/data", "data"),
        ("/var/lib/app", "var-lib-app"),
        ("/a-b", "a\\x2db"),
        ("/a_b.c", "a_b.c"),
        ("/a b", "a\\x20b"),
        ("/ä", "\\xc3\\xa4"),
        ("/a\\b", "a\\x5cb"),
    ],
)
def test_folders_of_volumes_are_named_as_systemd_escape_does(path: str, folder: str) -> None:
    assert volume_directory(path) == folder


PARTS = st.text(st.sampled_from("ab/._-x2d é\\"), min_size=1, max_size=12).map("/".__add__)
NAMES = st.from_regex(r"[a-b0][ab_.x-]{1,6}", fullmatch=True)


@given(st.tuples(NAMES, PARTS), st.tuples(NAMES, PARTS))
def test_no_two_volumes_of_a_host_share_a_folder_or_a_docker_volume(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    found = []
    for name, path in (one, other):
        try:
            (checked,) = CHECKS["volumes"]([path], "volumes")
        except InvalidOption:
            return
        assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}", volume_name(name, checked))
        assert len(volume_directory(checked).encode()) <= 255
        found.append((name, checked))
    if found[0] != found[1]:
        assert volume_name(*found[0]) != volume_name(*found[1])
        assert found[0][0] != found[1][0] or volume_directory(found[0][1]) != volume_directory(found[1][1])


def test_volumes_of_gears_whose_names_begin_alike_are_not_shared() -> None:
    assert volume_name("shop.a", "/b") != volume_name("shop", "/a.b")
    assert volume_name("shop", "/a-b") != volume_name("shop", "/a_x2db")
