# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three units such as matrix-docker-ansible-deploy writes by hand, with our options only, none of them docker_args."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.hosts import Target
from support.story import Story, inspect, remove, show

WEB: dict[str, Any] = {
    "name": "co-web",
    "image": "openshift/busybox-http-app",
    "networks": ["co-services", "co-traefik"],
    "ports": [{"internal": 8080, "external": 3800, "address": "127.0.0.1"}],
    "user": "65534:65534",
    "cap_drop": ["ALL"],
    "read_only": True,
    "env_files": ["/root/co/web.env"],
    "binds": ["/root/co/config:/config:ro", "/root/co/data:/data:rslave"],
    "labels": {
        "traefik.enable": "true",
        "traefik.docker.network": "co-traefik",
        "traefik.http.routers.web.rule": "Host(`web.example.com`) && PathPrefix(`/a`)",
        "traefik.http.middlewares.web.redirectregex.regex": "^(/a)$",
        "traefik.http.services.web.loadbalancer.server.port": 8080,
    },
    "requires": ["co-db"],
    "after": ["co-db", "network-online.target"],
    "restart_policy": "always",
    "restart_sec": "30",
    "unit_options": {
        "Unit": {"DefaultDependencies": "no"},
        "Service": {"SyslogIdentifier": "co-web", "Environment": "HOME=/root"},
    },
}
CAREFUL: dict[str, Any] = {
    "name": "co-careful",
    "image": "geard-test/user:1",
    "user": "1000:1000",
    "cap_drop": ["ALL"],
    "cap_add": ["NET_BIND_SERVICE"],
    "security_opts": ["no-new-privileges"],
    "read_only": True,
    "tmpfs": ["/tmp:rw,noexec,nosuid,size=16m"],
    "networks": ["co-services"],
    "workdir": "/tmp",
    "entrypoint": ["/bin/sh"],
    "command": ["-c", "echo ready > /tmp/ready; exec rest"],
    "devices": ["/dev/null:/dev/co"],
    "healthcheck": {"test": ["CMD-SHELL", "test -e /tmp/ready"], "interval": "1s", "timeout": "5s", "retries": 3},
    "start_timeout": 120,
}  # fmt: skip
DB: dict[str, Any] = {
    "name": "co-db",
    "image": "geard-test/volumes:1",
    "volumes": ["/var/lib/app"],
    "networks": ["co-services"],
    "hostname": "db.example.com",
    "env": {"PASSWORD": "not shown"},
    "healthcheck": {"test": ["NONE"]},
    "stop_timeout": 30,
    "reload_command": ["sh", "-c", "echo reloaded >> /var/lib/app/log"],
    "wants": ["network-online.target"],
    "unit_options": {
        "Service": {
            "ExecStartPre": "/bin/mkdir -p /root/co/run",
            "ExecStartPost": ["/bin/sh -c 'echo $$MAINPID > /root/co/run/pid'", "-/bin/false"],
            "ExecStopPost": "-/bin/rm /root/co/run/pid",
        }
    },
}


@pytest.fixture(autouse=True, scope="module")
def made(target: Target) -> Iterator[dict[str, Any]]:
    target.sh(
        "docker network create co-services; docker network create co-traefik; mkdir -p /root/co/config /root/co/data; "
        "printf 'FROM_FILE=yes\\n' > /root/co/web.env; echo config > /root/co/config/file"
    )
    story = Story(target)
    step = story.converge(gears=[WEB, CAREFUL, DB])
    story.run()
    assert all(item["active_state"] == "active" for item in step.result["gears"])
    yield inspect(target, "co-web", "co-careful", "co-db")
    remove(target, "co-")
    target.sh("docker network rm co-services co-traefik; rm -rf /root/co")


