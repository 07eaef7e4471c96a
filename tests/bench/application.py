# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application of 100 instances over 4 hosts, for ours and for the peer: 96 web that each link to 4 store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .cases import APPLICATION, HTTP_IMAGE

CONTAINERS = {"store": 4, "web": 96}
LINKS_OF_WEB = CONTAINERS["store"]
GEARS, PEER = "ours", "docker"
FIRST_PORT = 20000

_LINK = """pid=$(docker inspect -f {% raw %}'{{.State.Pid}}'{% endraw %} {{ item.name }}) && nsenter -t $pid -n sh -ec '
sysctl -qw net.ipv4.conf.all.route_localnet=1
add() { iptables -w -t nat -C "$@" 2> /dev/null || { iptables -w -t nat -A "$@"; echo changed; }; }
{% for link in item.links %}
add OUTPUT -d 127.0.0.1 -p tcp --dport {{ link.port }} -j DNAT --to-destination {{ link.to }}
{% endfor %}
add POSTROUTING -o eth0 -j MASQUERADE'"""


def descriptor(counts: Mapping[str, int], links: Mapping[str, str]) -> dict[str, Any]:
    """geard's format: containers with a public port, and which links to which."""
    return {
        "containers": [
            {
                "name": name,
                "image": HTTP_IMAGE,
                "count": count,
                "publicports": [{"internal": 8080, "external": 0}],
                "links": [{"to": links[name]}] if name in links else [],
            }
            for name, count in counts.items()
        ]
    }


def instances(addresses: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Host -> its containers as somebody would list them by hand, ports and places decided beforehand."""
    hosts = list(addresses)
    gears: dict[str, list[dict[str, Any]]] = {host: [] for host in hosts}
    stores = [hosts[number % len(hosts)] for number in range(CONTAINERS["store"])]
    links = [{"port": 8080 + number, "to": f"{addresses[host]}:{FIRST_PORT}"} for number, host in enumerate(stores)]
    for number, host in enumerate(stores):
        gears[host].append({"name": f"{APPLICATION}store-{number + 1}", "port": FIRST_PORT, "links": []})
    for number in range(CONTAINERS["web"]):
        host = hosts[number % len(hosts)]
        port = FIRST_PORT + len(gears[host])
        gears[host].append({"name": f"{APPLICATION}web-{number + 1}", "port": port, "links": links})
    return gears


def peer_tasks(state: str) -> list[dict[str, Any]]:
    """community.docker's module in a loop over the host's containers, then the rules of those with links."""
    gears = "{{ bench_gears[inventory_hostname] }}"
    options: dict[str, Any] = {"name": "{{ item.name }}", "state": state}
    label = {"label": "{{ item.name }}"}
    if state == "absent":
        return [{"community.docker.docker_container": options, "loop": gears, "loop_control": label}]
    options |= {
        "image": HTTP_IMAGE,
        "published_ports": ["{{ item.port }}:8080"],
        "restart_policy": "on-failure",
    }
    return [
        {"community.docker.docker_container": options, "loop": gears, "loop_control": label},
        {
            "ansible.builtin.shell": {"cmd": _LINK},
            "loop": gears,
            "loop_control": label,
            "when": "item.links | length > 0",
            "register": "links",
            "changed_when": "'changed' in links.stdout",
        },
    ]
