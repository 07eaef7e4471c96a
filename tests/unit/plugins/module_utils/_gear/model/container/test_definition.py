# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition: every option, what it takes, what it refuses and how it says so."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.definition import Definition
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.healthcheck import Healthcheck
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import CHECKS, define
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.ports import Port
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption

GOOD: dict[str, list[tuple[Any, Any]]] = {
    "image": [
        (image, image)
        for image in (
            "busybox", "busybox:1", "a/b:latest", "registry.example.com:5000/a/b:1.2-rc_3", "a/b@sha256:" + "0" * 64,
            "sha256:" + "0" * 64, "0123456789ab",
        )
    ],
    "ports": [([], ()), (["8080:0", {"internal": 53, "protocol": "udp"}], (Port(53, protocol="udp"), Port(8080)))],
    "env_name": [("shared", "shared")],
    "env_files": [(["/etc/a.env", "/etc//b/./c.env"], ("/etc/a.env", "/etc/b/c.env"))],
    "volumes": [
        ([], ()),
        (["/b", "/a/", "/b"], ("/a", "/b")),
        (["/with space", "/..x", "/ä"], ("/..x", "/with space", "/ä")),
    ],
    "binds": [
        (["/a:/b"], ("/a:/b",)),
        (["/a/:/b//c:rw"], ("/a:/b/c",)),
        (["/a:/b:ro,Z"], ("/a:/b:ro,Z",)),
        (["/:/host:ro,rslave"], ("/:/host:ro,rslave",)),
        (["/var/run/docker.sock:/var/run/docker.sock"], ("/var/run/docker.sock:/var/run/docker.sock",)),
    ],
    "command": [
        (["a", "b c", "", "$x", 5], ("a", "b c", "", "$x", "5")),
        ("sh -c 'echo $HOME; exit 3' \"a b\"", ("sh", "-c", "echo $HOME; exit 3", "a b")),
        ("a\nb", ("a", "b")),
        (["a\nb"], ("a\nb",)),
        ([], ()),
        ("", ()),
    ],
    "entrypoint": [(["/bin/sh", "-e"], ("/bin/sh", "-e")), ("", ())],
    "user": [(user, user) for user in ("app", "1000", "1000:1000", "app:www-data", "_apt", "0:0")],
    "workdir": [("/srv/app", "/srv/app"), ("/", "/")],
    "hostname": [(name, name) for name in ("web", "web.example.com", "w", "W-1", "a" * 64)],
    "slice": [("container-large", "container-large"), ("shop.slice", "shop")],
    "memory": [(size, size) for size in ("512m", "1g", "1.5G", "6291456", "6m", "1t", "8192k", "0", "0.01g")],
    "cpus": [(2, "2"), (1.5, "1.5"), *((text, text) for text in ("0.5", "2", "0.01", "0", "1.1000000000"))],
    "pids": [(100, 100), ("100", 100), (0, 0)],
    "isolate": [(True, True), (False, False)],
    "read_only": [(True, True)],
    "privileged": [(True, True)],
    "tmpfs": [
        (["/tmp", "/run:rw,size=64m"], ("/tmp", "/run:rw,size=64m")),
        *(
            ([f"/a:{option}"], (f"/a:{option}",))
            for option in (
                "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "dirsync",
                "mand", "nomand",
                "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime",
                "defaults", "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable",
                "mode=1777", "mode=755", "uid=0", "gid=1000", "size=1048576", "size=64k", "size=1G", "size=50%",
                "nr_inodes=10k", "nr_blocks=100", "mpol=default", "noexec,nosuid,size=1m,mode=0700,uid=5",
            )
        ),
    ],
    "networks": [(names, tuple(names)) for names in (["backend", "frontend"], ["host"], ["none"], ["container:db"])],
    "cap_add": [
        (["NET_ADMIN", "CHOWN", "CHOWN"], ("CHOWN", "NET_ADMIN")),
        (["CAP_CHECKPOINT_RESTORE", "net_raw", "all"], ("CAP_CHECKPOINT_RESTORE", "all", "net_raw")),
        (["cap_sys_time"], ("cap_sys_time",)),
    ],
    "cap_drop": [(["ALL"], ("ALL",)), (["Mknod"], ("Mknod",))],
    "security_opts": [
        ([option], (option,))
        for option in (
            "no-new-privileges", "no-new-privileges:true", "no-new-privileges=false", "apparmor=unconfined",
            "apparmor:docker-default", "seccomp=unconfined", "seccomp=builtin", "seccomp:/etc/docker/profile.json",
            "systempaths=unconfined", "label=disable", "label:type:container_t", "label=level:s0:c1,c2",
            "label=user:system_u", "writable-cgroups=true",
        )
    ],
    "devices": [
        ([device], (device,))
        for device in (
            "/dev/null", "/dev/null:rw", "/dev/null:/dev/x", "/dev/null:/dev/x:r", "/dev/null:/dev/x:mwr",
            "nvidia.com/gpu=all", "vendor.com/class=a:b-c",
        )
    ],
    "labels": [
        ({"b": "x", "a": 5, "c": None}, (("a", "5"), ("b", "x"), ("c", ""))),
        ({"a": "=%$\n"}, (("a", "=%$\n"),)),
    ],
    "extra_hosts": [
        (["db:10.0.0.1", "a.b:host-gateway"], ("db:10.0.0.1", "a.b:host-gateway")),
        (["a=10.0.0.1", "b:::1", "c=[fd00::1]"], ("a:10.0.0.1", "b:::1", "c:fd00::1")),
    ],
    "healthcheck": [
        ({"test": "exit 0"}, Healthcheck("exit 0")),
        ({"test": ["CMD-SHELL", "exit 0 && true"]}, Healthcheck("exit 0 && true")),
        ({"test": ["CMD", "/bin/x", "a b"]}, Healthcheck("/bin/x 'a b'")),
        ({"test": ["NONE"]}, Healthcheck(None)),
        ({"test": "NONE"}, Healthcheck(None)),
        (
            {"test": "x", "interval": "1m30s", "timeout": "500ms", "start_period": "1h", "retries": 3},
            Healthcheck("x", "1m30s", "500ms", "1h", 3),
        ),
        ({"test": "x", "interval": "1000us", "timeout": "0s"}, Healthcheck("x", "1000us", "0s")),
        ({"test": "x", "interval": None, "timeout": None, "start_period": None, "retries": None}, Healthcheck("x")),
    ],
    "log_driver": [(name, name) for name in ("journald", "none", "grafana/loki-docker-driver:2.9", "a.b:5000/c/d")],
    "log_opts": [({"max-size": "10m"}, (("max-size", "10m"),)), ({}, ())],
    "docker_args": [
        (["--gpus=all", "--ulimit", "nofile=5:5", "-vname:/x"], ("--gpus=all", "--ulimit", "nofile=5:5", "-vname:/x")),
    ],
    "requires": [(["db", "x.service", "db"], ("ctr-db.service", "x.service"))],
    "wants": [(["db"], ("ctr-db.service",))],
    "after": [(["network-online.target"], ("network-online.target",))],
    "unit_options": [
        (
            {"Unit": {"DefaultDependencies": False}, "Service": {"ExecStartPost": ["-/bin/a %i", "/bin/b"], "Nice": 5}},
            (
                ("Unit", (("DefaultDependencies", ("no",)),)),
                ("Service", (("ExecStartPost", ("-/bin/a %i", "/bin/b")), ("Nice", ("5",)))),
            ),
        ),
        ({}, ()),
        ({"Service": {"Environment": ["A=1", "B=2"]}}, (("Service", (("Environment", ("A=1", "B=2")),)),)),
    ],
    "restart_policy": [(policy, policy) for policy in ("on-failure", "always", "no")] + [(False, "no")],
    "restart_sec": [("30", "30"), (0.5, "0.5"), (5, "5")],
    "start_timeout": [(1, 1), (86400, 86400)],
    "stop_timeout": [(0, 0), ("70", 70)],
    "deployment": [("shop/web", "shop/web")],
    "reload_command": [("kill -HUP 1", ("kill", "-HUP", "1")), (["kill", "-HUP", "1"], ("kill", "-HUP", "1"))],
}  # fmt: skip

