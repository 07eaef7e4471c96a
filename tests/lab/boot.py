# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting and ending hosts: systemd-nspawn, and a keeper that boots the host again after `reboot`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from . import cgroup, network
from .errors import LabError
from .record import Record, directory_of
from .rootfs import root_of
from .run import detach, run
from .settings import Settings

REBOOT = 133  # what systemd-nspawn --keep-unit ends with when the host wants to be booted again
CAP_SYS_RESOURCE = 24
CLOCK = "CAP_SYS_TIME"  # all hosts share the machine's clock: systemd sets it when a host gets another time zone

# Arguments: the keeper's group, the number of groups to boot in, these groups, the command.
KEEPER = f"""
trap '' HUP INT
echo 0 > "$1/cgroup.procs"; count=$2; shift 2
groups=
while [ "$count" -gt 0 ]; do groups="$groups $1"; shift; count=$((count - 1)); done
while :; do
    (for group in $groups; do echo 0 > "$group/cgroup.procs" || exit; done; exec "$@")
    [ $? = {REBOOT} ] || exit
done
"""

INIT = "exec /lib/systemd/systemd systemd.log_level=info"
BOOT_V2 = ("--boot", "systemd.log_level=info")
# systemd-nspawn mounts the controllers of cgroup v1 read-only, and systemd would do without them.
REMOUNT = "for group in /sys/fs/cgroup/*; do mount -o remount,bind,rw $group; done"
BOOT_V1 = ("--kill-signal=SIGRTMIN+3", "/bin/sh", "-c", f"{REMOUNT}; {INIT}")


def systemd_runs() -> bool:
    return Path("/run/systemd/system").is_dir()


def unit_of(machine: str) -> str:
    return f"geard-lab-{machine}.service"


def dropped_capabilities() -> str:
    """Capabilities that no host gets, and those that the machine lacks itself and cannot pass on."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    bounding = int(status.split("CapBnd:")[1].split()[0], 16)
    return CLOCK if bounding >> CAP_SYS_RESOURCE & 1 else f"{CLOCK},CAP_SYS_RESOURCE"


def nspawn(settings: Settings, record: Record) -> list[str]:
    return [
        "systemd-nspawn",
        "--quiet",
        f"--directory={root_of(settings, record.name)}",
        f"--machine={settings.machine_name(record.name)}",
        f"--hostname={record.name}",
        "--register=no",
        "--keep-unit",
        "--capability=all",
        f"--drop-capability={dropped_capabilities()}",
        "--system-call-filter=@keyring bpf",
        "--network-veth",
        f"--network-bridge={settings.bridge}",
        "--resolv-conf=off",
        "--timezone=off",
        "--console=pipe",
        *(BOOT_V1 if record.cgroup == "v1" else BOOT_V2),
    ]


def alive(settings: Settings, record: Record) -> bool:
    machine = settings.machine_name(record.name)
    if systemd_runs():
        state = run(["systemctl", "is-active", unit_of(machine)], check=False).stdout.strip()
        return state not in ("inactive", "failed", "unknown", "")
    return cgroup.alive(machine)


def start(settings: Settings, record: Record) -> None:
    network.ensure(settings)
    machine = settings.machine_name(record.name)
    sweep(machine)
    if systemd_runs():
        start_unit(settings, record, machine)
    else:
        start_keeper(settings, record, machine)


def start_keeper(settings: Settings, record: Record, machine: str) -> None:
    cgroup.remove(machine)
    groups = list(map(str, cgroup.create(machine, record.cgroup)))
    keeper = str(cgroup.group_of(machine) / "keeper")
    mode = "0" if record.cgroup == "v1" else "1"
    with console_of(settings, record.name).open("ab") as console:
        arguments = [keeper, str(len(groups)), *groups, *nspawn(settings, record)]
        detach(["sh", "-c", KEEPER, "lab-keeper", *arguments], console, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=mode)
    wait_for(lambda: cgroup.alive(machine))


def start_unit(settings: Settings, record: Record, machine: str) -> None:
    if record.cgroup == "v1":
        raise LabError("--cgroup v1 needs a machine with cgroup v1", "leave it out")
    unit = unit_of(machine)
    run(["systemctl", "reset-failed", unit], check=False)
    properties = {
        "Delegate": "yes",
        "KillMode": "mixed",
        "RestartForceExitStatus": str(REBOOT),
        "SuccessExitStatus": str(REBOOT),
        "StandardOutput": f"append:{console_of(settings, record.name)}",
        "StandardError": f"append:{console_of(settings, record.name)}",
    }
    options = [f"--property={key}={value}" for key, value in properties.items()]
    environment = "--setenv=SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1"
    run(["systemd-run", "--quiet", "--collect", f"--unit={unit}", environment, *options, *nspawn(settings, record)])


def kill(settings: Settings, record: Record) -> None:
    """Cut the power: everything in the host ends at once, and nothing boots it again."""
    machine = settings.machine_name(record.name)
    if systemd_runs():
        run(["systemctl", "kill", "--signal=KILL", unit_of(machine)], check=False)
        run(["systemctl", "stop", unit_of(machine)], check=False)
        run(["systemctl", "reset-failed", unit_of(machine)], check=False)
    else:
        cgroup.kill(machine)
        wait_for(lambda: not cgroup.alive(machine))
        cgroup.remove(machine)
    sweep(machine)


def sweep(machine: str) -> None:
    """Remove the leftovers of a killed systemd-nspawn, which would keep the next one from starting."""
    for kind in ("unix-export", "propagate"):
        place = Path("/run/systemd/nspawn", kind, machine)
        if place.is_mount():
            run(["umount", "--lazy", str(place)], check=False)
        with contextlib.suppress(OSError):
            place.rmdir()
    # The kernel takes its time with the network of processes that were killed. systemd-nspawn shortens the name of its
    # interface and leaves the whole one as an alternative.
    run(["ip", "link", "delete", f"vb-{machine}"], check=False)


def wait_for(condition: Callable[[], bool], patience: float = 10) -> bool:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def console_of(settings: Settings, name: str) -> Path:
    return directory_of(settings, name) / "console.log"
