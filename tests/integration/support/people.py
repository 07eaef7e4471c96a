# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""People with keys: OpenSSH's client on one host, logging in to another one over the network."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from .hosts import Target

FOLDER = "/root/people"
_OPTIONS = (
    *("-F", "none", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ConnectTimeout=20"),
)


@dataclass(frozen=True)
class Outcome:
    """How a login ended."""

    code: int
    out: str
    err: str


def settings_of(login: str) -> str:
    """The line that has sshd say what holds for a login; keywords in small letters, which not each version prints."""
    return f"sshd -T -C user={login},host=h,addr=1.2.3.4 | sed 's/^[^ ]*/\\L&/'"


@dataclass(frozen=True)
class Person:
    """Somebody on a client's host with a key of their own."""

    client: Target
    address: str
    name: str

    def options(self, program: str = "ssh") -> str:
        return shlex.join([program, *_OPTIONS, "-i", f"{FOLDER}/{self.name}"])

    def make_key(self, *kind: str) -> str:
        """Make a key, if there is none yet; the public one."""
        path = f"{FOLDER}/{self.name}"
        words = shlex.join(kind or ("-t", "ed25519"))
        self.client.sh(f"mkdir -p {FOLDER}; test -e {path} || ssh-keygen -q {words} -N '' -C {self.name} -f {path}")
        return self.public

    @property
    def public(self) -> str:
        return self.client.read(f"{FOLDER}/{self.name}.pub").strip()

    def line(self, gear: str, command: str | None = None, extra: str = "") -> str:
        """The shell line of a login; the input is empty unless the line is given some."""
        words = "" if command is None else " " + shlex.quote(command)
        return f"{self.options()} {extra} ctr-{gear}@{self.address}{words}"

    def enter(self, gear: str, command: str | None = None, extra: str = "", stdin: str = "") -> Outcome:
        """Log in and run a command."""
        return self.run(f"printf %s {shlex.quote(stdin)} | {self.line(gear, command, extra)}")

    def git(self, words: str, **variables: str) -> Outcome:
        """Run git with this person's key, in the person's folder; a line of the shell."""
        given = {
            "GIT_SSH_COMMAND": self.options(),
            **{f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in self._card.items()},
            **variables,
        }
        exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in given.items())
        return self.run(f"mkdir -p {FOLDER}/{self.name}.d && cd {FOLDER}/{self.name}.d && export {exports} && {words}")

    @property
    def _card(self) -> dict[str, str]:
        return {"NAME": self.name, "EMAIL": f"{self.name}@example.com", "DATE": "2026-01-02T03:04:06+0100"}

    def run(self, line: str) -> Outcome:
        """Run a shell line on the client's host."""
        done = self.client.host.ssh(line, check=False, timeout=120)
        return Outcome(done.returncode, done.stdout.strip(), done.stderr.strip())

    def is_refused(self, gear: str) -> bool:
        """Whether sshd itself refuses the key."""
        done = self.enter(gear, "true")
        return done.code == 255 and "Permission denied (publickey)" in done.err
