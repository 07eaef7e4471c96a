# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long gear-keys takes for gears with few and with very many keys, beside a shell that does nothing.

Makes the files of grants itself, since granting is not what is measured, in memory, and in a mount namespace of its
own (run it with `unshare --mount`): nobody else sees them, and they end with it. Prints milliseconds by case as JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import time

BASE = "/var/lib/containers"
PROGRAM = "/usr/local/libexec/gear/gear-keys"
HEAD = b"\0\0\0\x0bssh-ed25519\0\0\0 "
OTHERS, ROUNDS = 10_000, 150


def folder(gear: str) -> str:
    return f"{BASE}/access/containers/ssh/{gear[:2]}/{gear}"


def make_key(number: int) -> str:
    """Write a key; its fingerprint."""
    blob = HEAD + number.to_bytes(32, "big")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    name = digest.translate(str.maketrans("+/", "-_"))
    path = f"{BASE}/keys/public/{name[:2]}/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(f"ssh-ed25519 {base64.b64encode(blob).decode()}\n")
    return digest


def grant(gear: str, fingerprint: str) -> None:
    name = fingerprint.translate(str.maketrans("+/", "-_"))
    os.symlink(f"{BASE}/keys/public/{name[:2]}/{name}", f"{folder(gear)}/{name}")


def let_push(name: str) -> None:
    """The keys of a gear push to a repository of its name."""
    top = f"{BASE}/access/git/{name[:2]}/{name}"
    os.makedirs(top)
    for key in os.scandir(folder(name)):
        os.symlink(os.readlink(key.path), f"{top}/{key.name}.write")


def write_unit(gear: str) -> None:
    """A unit with as many lines as usual, and three ports."""
    path = f"{BASE}/units/{gear[:2]}/ctr-{gear}.service"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("ExecStart=something rather long with many words\n" * 50)
        file.write("".join(f"X-PortMapping={port}:{port}\n" for port in (4000, 4001, 4002)))


def elapsed(words: list[str], expected: int) -> float:
    start = time.perf_counter()
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    spent = time.perf_counter() - start
    assert done.stdout.count(b"ssh-ed25519") == expected, (words, done.stdout)
    assert done.stdout.count(b"permitopen") == (3 if words[-1] == "ports" else 0), (words, done.stdout)
    return spent * 1000


def main() -> None:
    sizes = {f"cx-{size}": size for size in map(int, sys.argv[1:])}
    others = [f"cx-other{number}" for number in range(OTHERS)]
    words = {"shell": ["/bin/sh", "-c", ":"]}
    for name in ("keys", "access", "units"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=0", "tmpfs", f"{BASE}/{name}"], check=True)
    for gear, size in sizes.items():
        os.makedirs(folder(gear))
        found = [make_key(number) for number in range(size)]
        for fingerprint in found:
            grant(gear, fingerprint)
        let_push(gear)
        words[gear] = [PROGRAM, f"ctr-{gear}", f"SHA256:{found[size // 2]}"]
        words[f"{gear} ports"] = [*words[gear], "ports"]
        words[f"{gear} repository"] = [PROGRAM, f"git-{gear}", f"SHA256:{found[size // 2]}"]
        write_unit(gear)
    for gear in others:
        os.makedirs(folder(gear))
        grant(gear, found[0])
        write_unit(gear)
    times: dict[str, list[float]] = {case: [] for case in words}
    for _round in range(ROUNDS):
        for case, line in words.items():
            times[case].append(elapsed(line, int(case != "shell")))
    print(json.dumps({case: sorted(spent)[ROUNDS // 4] for case, spent in times.items()}))


main()
