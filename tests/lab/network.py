# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's bridge: addresses for its hosts and, masqueraded, the way out."""

from __future__ import annotations

import ipaddress
import itertools
import json
from collections.abc import Iterable
from pathlib import Path

from . import kernel
from .errors import LabError
from .locks import MACHINE, locked
from .run import log, run, write_atomically
from .settings import Settings

POOL = ipaddress.IPv4Network("10.203.0.0/16")


def subnet(settings: Settings) -> ipaddress.IPv4Network:
    """The subnet this lab has chosen."""
    text = chosen(settings).read_text(encoding="utf-8")
    return ipaddress.IPv4Network(json.loads(text)["subnet"])


def chosen(settings: Settings) -> Path:
    return settings.directory / "network.json"


def gateway(settings: Settings) -> str:
    return str(subnet(settings)[1])


def prefix6(settings: Settings) -> ipaddress.IPv6Network:
    return ipaddress.IPv6Network(f"fd6c:6162:{settings.identity}::/64")


def ensure(settings: Settings) -> None:
    """Create the bridge and its rules, as far as they are missing."""
    with locked(MACHINE, "it changes this machine's network"):
        if not chosen(settings).exists():
            found = choose(settings, taken(settings))
            write_atomically(chosen(settings), json.dumps({"subnet": str(found)}) + "\n")
        if not exists(settings):
            create(settings)
        kernel.ensure()
        for table, chain, rule in rules(settings):
            if run(["iptables", "-w", "-t", table, "-C", chain, *rule], check=False).returncode:
                run(["iptables", "-w", "-t", table, "-I", chain, *rule])


def exists(settings: Settings) -> bool:
    return Path("/sys/class/net", settings.bridge).exists()


def taken(settings: Settings) -> list[ipaddress.IPv4Network]:
    """Networks to which this machine has a route, except this lab's own."""
    routes = json.loads(run(["ip", "-4", "-j", "route", "show", "table", "all"]).stdout)
    return [
        ipaddress.IPv4Network(route["dst"], strict=False)
        for route in routes
        if route["dst"] != "default" and route.get("dev") != settings.bridge
    ]


def choose(settings: Settings, busy: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """The configured subnet, or the first free one, starting at a place that depends on the lab."""
    busy = list(busy)
    if settings.subnet:
        candidates = [ipaddress.IPv4Network(settings.subnet)]
    else:
        pool = list(POOL.subnets(new_prefix=24))
        first = int(settings.identity, 16) % len(pool)
        candidates = pool[first:] + pool[:first]
    for candidate in candidates:
        if not any(candidate.overlaps(other) for other in busy):
            return candidate
    raise LabError(f"{candidates[0]} is in use on this machine", "set GEARD_LAB_SUBNET=A.B.C.0/24 to a free network")


def create(settings: Settings) -> None:
    network = subnet(settings)
    address = f"{network[1]}/{network.prefixlen}"
    bridge = settings.bridge
    # An address of its own; otherwise it changes with the hosts that come and go.
    hardware = f"02:6c:61:62:{settings.identity[:2]}:{settings.identity[2:]}"
    run(["ip", "link", "add", bridge, "address", hardware, "type", "bridge"])
    run(["ip", "address", "add", address, "dev", bridge])
    if Path("/proc/sys/net/ipv6").exists():
        run(["ip", "address", "add", f"{prefix6(settings)[1]}/64", "dev", bridge, "nodad"], check=False)
    run(["ip", "link", "set", bridge, "up"])
    log.info("bridge %s has %s", bridge, address)


def rules(settings: Settings) -> list[tuple[str, str, list[str]]]:
    """The lab's rules. The one in FORWARD is for machines that drop forwarded packets by default."""
    network, bridge = str(subnet(settings)), settings.bridge
    mark = ["-m", "comment", "--comment", f"geard-lab {settings.identity}"]
    return [
        ("nat", "POSTROUTING", ["-s", network, "!", "-o", bridge, *mark, "-j", "MASQUERADE"]),
        ("filter", "FORWARD", ["-i", bridge, *mark, "-j", "ACCEPT"]),
        ("filter", "FORWARD", ["-o", bridge, *mark, "-j", "ACCEPT"]),
    ]


def remove(settings: Settings) -> None:
    with locked(MACHINE, "it changes this machine's network"):
        if chosen(settings).exists():
            for table, chain, rule in rules(settings):
                run(["iptables", "-w", "-t", table, "-D", chain, *rule], check=False)
        if exists(settings):
            run(["ip", "link", "delete", settings.bridge])
        chosen(settings).unlink(missing_ok=True)
        if not other_labs(settings):
            kernel.restore()


def other_labs(settings: Settings) -> bool:
    return any(path.name != settings.bridge for path in Path("/sys/class/net").glob("gl-????"))


def next_number(size: int, used: set[int], last: int) -> int:
    """A free host number, if possible after the last one, so that a new host is not mistaken for an old one."""
    numbers = range(2, size - 1)  # 1 is the bridge
    for number in itertools.chain(numbers[last - 1 :], numbers):
        if number not in used:
            return number
    raise LabError("the lab's network is full", "remove hosts with: lab down NAME...")


def next_addresses(settings: Settings, used: set[str]) -> tuple[str, str]:
    """IPv4 and IPv6 address for a new host. Callers hold the lab's lock."""
    network = subnet(settings)
    path = settings.directory / "last-number"
    last = int(path.read_text(encoding="ascii")) if path.exists() else 1
    in_use = {int(ipaddress.IPv4Address(address)) - int(network[0]) for address in used}
    number = next_number(network.num_addresses, in_use, last)
    path.write_text(str(number), encoding="ascii")
    return str(network[number]), str(prefix6(settings)[number])


def outward_mtu() -> int:
    """The MTU of the machine's default route; larger packets of hosts would be lost."""
    for route in json.loads(run(["ip", "-4", "-j", "route", "show", "default"]).stdout):
        return int(Path("/sys/class/net", route["dev"], "mtu").read_text(encoding="ascii"))
    return 1500


def resolvers() -> list[str]:
    """The machine's name servers, in a form that works from another network."""
    for path in (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf")):
        if path.exists():
            words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
            found = [word[1] for word in words if len(word) > 1 and word[0] == "nameserver"]
            return [address for address in found if not ipaddress.ip_address(address.partition("%")[0]).is_loopback]
    return []
