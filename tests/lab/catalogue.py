# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test images, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    path: str
    text: str = ""
    mode: int = 0o644
    owner: int = 0


def script(path: str, text: str) -> File:
    return File(path, f"#!/bin/sh\n{text}", 0o755)


@dataclass(frozen=True)
class Image:
    name: str
    command: tuple[str, ...] = ("rest",)
    entrypoint: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    healthcheck: str = ""


# In every image, beside busybox and its links.
COMMON = (
    File("etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"),
    File("etc/group", "root:x:0:\napp:x:1000:\nnogroup:x:65534:\n"),
    script(
        "bin/rest",
        """trap 'echo "$(cat /etc/image): stopped"; exit 0' TERM INT
echo "$(cat /etc/image): resting"
while :; do sleep 3600 & wait $!; done
""",
    ),
    script(
        "bin/serve",
        """port=${1:-8080}
trap 'kill $server; echo "$(cat /etc/image): stopped"; exit 0' TERM INT
echo "$(cat /etc/image): serving port $port"
httpd -f -p "$port" -h /www & server=$!
wait $server
""",
    ),
    script(
        "www/cgi-bin/index.cgi",
        """printf 'Content-Type: text/plain\\r\\n\\r\\n'
echo "$(cat /etc/image) on $(hostname)"
""",
    ),
)

WITNESS = """# The interpreter and its two words are not the caller's: `/bin/sh /bin/witness ARGUMENTS...`
if [ -d /witness ]; then
    cat /proc/$$/cmdline > /witness/argv
    cat /proc/$$/environ > /witness/environ
    : > /witness/ready
else
    cat /proc/$$/cmdline; echo
    cat /proc/$$/environ; echo
fi
trap 'exit 0' TERM INT
while :; do sleep 3600 & wait $!; done
"""

IMAGES = (
    Image("openshift/busybox-http-app:latest", ("serve",), ports=("8080/tcp",)),
    Image("geard-test/busybox:1", files=(File("etc/release", "1\n"),), labels={"geard.test.release": "1"}),
    Image("geard-test/busybox:2", files=(File("etc/release", "2\n"),), labels={"geard.test.release": "2"}),
    Image(
        "geard-test/stubborn:1",
        ("stubborn",),
        files=(script("bin/stubborn", "trap '' TERM INT HUP\necho stubborn\nwhile :; do sleep 3600; done\n"),),
    ),
    Image("geard-test/crash:1", ("crash",), files=(script("bin/crash", "echo crashing\nexit 3\n"),)),
    Image(
        "geard-test/volumes:1",
        files=(
            File("data/seed", "seed of /data\n"),
            File("data/folder/deep", "deep in /data\n"),
            File("var/lib/app/state", "state of app\n", 0o640, owner=1000),
        ),
        volumes=("/data", "/var/lib/app"),
    ),
    Image(
        "geard-test/user:1",
        ("rest",),
        ("/bin/entry", "--fixed"),
        files=(script("bin/entry", 'echo "entry as $(id -u):$(id -g) with $*"\nshift\nexec "$@"\n'),),
        user="1000:1000",
        environment={"FROM_IMAGE": "yes"},
    ),
    Image(
        "geard-test/witness:1",
        (),
        ("/bin/witness",),
        files=(script("bin/witness", WITNESS),),
        environment={"FROM_IMAGE": "an image's value with spaces"},
    ),
    Image("geard-test/health:1", healthcheck="test ! -e /tmp/sick"),
)
