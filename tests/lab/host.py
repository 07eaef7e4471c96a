# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host of a lab, as tests see it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from . import boot, images, rootfs, ssh
from .errors import LabError
from .locks import host_lock, lab_lock
from .record import Record, directory_of, path_of, read
from .run import Completed, log, run, step
from .settings import Settings

BOOT_PATIENCE = 120
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


@dataclass(frozen=True)
class Host:
    settings: Settings
    record: Record

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def address(self) -> str:
        return self.record.address

    @property
    def address6(self) -> str:
        return self.record.address6

    @property
    def directory(self) -> Path:
        return directory_of(self.settings, self.name)

    @property
    def root(self) -> Path:
        """The host's file tree, as the machine sees it."""
        return rootfs.root_of(self.settings, self.name)

    @property
    def console(self) -> Path:
        return boot.console_of(self.settings, self.name)

    @property
    def alive(self) -> bool:
        return boot.alive(self.settings, self.record)

    def ssh(
        self,
        command: str | Sequence[str],
        *,
        check: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run a command as root: a shell line, or a list of words that reach the program unchanged."""
        line = command if isinstance(command, str) else shlex.join(command)
        done = run([*ssh.command(self.settings, self.address), line], check=False, stdin=stdin, timeout=timeout)
        if check and done.returncode:
            raise self.fault(line, done.returncode, done.stderr or done.stdout)
        return done

    def fault(self, line: str, code: int, said: str) -> LabError:
        return LabError(f"{self.name}: {line}: exit status {code}: {said.strip()}")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        target = shlex.quote(path)
        self.pipe(text.encode(), f"umask 077 && cat > {target} && chmod {mode:o} {target}")

    def put(self, source: Path, path: str) -> None:
        """Copy a file or a folder to `path` on the host."""
        target = shlex.quote(path)
        if source.is_dir():
            folder = ["tar", "-C", str(source), "--owner=0", "--group=0", "-cf", "-", "."]
            content = subprocess.run(folder, capture_output=True, check=True).stdout
            self.pipe(content, f"mkdir -p {target} && tar -C {target} -xf -")
        else:
            mode = source.stat().st_mode & 0o7777
            self.pipe(source.read_bytes(), f"cat > {target} && chmod {mode:o} {target}")

    def pipe(self, content: bytes, line: str) -> None:
        """Run a shell line on the host with these bytes as its input."""
        command = [*ssh.command(self.settings, self.address), line]
        done = subprocess.run(command, input=content, capture_output=True, check=False)
        if done.returncode:
            raise self.fault(line, done.returncode, done.stderr.decode(errors="replace"))

    def boot(self) -> None:
        """Create the host's tree if it does not exist, and boot the host if it is down."""
        with self.lock():
            if read(path_of(self.settings, self.name)) != self.record:
                raise LabError(f"{self.name} was removed meanwhile", f"run: lab up {self.name}")
            if not self.root.exists():
                rootfs.create(self.settings, self.record)
            if not self.alive:
                with step(f"{self.name}: up at {self.address}"):
                    boot.start(self.settings, self.record)
                    self.wait()

    def lock(self) -> AbstractContextManager[None]:
        return host_lock(self.settings, self.name)

    def wait(self, unlike: str = "") -> None:
        """Wait until systemd has started everything, including Docker, in another boot than `unlike`."""
        command = ssh.command(self.settings, self.address, *ssh.UNSHARED)
        probe = [*command, f"{BOOT_ID}; systemctl is-system-running --wait"]
        deadline = time.monotonic() + BOOT_PATIENCE
        said: list[str] = []
        while time.monotonic() < deadline:
            said = run(probe, check=False, timeout=BOOT_PATIENCE).stdout.split()
            if len(said) == 2 and said[0] != unlike and said[1] in ("running", "degraded"):
                return self.warn() if said[1] == "degraded" else None
            if not self.alive:
                raise LabError(f"{self.name} ended while booting", f"read {self.console}")
            time.sleep(0.1)
        raise LabError(f"{self.name} is not up after {BOOT_PATIENCE} s: {' '.join(said)}", f"read {self.console}")

    def warn(self) -> None:
        failed = self.ssh("systemctl --failed --plain --no-legend", check=False).stdout.strip()
        log.warning("%s: units failed while booting: %s", self.name, failed)

    def boot_id(self) -> str:
        return self.ssh(BOOT_ID).stdout.strip()

    def reboot(self) -> None:
        """Reboot as an administrator would."""
        with self.lock(), step(f"{self.name}: rebooted"):
            before = self.boot_id()
            self.ssh("systemctl reboot", check=False)
            ssh.close(self.settings, self.address)
            self.wait(unlike=before)

    def kill(self) -> None:
        """Cut the power. `boot` starts the host again."""
        with self.lock(), step(f"{self.name}: killed"):
            self.cut_off()

    def remove(self) -> None:
        """Remove the host; its name and its address are free again."""
        with self.lock(), step(f"{self.name}: removed"):
            self.cut_off()
            grave = self.settings.directory / "removed" / f"{self.name}.{os.getpid()}"
            grave.parent.mkdir(exist_ok=True)
            with lab_lock(self.settings), contextlib.suppress(FileNotFoundError):  # removed by somebody else
                self.directory.rename(grave)
            run(["rm", "-rf", str(grave)])

    def cut_off(self) -> None:
        boot.kill(self.settings, self.record)
        ssh.close(self.settings, self.address)

    def load_images(self, *wanted: str) -> list[str]:
        """Load test images into the host's Docker: the named ones, or all but the applications."""
        with step(f"{self.name}: test images loaded"):
            self.pipe(images.archive(*wanted, settings=self.settings), "docker load --quiet")
        return list(wanted) or images.names()

    def use_registry(self, address: str, mirror: bool = True) -> None:
        """Let Docker use a registry without TLS. A mirror also serves names of Docker's own registry."""
        path = "/etc/docker/daemon.json"
        configured = json.loads(self.ssh(f"cat {path} 2> /dev/null || echo '{{}}'").stdout)
        wanted = {"insecure-registries": sorted({address, *configured.get("insecure-registries", [])})}
        if mirror:
            wanted["registry-mirrors"] = [f"http://{address}"]
        if {**configured, **wanted} != configured:
            self.ssh("mkdir -p /etc/docker")
            self.write(path, json.dumps({**configured, **wanted}, indent=2) + "\n")
            # On a bare host the Docker that comes later finds it.
            self.ssh("! systemctl --quiet cat docker > /dev/null 2>&1 || systemctl try-reload-or-restart docker")