BAD: dict[str, list[Any]] = {
    "image": [
        "", " ", "-it", "x y", "x$(id>/root/F)", "x`id`", "x;y", "x\ny", "x\n", 'x"y', "x'y", "x%n", "x\\y",
        "../x", "/x", "ä",
        "x" * 513, ["x"], True, "a//b", "a:b:c", "x?all=1", "x#y",
    ],
    "ports": ["8080", 8080, {}, ["70000"], ["80", "80"]],
    "env_name": ["x", "../x", "a b", 5, ""],
    "env_files": ["/etc/x", ["x.env"], ["/etc/../x"], ["/etc/x\n"], [""], [None], {}],
    "volumes": [
        "/data", ["data"], ["/"], ["//"], ["/."], ["/a/../b"], ["/.."], [".."], ["/a\nb"], ["/a\0"], [""], [None],
        [5],
        ["/a\r[Service]\rExecStartPre=/bin/x"], ["/a\x1b"], ["/" + "x" * 300], ["/" + "ä" * 80], ["/a:/b"],
        ["/a,b\ud800"],
    ],
    "binds": [
        "/a:/b", ["/a"], ["a:/b"], ["/a:b"], ["/a:/"], ["/a:/b:xx"], ["/a:/b:ro:x"], ["/a:/b:ro,rw"],
        ["/a/../b:/c"], ["/a:/../c"],
        ["/a:/b:"], ["/a:/b:ro,"], [":/b"], ["/a:"], ["/a\n:/b"], ["/a\r:/b"], ["/a:/b:z,Z"],
        ["/a:/b:rslave,rshared"],
        ["/a:/b:ro,ro"], [{}],
    ],
    "command": ["unbalanced '", {"a": 1}, 5, True, [["a"]], [None], [True], ["a\0"], ["\ud800"], ["x" * 131000] * 8],
    "entrypoint": ["unbalanced \"", 5, [None]],
    "user": ["", "a b", "a:b:c", ":", "a:", ":b", "$(id)", "a\n", ["a"], "-u", "ä"],
    "workdir": ["", "x", "../x", "/a/..", "/a\n", 5],
    "hostname": ["", "-a", "a-", "a_b", "a b", "a" * 65, "a\n", ".a", "ä"],
    "slice": ["", "a/b", "a--b", "../x", "x\n", 5],
    "memory": [
        "", "lots", "-1", "1e9", "512 m", "512mb", "m", "1.m", "512m\n", True, "1", "100b", "6000000", "5m", "5.9m",
        "1k",
    ],
    "cpus": ["", "two", "-1", ".5", "1,5", "1\n", True, "0.001", 0.009, "1.0000000001"],
    "pids": [-1, "x", 1.5, True, 4194305, "1" * 30, "1" * 5000, "٣"],
    "isolate": ["yes", 1, "true"],
    "read_only": ["yes", 0],
    "privileged": ["yes"],
    "tmpfs": [
        "/tmp", ["tmp"], ["/"], ["/a/../b"], [""], ["/tmp:size=1\n"], [":rw"], [5], ["/tmp:bind"], ["/tmp:remount"],
        ["/tmp:rw,"], ["/tmp:size"], ["/tmp:size=x"], ["/tmp:size=1z"], ["/tmp:mode=99"], ["/tmp:uid=root"],
        ["/tmp:gid=-1"], ["/tmp:tmpcopyup"], ["/tmp:rw noexec"], ["/tmp:RO"],
    ],
    "networks": [
        "net", [""], ["a\r"], [None], ["a", "a"], ["host", "a"], ["a", "none"], ["a", "container:b"], [True],
        ["container:"], ["name=a"], ["a,b"], ["a b"],
    ],
    "cap_add": [
        "CHOWN", [""], ["CHOWN\n"], [None], ["NOPE"], ["CAP_ALL"], ["CAP_"], ["CAP_CAP_CHOWN"], [" CHOWN"],
        ["NET_ADMIN,CHOWN"], ["cap_net_admin=ep"],
    ],
    "cap_drop": ["ALL", [""], [None], ["NOPE"], ["*"]],
    "security_opts": [
        "x", [""], ["a\n"], ["x"], ["disable"], ["apparmor"], ["apparmor="], ["seccomp=profile.json"], ["seccomp="],
        ["label"], ["label="], ["label=x"], ["label=type"], ["label=type:"], ["no-new-privileges=yes"],
        ["no-new-privileges:"], ["systempaths=all"], ["systempaths:unconfined"], ["credentialspec=x"],
        ["writable-cgroups"], ["No-New-Privileges"],
    ],
    "devices": [
        "/dev/null", [""], ["/dev/x\n"], ["x"], ["dev/null"], ["/dev/null:"], ["/dev/null:x"], ["/dev/null:rr"],
        ["/dev/null:/dev/x:"], ["/dev/null:/dev/x:rwx"], ["/dev/null:dev/x:r"], ["/a:/b:/c"], ["/a:/b:/c:r"],
        ["/a:rw:r"], [":/dev/x"], ["/dev/../x"], ["vendor/class"], ["vendor/class="], ["class=a"],
    ],
    "labels": [
        "a=b", ["a=b"], {"": "x"}, {"a=b": "x"}, {"io.geard.gear": "other"}, {5: "x"}, {"a": ["x"]}, {"a": True},
        {"a\0": "x"},
    ],
    "extra_hosts": [
        "a:1", [""], ["a"], [":1"], ["a:"], ["a b:1.2.3.4"], [5], ["a:db"], ["a:1.2.3"], ["a:1.2.3.400"],
        ["a:fe80::1%eth0"], ["a:host"],
    ],
    "healthcheck": [
        "exit 0", [], {}, {"test": ""}, {"test": []}, {"test": ["exit 0"]}, {"test": ["CMD"]},
        {"test": ["CMD-SHELL", "a", "b"]},
        {"test": "x", "interval": "30"}, {"test": "x", "interval": "soon"}, {"test": "x", "retries": -1},
        {"test": "x", "interval": "999us"}, {"test": "x", "start_period": "0.5ms"},
        {"test": "x", "every": "1s"},
        {"test": "a\nb"}, {"interval": "30s"}, {"test": "x", "timeout": 30},
    ],
    "log_driver": ["", "a\n", [], "a b", "-x", "json file", "ä"],
    "log_opts": ["a=b", {"": "x"}],
    "docker_args": [
        "--gpus all", [""], [None], ["--name=x"], ["--name", "x"], ["-d"], ["-it"], ["-dit"], ["-ti"], ["-p80:80"],
        ["--publish=80"], ["-P"], ["--rm=false"], ["--restart=always"], ["--label=x=y"], ["-lx=y"], ["--env-file=/x"],
        ["--cgroup-parent=/"], ["--detach"], ["--pull=always"], ["-astdin"], ["--"], ["--init", ""], ["a\0"],
        ["image"],
    ],
    "requires": ["db", ["a b"], [""], ["x"], [None], ["a.service\nb"]],
    "wants": ["db", [""]],
    "after": ["db", [""]],
    "unit_options": [
        "x", [], {"Timer": {}}, {"Service": "x"}, {"Service": {"execstart": "x"}}, {"Service": {"X-Foo": "x"}},
        {"Service": {"": "x"}},
        {"Service": {"A b": "x"}}, {"Service": {"Nice": "1\nExecStart=/bin/x"}},
        {"Service": {"Nice": "1\rExecStart=/bin/x"}}, {"Service": {"Nice": "1\\"}},
        {"Service": {"Nice": None}},
        {"Service": {"Nice": [None]}}, {"Service": {"Nice": {}}}, {"service": {"Nice": 1}}, {"Unit": {"A=B": "x"}},
        {"Service": {"ExecStartPost": ""}}, {"Service": {"ExecStartPre": [" "]}}, {"Service": {"Ä": 1}},
        {"Install": {"Alias": "x.service"}}, {"Install": {"WantedBy": "multi-user.target"}}, {"Install": {}},
    ],
    "restart_policy": ["", "never", "unless-stopped", True, "No"],
    "restart_sec": ["", "1s", "-1", "x", True],
    "start_timeout": [0, -1, 86401, "x", True, "5m"],
    "stop_timeout": [-1, 86401, "x", True, 1.5],
    "deployment": ["", "shop", "shop/", "/web", "a/b/c", "a b/c", "shop/web\n", 5],
    "reload_command": ["'", 5, [None], "", []],
}  # fmt: skip

