# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: one small function per verb."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from . import base, check, images, ssh
from .api import Lab
from .errors import LabError

Arguments = argparse.Namespace


def verb_check(lab: Lab, arguments: Arguments) -> int:
    faults = 0
    for finding in check.findings(lab.settings):
        faults += not finding.good
        print(f"ok       {finding.what}" if finding.good else f"missing  {finding.what}; {finding.remedy}")
    return 1 if faults else 0


def verb_bases(lab: Lab, arguments: Arguments) -> int:
    lab.make_bases(arguments.suites)
    return 0


def verb_tree(lab: Lab, arguments: Arguments) -> int:
    print(lab.tree(arguments.suite))
    return 0


def verb_up(lab: Lab, arguments: Arguments) -> int:
    lab.up_all(arguments.names, suite=arguments.suite, bare=arguments.bare, cgroup=arguments.cgroup)
    return 0


def verb_list(lab: Lab, arguments: Arguments) -> int:
    for host in lab.hosts():
        kind = "bare" if host.record.bare else "full"
        state = "up" if host.alive else "down"
        print(f"{host.name:<20} {state:<5} {host.address:<16} {host.record.suite}-{kind}")
    return 0


def verb_inventory(lab: Lab, arguments: Arguments) -> int:
    print(lab.inventory(arguments.names, arguments.output))
    return 0


def verb_ssh(lab: Lab, arguments: Arguments) -> int:
    return ssh.interactive(lab.settings, lab.host(arguments.name).address, arguments.command)


def verb_reboot(lab: Lab, arguments: Arguments) -> int:
    lab.reboot(arguments.names)
    return 0


def verb_kill(lab: Lab, arguments: Arguments) -> int:
    lab.kill(arguments.names)
    return 0


def verb_images(lab: Lab, arguments: Arguments) -> int:
    wanted = images.applications() if arguments.applications else []
    wanted += images.builders() if arguments.builders else []
    for host in lab.hosts(arguments.names):
        print("\n".join(host.load_images(*wanted)))
    return 0


def verb_registry(lab: Lab, arguments: Arguments) -> int:
    print(lab.registry(arguments.names))
    return 0


def verb_down(lab: Lab, arguments: Arguments) -> int:
    if not arguments.names:
        confirm(lab, arguments, "down NAME...")
    lab.down(arguments.names)
    return 0


def verb_clean(lab: Lab, arguments: Arguments) -> int:
    confirm(lab, arguments, "down NAME...")
    lab.clean()
    return 0


def confirm(lab: Lab, arguments: Arguments, instead: str) -> None:
    """Ask before all hosts are removed, because some may belong to somebody else."""
    hosts = [host.name for host in lab.hosts()]
    if hosts and not arguments.all:
        raise LabError(f"this would remove {', '.join(hosts)}", f"say --all if that is meant, else: lab {instead}")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="lab", description="Throwaway hosts with systemd, dockerd and sshd.")
    verbs = top.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, action: object, text: str, names: str = "") -> argparse.ArgumentParser:
        found = verbs.add_parser(name, help=text, description=text)
        found.set_defaults(action=action)
        if names:
            found.add_argument("names", nargs=names, metavar="NAME")
        return found

    verb("check", verb_check, "say what is missing on this machine")
    bases = verb("bases", verb_bases, "make what hosts are made from, beforehand")
    bases.add_argument("suites", nargs="*", metavar="SUITE", help=f"{', '.join(base.SUITES)} (default: all)")
    programs = verb("tree", verb_tree, "print a folder with the programs of a Debian, made if it is not there")
    programs.add_argument("suite", choices=base.SUITES, metavar="SUITE")
    up = verb("up", verb_up, "make hosts and boot them", "+")
    up.add_argument("--suite", choices=base.SUITES, default="", help="Debian release (default: trixie)")
    up.add_argument("--bare", action="store_true", help="without Docker")
    up.add_argument("--cgroup", choices=("v1", "v2"), default="", help="v1: memory limits where v2 has no controllers")
    verb("list", verb_list, "list hosts")
    inventory = verb("inventory", verb_inventory, "print the path of the Ansible inventory", "*")
    inventory.add_argument("--output", type=Path, help="write it there")
    shell = verb("ssh", verb_ssh, "a shell or a command on a host")
    shell.add_argument("name", metavar="NAME")
    shell.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    verb("reboot", verb_reboot, "reboot hosts as their own `systemctl reboot` does", "+")
    verb("kill", verb_kill, "power loss; `up` boots again", "+")
    load = verb("images", verb_images, "load the test images on hosts", "+")
    load.add_argument("--applications", action="store_true", help="those of real applications instead")
    load.add_argument("--builders", action="store_true", help="those that build from source instead")
    verb("registry", verb_registry, "start a registry with the test images; let hosts pull from it", "*")
    down = verb("down", verb_down, "stop and remove hosts; with --all every one of this lab, and its registry", "*")
    clean = verb("clean", verb_clean, "remove every trace of this lab")
    for word in (down, clean):
        word.add_argument("--all", action="store_true", help="really all hosts of this lab")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.action(Lab(), arguments))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
