# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules in the kernel's legacy tables, through python-iptables: one commit for each table."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import struct
from collections.abc import Callable, Iterable
from typing import Any

from ...model.errors import OperationFailed
from ...model.link.rules import LegacyChain, LegacyRule, Rules, legacy_guard, legacy_nat
from .tool import Unavailable

_ATTEMPTS = 5


class LegacyTables:
    """iptables and ip6tables as the kernel had them before nftables."""

    name = "iptables"

    def __init__(self) -> None:
        self._iptc: Any = None

    def prepare(self) -> None:
        """Import the library, which also loads the kernel's modules.

        The runtime starts Python with -S, so the folders of packages are not on its path before site.main().
        """
        import site

        site.main()
        try:
            import iptc
        except Exception as error:  # it looks for C libraries when it is imported, and fails in many ways
            raise Unavailable(
                f"the Python library iptables cannot be loaded ({error}); install the package python3-iptables"
            ) from error
        self._iptc = iptc

    def replace(self, rules: Rules) -> None:
        """The guard first, then the redirects of each family; nothing is written unless the kernel has all tables."""
        wanted = []
        if rules.guard:
            wanted.append((self._iptc.Table, "raw", legacy_guard()))
        if rules.of_family(False) or _has_table("ip_tables_names"):
            wanted.append((self._iptc.Table, "nat", legacy_nat(rules.of_family(False))))
        if rules.of_family(True) or _has_table("ip6_tables_names"):
            wanted.append((self._iptc.Table6, "nat", legacy_nat(rules.of_family(True))))
        for kind, name, _chains in wanted:
            self._open(kind, name)
        for kind, name, chains in wanted:
            _in_child(functools.partial(self._write, kind, name, chains))

    def _write(self, kind: Any, name: str, chains: Iterable[LegacyChain]) -> None:
        """Replace our chains of a table; again when somebody else changed the table in between."""
        for attempt in range(_ATTEMPTS):
            table = self._open(kind, name)
            try:
                for chain in chains:
                    self._fill(table, self._rules_of(table), chain)
                table.commit()
                return
            except (self._iptc.IPTCError, self._iptc.XTablesError) as error:
                if attempt == _ATTEMPTS - 1:
                    raise OperationFailed(
                        f"the kernel did not accept the link rules of table {name}: {error}"
                    ) from error

    def _open(self, kind: Any, name: str) -> Any:
        try:
            table = kind(name, autocommit=False)
            table.refresh()  # python-iptables caches tables by name, and would show that of another namespace
        except self._iptc.IPTCError as error:
            raise Unavailable(f"the kernel has no legacy iptables table {name} ({error})") from error
        return table

    def _rules_of(self, table: Any) -> Any:
        """The library's class of rules, bound to this table.

        By itself it looks for chains in all five tables. The kernel would set up each of them in the container, where
        it costs every packet.
        """
        family = self._iptc.Rule6 if isinstance(table, self._iptc.Table6) else self._iptc.Rule
        return type("Rule", (family,), {"tables": [table]})

    def _fill(self, table: Any, kind: Any, chain: LegacyChain) -> None:
        """Fill a chain of ours with exactly these rules, and have exactly one jump to it."""
        if table.is_chain(chain.name):
            table.flush_entries(chain.name)
        else:
            table.create_chain(chain.name)
        jump = _made(kind, LegacyRule(chain.name))
        with contextlib.suppress(self._iptc.IPTCError):  # there is none the first time
            table.delete_entry(chain.hook, jump.rule, jump.mask)
        table.append_entry(chain.hook, jump.rule)
        for rule in chain.rules:
            table.append_entry(chain.name, _made(kind, rule).rule)


def _in_child(work: Callable[[], None]) -> None:
    """Do the work in a child process; raises OperationFailed when it fails or crashes.

    The library finds the targets DNAT and MASQUERADE in the family that a process used first, and not in the other one.
    A crash in its C code would also end gear-ready.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        message = ""
        try:
            work()
        except BaseException as error:
            message = str(error) or type(error).__name__
        os.write(writer, message.encode())
        os._exit(0)  # without what Python does at its end: the parent does that
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as pipe:
        message = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if message or status:
        raise OperationFailed(message or f"the Python library iptables crashed (wait status {status})")


def _made(kind: Any, rule: LegacyRule) -> Any:
    """The rule as the library knows it."""
    made = kind()
    if rule.protocol:
        made.protocol = rule.protocol
    if rule.destination:
        made.dst = rule.destination
    if rule.not_interface:
        made.in_interface = f"!{rule.not_interface}"
    if rule.port:
        _match_port(made.create_match(rule.protocol), rule.port)
    if rule.state:
        made.create_match("conntrack").set_parameter("ctstate", rule.state)
    target = made.create_target(rule.target)
    if rule.to:
        target.set_parameter("to-destination", rule.to)
    target.final_check()  # fills in defaults; without them the kernel refuses MASQUERADE
    return made


def _match_port(match: Any, port: int) -> None:
    """Match a destination port, by writing it into the kernel's structure behind the header of the match.

    struct xt_tcp and struct xt_udp both begin with four numbers: source ports from and to, destination ports from and
    to. python-iptables 1.0.1 cannot set them by name: it does not know the layout of iptables 1.8.11, and of an
    extension's parameters finds only the first one, the source port.
    """
    header = ctypes.sizeof(type(match.match))
    struct.pack_into("=4H", match.match_buf, header, 0, 65535, port, port)


def _has_table(names: str) -> bool:
    """Whether this namespace has the legacy table nat. python-iptables cannot be asked: it would make the table."""
    path = f"/proc/thread-self/net/{names}"
    if not os.path.exists(path):
        return False
    with open(path, encoding="ascii") as file:
        return "nat" in file.read().split()
