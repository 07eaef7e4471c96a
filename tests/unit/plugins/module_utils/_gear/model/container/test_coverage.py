# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What playbooks write by hand when they run containers as units, and the option of ours that says it.

The flags and directives are those of matrix-docker-ansible-deploy's unit templates and the variables of the role
mhutter.docker-systemd-service. None of them needs docker_args. Three whole units run in the integration tests.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.docker_command import Resolved
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import define
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.unit import render
from ansible_collections.geard.core.plugins.modules import gear_container

BIND = "--mount=type=bind,src=/m,dst=/m"
FLAGS: dict[str, tuple[dict[str, Any], str]] = {
    "--rm": ({}, "--rm"),
    "--name": ({}, "--name=web"),
    "--log-driver none": ({}, "--log-driver=none"),
    "--log-driver journald --log-opt": (
        {"log_driver": "journald", "log_opts": {"tag": "x"}},
        "--log-driver=journald --log-opt=tag=x",
    ),
    "--user 991:991": ({"user": "991:991"}, "--user=991:991"),
    "--cap-drop ALL": ({"cap_drop": ["ALL"]}, "--cap-drop=ALL"),
    "--cap-add": ({"cap_add": ["CHOWN", "NET_ADMIN"]}, "--cap-add=CHOWN --cap-add=NET_ADMIN"),
    "--read-only": ({"read_only": True}, "--read-only"),
    "--tmpfs": ({"tmpfs": ["/tmp:rw,noexec,nosuid,size=500m"]}, "--tmpfs=/tmp:rw,noexec,nosuid,size=500m"),
    "--network": ({"networks": ["matrix"]}, "--network=matrix"),
    "--network host": ({"networks": ["host"]}, "--network=host"),
    "network connect": ({"networks": ["a", "b"]}, "ExecStartPre=/usr/local/libexec/gear/gear-client connect web b"),
    "-p 127.0.0.1:8008:8008": (
        {"ports": [{"internal": 8008, "external": 8008, "address": "127.0.0.1"}]},
        "--publish=127.0.0.1:8008:8008",
    ),
    "-p 3478:3478/udp": ({"ports": ["3478:3478/udp"]}, "--publish=3478:3478/udp"),
    "--env-file": ({"env_files": ["/matrix/env"]}, "--env-file=/matrix/env"),
    "--env": ({"env": {"A": "1"}}, "--env-file=/e/web"),
    "--label-file": (
        {"labels": {"traefik.enable": "true", "rule": "Host(`a`) && Path(`/b$`)"}},
        '"--label=rule=Host(`a`) && Path(`/b$$`)" --label=traefik.enable=true',
    ),
    "--mount type=bind": ({"binds": ["/m:/m"]}, BIND),
    "--mount type=bind,ro": ({"binds": ["/m:/m:ro"]}, f"{BIND},readonly"),
    "--mount bind-propagation=slave": ({"binds": ["/m:/m:slave"]}, f"{BIND},bind-propagation=slave"),
    "--mount ro,bind-propagation=rslave": ({"binds": ["/m:/m:ro,rslave"]}, f"{BIND},readonly,bind-propagation=rslave"),
    "--volume :z": ({"binds": ["/m:/m:z"]}, "--volume=/m:/m:z"),
    "--volume": ({"volumes": ["/var/lib/x"]}, "src=gear.web.var-lib-x,dst=/var/lib/x"),
    "--workdir": ({"workdir": "/usr/src"}, "--workdir=/usr/src"),
    "--entrypoint": (
        {"entrypoint": "/usr/bin/python3", "command": "-m http.server"},
        "--entrypoint=/usr/bin/python3 sha256:1 -m http.server",
    ),
    "--hostname": ({"hostname": "mail.example.com"}, "--hostname=mail.example.com"),
    "--security-opt": ({"security_opts": ["no-new-privileges"]}, "--security-opt=no-new-privileges"),
    "--device": ({"devices": ["/dev/dri:/dev/dri"]}, "--device=/dev/dri:/dev/dri"),
    "--privileged": ({"privileged": True}, "--privileged"),
    "--no-healthcheck": ({"healthcheck": {"test": ["NONE"]}}, "--no-healthcheck"),
    "--health-cmd": (
        {"healthcheck": {"test": "curl -f http://localhost || exit 1"}},
        '"--health-cmd=curl -f http://localhost || exit 1"',
    ),
    "--health-interval": (
        {"healthcheck": {"test": "x", "interval": "10s", "timeout": "2s", "retries": 3, "start_period": "1m"}},
        "--health-interval=10s --health-timeout=2s --health-start-period=1m --health-retries=3",
    ),
    "--add-host": (
        {"extra_hosts": ["host.docker.internal:host-gateway"]},
        "--add-host=host.docker.internal:host-gateway",
    ),
    "--memory, --cpus, --pids-limit": (
        {"memory": "2g", "cpus": "1.5", "pids": 100},
        "--memory=2g --cpus=1.5 --pids-limit=100",
    ),
    "command with quotes": ({"command": ["sh", "-c", 'echo "$A" 100%']}, r'sha256:1 sh -c "echo \"$$A\" 100%%"'),
    "Description": ({}, "Description=Container web"),
    "Requires": ({"requires": ["matrix-postgres.service"]}, "Requires=docker.service matrix-postgres.service"),
    "Wants": ({"wants": ["matrix-redis.service"]}, "Wants=matrix-redis.service"),
    "After": ({"after": ["matrix-traefik.service"]}, "After=docker.service matrix-traefik.service"),
    "DefaultDependencies=no": ({"unit_options": {"Unit": {"DefaultDependencies": "no"}}}, "DefaultDependencies=no"),
    "PartOf": ({"unit_options": {"Unit": {"PartOf": "shop.target"}}}, "PartOf=shop.target"),
    "Type": ({}, "Type=exec"),
    "Environment": ({"unit_options": {"Service": {"Environment": "HOME=/root"}}}, "Environment=HOME=/root"),
    "ExecStartPre": (
        {"unit_options": {"Service": {"ExecStartPre": "-/usr/bin/env sh -c 'x'"}}},
        "ExecStartPre=-/usr/bin/env sh -c 'x'",
    ),
    "ExecStartPost": (
        {"unit_options": {"Service": {"ExecStartPost": ["-/a", "/b"]}}},
        "ExecStartPost=-/a ExecStartPost=/b",
    ),
    "ExecStop": ({"stop_timeout": 20}, "ExecStop=-/usr/local/libexec/gear/gear-stop web 20"),
    "ExecStopPost": ({"unit_options": {"Service": {"ExecStopPost": "-/a"}}}, "ExecStopPost=-/a"),
    "ExecReload": (
        {"reload_command": "nginx -s reload"},
        "ExecReload=/usr/local/libexec/gear/gear-client exec web nginx -s reload",
    ),
    "Restart": ({"restart_policy": "always"}, "Restart=always"),
    "RestartSec": ({"restart_sec": "30"}, "RestartSec=30"),
    "SyslogIdentifier": (
        {"unit_options": {"Service": {"SyslogIdentifier": "matrix-web"}}},
        "SyslogIdentifier=matrix-web",
    ),
    "TimeoutStartSec": ({"start_timeout": 600}, "TimeoutStartSec=600"),
    "TimeoutStopSec": ({"stop_timeout": 60}, "TimeoutStopSec=90"),
    "LimitNOFILE": ({"unit_options": {"Service": {"LimitNOFILE": 65536}}}, "LimitNOFILE=65536"),
    "ConditionPathExists": ({"unit_options": {"Unit": {"ConditionPathExists": "/m"}}}, "ConditionPathExists=/m"),
    "WantedBy": ({}, "WantedBy=container.target"),
}


@pytest.mark.parametrize(("options", "said"), FLAGS.values(), ids=FLAGS)
def test_what_playbooks_write_has_an_option(options: dict[str, Any], said: str) -> None:
    definition = {name: value for name, value in options.items() if name != "env"}
    text = render(define("web", {"image": "x", **definition}), resolved(definition)).text
    assert said in text.replace(" \\\n    ", " ").replace("\n", " ")
    assert set(options) <= set(gear_container.OPTIONS)
    assert "docker_args" not in options


def resolved(options: dict[str, Any]) -> Resolved:
    ports = define("web", {"image": "x", **options}).ports
    return Resolved("sha256:1", env_path="/e/web", data_path="/d/web", ports=ports)