OURS = {
    "Unit": ["Description", "StartLimitIntervalSec"],
    "Service": [
        "Type", "ExecStart", "ExecStop", "ExecReload", "Slice", "Restart", "RestartSec", "TimeoutStartSec",
        "TimeoutStopSec",
        "TimeoutSec", "SuccessExitStatus", "RestartForceExitStatus", "KillMode", "PIDFile", "RemainAfterExit",
        "User", "Group",
        "DynamicUser",
    ],
}  # fmt: skip


def rows(table: dict[str, list[Any]]) -> list[Any]:
    return [pytest.param(option, row, id=f"{option}-{row!r}"[:80]) for option, found in table.items() for row in found]


def test_every_option_has_rows() -> None:
    assert set(GOOD) == set(BAD) == set(CHECKS)


@pytest.mark.parametrize(("option", "row"), rows(GOOD))
def test_good_values(option: str, row: tuple[Any, Any]) -> None:
    given, value = row
    needed = {"log_driver": "local"} if option == "log_opts" else {}
    found = getattr(define("web", {"image": "x", **needed, option: given}), option)
    assert (tuple(map(str, found)) if option in ("binds", "tmpfs") else found) == value


@pytest.mark.parametrize(("option", "given"), rows(BAD))
def test_bad_values_are_refused_in_one_line_that_names_option_and_rule(option: str, given: Any) -> None:
    if given is None:
        return
    with pytest.raises(InvalidOption) as caught:
        define("web", {"image": "x", option: given}, "gears[1]")
    message = str(caught.value)
    assert message.startswith(f"gears[1].{option}"), message
    assert "\n" not in message
    assert "\0" not in message
    value, allowed = re.split("; expected |cannot be used: ", message, maxsplit=1)
    assert len(allowed) > 10
    assert len(value) < 250


