# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The test images: small ones for every host, and real applications, loaded on request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class File:
    path: str
    """A folder's ends with a slash."""
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
    packages: tuple[str, ...] = ()
    """Debian packages whose programs the image has, beside busybox."""
    workdir: str = "/"


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
    Image(
        "geard-test/s2i:1",
        ("usage",),
        files=(
            script(
                "usr/libexec/s2i/assemble",
                """set -e
mkdir -p /tmp/app
echo "assembling as $(id -u):$(id -g)"
test ! -d /tmp/artifacts || cp -r /tmp/artifacts/. /tmp/app/
test -e /tmp/app/deps || { sleep "${DEPS_SLEEP:-0}"; echo deps > /tmp/app/deps; echo "deps made"; }
cp -r /tmp/src/. /tmp/app/
test ! -x /tmp/app/on-assemble || /tmp/app/on-assemble
""",
            ),
            script("usr/libexec/s2i/run", 'echo "$GREETING $(cat /tmp/app/name)"\nexec serve\n'),
            script("usr/libexec/s2i/save-artifacts", "cd /tmp/app && exec tar -cf - deps\n"),
            script("usr/libexec/s2i/usage", "echo a builder for tests\n"),
            File("etc/release", "1\n"),
        ),
        user="1000:1000",
        labels={"io.openshift.s2i.scripts-url": "image:///usr/libexec/s2i", "builder.own": "label"},
    ),
    Image("geard-test/health:1", healthcheck="test ! -e /tmp/sick"),
)

PROGRAMS = Path(__file__).resolve().parent / "applications"
# One layer for all of them: made once, loaded once.
DEBIAN = ("etcd-server", "haproxy", "python3-redis", "redis-server")


def program(name: str, path: str, mode: int = 0o644) -> File:
    """A file of an image, from the folder `applications`."""
    return File(path, (PROGRAMS / name).read_text(encoding="utf-8"), mode)


APPLICATIONS = (
    Image(
        "geard-test/redis:1",
        ("redis-server", "--dir", "/data", "--appendonly", "yes", "--protected-mode", "no"),
        volumes=("/data",),
        ports=("6379/tcp",),
        packages=DEBIAN,
    ),
    Image(
        "geard-test/todo:1",
        ("python3", "/srv/todo.py"),
        files=(program("todo.py", "srv/todo.py"),),
        ports=("3000/tcp",),
        packages=DEBIAN,
    ),
    Image(
        "geard-test/etcd:1",
        ("member",),
        files=(program("member.sh", "bin/member", 0o755),),
        environment={"ETCD_DATA_DIR": "/data"},
        volumes=("/data",),
        ports=("2379/tcp", "2380/tcp"),
        packages=DEBIAN,
    ),
    Image(
        "geard-test/haproxy:1",
        ("haproxy", "-W", "-f", "/etc/haproxy.cfg"),
        files=(program("haproxy.cfg", "etc/haproxy.cfg"),),
        ports=("80/tcp",),
        packages=DEBIAN,
    ),
)
