# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Base tarballs: one Debian tree per suite and kind, made once and unpacked for each host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import apt, cachedir
from .errors import LabError
from .run import failure, log, run, step
from .settings import Settings

SUITES = ("trixie", "bookworm", "forky")
"""The newest that is stable comes first; forky is Debian testing, which shows what comes next."""

# Lists of packages, with the commas mmdebstrap wants.
SYSTEM = "systemd,systemd-sysv,dbus,libpam-systemd,iproute2,procps"
ACCESS = "openssh-server,python3,ca-certificates,debian-archive-keyring"
# With all that the role gear_host installs, and curl for tests.
DOCKER = "apparmor,docker.io,python3-docker,python3-pystemd,python3-iptables,iptables,nftables,git,curl,sudo"
# docker-buildx makes `docker build` use BuildKit, as Docker's own packages do; without it, Docker's older builder does.
# openssh-server of Debian testing brings no client any more.
DOCKER_OF_SUITE = {
    "trixie": "docker-buildx,docker-cli,systemd-resolved",
    "forky": "docker-buildx,docker-cli,openssh-client,systemd-resolved",
}
# Docker's own packages have the containerd image store by default from version 29 on.
DAEMON_OF_SUITE = {"forky": '{"features": {"containerd-snapshotter": true}}'}

# Nothing may move on a host that a test did not ask for; nothing waits for a console.
MASKED = (
    "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service "
    "console-getty.service systemd-networkd-wait-online.service systemd-firstboot.service"
)
CUSTOMIZE = (
    'chroot "$1" systemctl --quiet enable systemd-networkd.service ssh.service',
    f'chroot "$1" systemctl --quiet mask {MASKED}',
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/etc/resolv.conf',
    ': > "$1"/etc/machine-id',
)
CERTIFICATES = Path("/usr/local/share/ca-certificates")
ADD_CERTIFICATES = (
    f'cp {CERTIFICATES}/*.crt "$1"{CERTIFICATES}/',
    'chroot "$1" update-ca-certificates > /dev/null',
)
# Stays in the host's dpkg configuration, so packages installed later are small, too.
EXCLUDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


@dataclass(frozen=True)
class Base:
    suite: str
    bare: bool

    def __str__(self) -> str:
        return f"{self.suite}-{'bare' if self.bare else 'full'}"

    @property
    def packages(self) -> str:
        full = [] if self.bare else [DOCKER, DOCKER_OF_SUITE.get(self.suite, "")]
        return ",".join(filter(None, [SYSTEM, ACCESS, *full]))


def suite_for(suite: str, cgroup: str) -> str:
    """The wanted suite, or the newest one with the wanted properties."""
    if cgroup != "v1":
        return suite or SUITES[0]
    if suite not in ("", "bookworm"):
        raise LabError(f"systemd of {suite} does not boot on cgroup v1", "use --suite bookworm")
    return "bookworm"


def recipe(base: Base) -> list[str]:
    """Arguments of mmdebstrap, without the target."""
    if base.suite not in SUITES:
        raise LabError(f"unknown suite {base.suite}", f"use one of {', '.join(SUITES)}")
    hooks = [*CUSTOMIZE, *configure_docker(base)]
    if any(CERTIFICATES.glob("*.crt")):
        hooks += ADD_CERTIFICATES
    return [
        "--mode=root",
        "--variant=important",
        f"--include={base.packages}",
        *(f"--aptopt={line}" for line in apt.options(base.suite)),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDED),
        *(f"--customize-hook={hook}" for hook in hooks),
        base.suite,
    ]


def configure_docker(base: Base) -> list[str]:
    """Hooks that give dockerd its configuration, on bare hosts too, where Docker comes later."""
    settings = DAEMON_OF_SUITE.get(base.suite)
    if settings is None:
        return []
    return ['mkdir -p "$1"/etc/docker', f"echo '{settings}' > \"$1\"/etc/docker/daemon.json"]


def sources(suite: str, settings: Settings) -> list[str]:
    return [source.line() for source in apt.sources_for(suite, apt.machine_sources(), settings.mirror)]


def tarball(base: Base, settings: Settings) -> Path:
    """Path of the tarball; makes it if this recipe is new."""
    arguments, lines = recipe(base), sources(base.suite, settings)
    return cachedir.made(
        settings, f"base-{base}", [*arguments, *lines], lambda path: bootstrap(f"base {base}", arguments, lines, path)
    )


def bootstrap(what: str, arguments: Sequence[str], lines: Sequence[str], path: Path) -> None:
    """Make a tree of Debian packages as a tarball, with mmdebstrap."""
    log.info("making the %s, once; about a minute", what)
    with step(f"{what} made"):
        done = run(["mmdebstrap", "--quiet", *arguments, str(path), *lines], check=False)
    if done.returncode:
        raise LabError(failure(done), "is the Debian mirror reachable? GEARD_LAB_MIRROR=URL names another")


def unpack(path: Path, target: Path, members: Sequence[str] = ()) -> None:
    """Unpack a base, or these members of it, into a new folder."""
    target.mkdir(parents=True)
    faithfully = ["--numeric-owner", "--preserve-permissions", "--xattrs", "--xattrs-include=*"]
    run(["tar", "--directory", str(target), "--extract", *faithfully, "--file", str(path), *members])