def test_a_section_that_does_nothing_says_what_to_use() -> None:
    with pytest.raises(InvalidOption, match=r"^unit_options\.Install: .* state decides .* starts at boot"):
        define("web", {"image": "x", "unit_options": {"Install": {"RequiredBy": "shop.target"}}})


def test_an_option_left_out_takes_its_default() -> None:
    bare = define("web", {"image": "x"})
    assert bare == define("web", {"image": "x", **{option: None for option in CHECKS if option != "image"}})
    assert bare.env_name == "web"
    assert (bare.slice, bare.restart_policy, bare.restart_sec) == ("container-small", "on-failure", "1")
    assert (bare.start_timeout, bare.stop_timeout, bare.log_driver) == (300, 10, "none")
    assert {field.name for field in fields(Definition)} == {"name", *CHECKS}


@pytest.mark.parametrize(
    ("section", "directive"), [(section, item) for section, found in OURS.items() for item in found]
)
def test_our_directives_cannot_be_overridden(section: str, directive: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^unit_options\.{section}: '{directive}' cannot be used: "):
        define("web", {"image": "x", "unit_options": {section: {directive: "x"}}})


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"isolate": True, "user": "app"}, "user"),
        ({"isolate": True, "privileged": True}, "privileged"),
        ({"isolate": True, "cap_add": ["CHOWN"]}, "cap_add"),
        ({"networks": ["host"], "ports": ["80:81"]}, "ports"),
        ({"networks": ["container:db"], "ports": ["80"]}, "ports"),
        ({"networks": ["none"], "ports": ["80"]}, "ports"),
        ({"volumes": ["/a"], "binds": ["/x:/a"]}, "volumes"),
        ({"volumes": ["/a"], "tmpfs": ["/a/:size=1m"]}, "volumes"),
        ({"binds": ["/x:/a", "/y:/a"]}, "volumes"),
        ({"networks": ["container:db"], "hostname": "web"}, "hostname"),
        ({"networks": ["container:db"], "extra_hosts": ["a:10.0.0.1"]}, "extra_hosts"),
        ({"log_opts": {"max-size": "10m"}}, "log_opts"),
        ({"log_driver": "none", "log_opts": {"tag": "x"}}, "log_opts"),
    ],
)
def test_options_that_contradict_each_other(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^{named}: "):
        define("web", {"image": "x", **options})


@pytest.mark.parametrize(
    "options",
    [
        {"networks": ["host"], "ports": ["80:80", "81"]},
        {"isolate": True, "read_only": True, "tmpfs": ["/tmp"], "volumes": ["/data"]},
        {"volumes": ["/a", "/a/b"], "binds": ["/x:/a/c"]},
        {"isolate": False, "user": "app"},
    ],
)
def test_options_that_go_together(options: dict[str, Any]) -> None:
    assert define("web", {"image": "x", **options})


def test_equal_definitions_are_equal_however_they_are_written() -> None:
    one = {
        "image": "x",
        "volumes": ["/a", "/b"],
        "ports": ["80", "81"],
        "labels": {"a": "1", "b": "2"},
        "cap_drop": ["CHOWN", "KILL"],
    }
    other = {
        "cap_drop": ["KILL", "CHOWN"], "labels": {"b": 2, "a": 1}, "ports": [{"internal": 81}, "80:0"],
        "volumes": ["/b/", "/a"], "image": "x"
    }  # fmt: skip
    assert define("web", one) == define("web", other)