def test_a_web_service_with_two_networks_and_labels(target: Target, made: dict[str, Any]) -> None:
    web = made["co-web"]
    assert target.sh("curl -sf http://127.0.0.1:3800/").startswith("openshift/busybox-http-app")
    assert web["NetworkSettings"]["Networks"].keys() == {"co-services", "co-traefik"}
    assert web["HostConfig"]["NetworkMode"] == "co-services"
    assert {key: str(value) for key, value in WEB["labels"].items()}.items() <= web["Config"]["Labels"].items()
    assert (web["Config"]["User"], web["HostConfig"]["CapDrop"], web["HostConfig"]["ReadonlyRootfs"]) == (
        "65534:65534",
        ["ALL"],
        True,
    )
    mounts = {mount["Destination"]: (mount["Source"], mount["RW"], mount["Propagation"]) for mount in web["Mounts"]}
    assert mounts == {"/config": ("/root/co/config", False, "rprivate"), "/data": ("/root/co/data", True, "rslave")}
    assert "FROM_FILE=yes" in web["Config"]["Env"]
    assert web["HostConfig"]["LogConfig"]["Type"] == "none"
    assert "serving port 8080" in target.sh("journalctl -t co-web -o cat")
    unit = show(
        target, "co-web", "Requires", "After", "DefaultDependencies", "Restart", "RestartUSec", "Environment", "Wants"
    )
    assert {"docker.service", "ctr-co-db.service"} <= set(unit["Requires"].split())
    assert {"docker.service", "ctr-co-db.service", "network-online.target"} <= set(unit["After"].split())
    assert [unit[name] for name in ("DefaultDependencies", "Restart", "RestartUSec", "Environment")] == [
        "no", "always", "30s", "HOME=/root",
    ]  # fmt: skip


def test_a_careful_one_with_a_health_check(target: Target, made: dict[str, Any]) -> None:
    careful = made["co-careful"]
    host = careful["HostConfig"]
    assert (host["CapDrop"], host["ReadonlyRootfs"], host["SecurityOpt"]) == (["ALL"], True, ["no-new-privileges"])
    assert [name.replace("CAP_", "") for name in host["CapAdd"]] == ["NET_BIND_SERVICE"]
    assert host["Tmpfs"] == {"/tmp": "rw,noexec,nosuid,size=16m"}
    assert (careful["Path"], careful["Args"]) == ("/bin/sh", ["-c", "echo ready > /tmp/ready; exec rest"])
    assert (careful["Config"]["User"], careful["Config"]["WorkingDir"]) == ("1000:1000", "/tmp")
    assert careful["Config"]["Healthcheck"] == {
        "Test": ["CMD-SHELL", "test -e /tmp/ready"], "Interval": 10**9, "Timeout": 5 * 10**9, "Retries": 3,
    }  # fmt: skip
    target.sh("for i in $(seq 50); do docker ps -f health=healthy | grep -q co-careful && break; sleep 0.2; done")
    assert inspect(target, "co-careful")["co-careful"]["State"]["Health"]["Status"] == "healthy"
    process = target.sh(
        ["docker", "exec", "co-careful", "sh", "-c", "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/1/status"]
    )
    assert process.split() == ["CapEff:", "0" * 16, "CapBnd:", f"{1 << 10:016x}", "NoNewPrivs:", "1"]
    assert target.sh(["docker", "exec", "co-careful", "sh", "-c", "echo x > /dev/co; touch /x 2>&1; true"]).endswith(
        "Read-only file system"
    )
    assert show(target, "co-careful", "TimeoutStartUSec") == {"TimeoutStartUSec": "2min"}


def test_one_with_dependencies_reload_and_commands_after_its_start(target: Target, made: dict[str, Any]) -> None:
    db = made["co-db"]
    assert db["Config"]["Hostname"] == "db.example.com"
    assert db["Config"]["Healthcheck"]["Test"] == ["NONE"]
    pid = target.read("/root/co/run/pid").strip()
    assert pid == show(target, "co-db", "MainPID")["MainPID"]
    target.sh("systemctl reload ctr-co-db")
    assert target.read("/var/lib/containers/data/co/co-db/var-lib-app/log") == "reloaded\n"
    assert target.read("/var/lib/containers/data/co/co-db/var-lib-app/state") == "state of app\n"
    entered = {
        name: int(show(target, name, "ActiveEnterTimestampMonotonic")["ActiveEnterTimestampMonotonic"])
        for name in ("co-db", "co-web")
    }
    assert entered["co-db"] < entered["co-web"]
    unit = show(target, "co-db", "TimeoutStopUSec", "Wants", "ExecStartPost")
    assert unit["TimeoutStopUSec"] == "1min"
    assert "network-online.target" in unit["Wants"].split()
    assert "not shown" not in target.sh("cat /var/lib/containers/units/co/ctr-co-db.service")
    target.sh("systemctl stop ctr-co-db")
    assert not target.exists("/root/co/run/pid")
    assert target.sh("systemctl is-active ctr-co-db ctr-co-web", check=False).split() == ["inactive", "inactive"]
    assert target.sh("systemctl is-failed ctr-co-db ctr-co-web", check=False).split() == ["inactive", "inactive"]


def test_none_of_it_needs_further_words(target: Target) -> None:
    assert not [gear["name"] for gear in (WEB, CAREFUL, DB) if "docker_args" in json.dumps(gear)]
