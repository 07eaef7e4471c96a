# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry on the lab's bridge with the test images, for tests that pull, and one with a password.

The program is Debian's, unpacked and not installed: the machine gets no service and no configuration.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import signal
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

from . import boot, cachedir, images, network
from .errors import LabError
from .locks import lab_lock, locked
from .run import detach, run, step
from .settings import Settings

PACKAGE = "docker-registry"
PORT = 5000
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

# The registry that wants a password, as everybody's is in the world; it is empty. Its file has the hash bcrypt makes.
GUARDED_PORT = 5001
LOGIN, PASSWORD = "builder", "wrench and spanner"
ACCOUNTS = f"{LOGIN}:$2y$04$abcdefghijklmnopqrstuu/23bGn6YSKNTvZYI.X.uyD2FZjAuWfO\n"

# A proxy that leads out of the machine does not lead to the bridge.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def address(settings: Settings, guarded: bool = False) -> str:
    return f"{network.gateway(settings)}:{GUARDED_PORT if guarded else PORT}"


def folder(settings: Settings, guarded: bool = False) -> Path:
    return settings.directory / ("registry-guarded" if guarded else "registry")


def start(settings: Settings, guarded: bool = False) -> str:
    """Start and fill the registry, and return its host:port."""
    with lab_lock(settings):
        network.ensure(settings)
        folder(settings, guarded).mkdir(exist_ok=True)
    with locked(settings.directory / "locks" / ".registry", "it starts the registry"):
        if not answers(settings, guarded):
            with step(f"registry started at {address(settings, guarded)}"):
                launch(settings, guarded)
        if not guarded:
            with step("test images pushed"):
                for image in images.build_all():
                    push(settings, image)
    return address(settings, guarded)


def answers(settings: Settings, guarded: bool = False) -> bool:
    try:
        return bool(request(settings, "GET", f"http://{address(settings, guarded)}/v2/").status == 200)
    except urllib.error.HTTPError as error:
        return guarded and error.code == 401
    except OSError:
        return False


def program(settings: Settings) -> Path:
    """Path of the registry's program, fetched with the machine's apt if the cache lacks it."""
    tree = settings.cache / PACKAGE
    cachedir.use(settings)
    if not tree.exists():
        partial = tree.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        package = download(partial)
        run(["dpkg-deb", "--extract", str(package), str(partial)])
        package.unlink()
        partial.rename(tree)
    return tree / "usr/bin/docker-registry"


def download(target: Path) -> Path:
    command = ["sh", "-c", f'cd "$0" && apt-get -qq download {PACKAGE}', str(target)]
    if run(command, check=False).returncode:
        run(["apt-get", "update", "-qq"])
        if run(command, check=False).returncode:
            raise LabError(f"apt has no package {PACKAGE}", "enable Debian's main or Ubuntu's universe component")
    return next(target.glob("*.deb"))


def launch(settings: Settings, guarded: bool) -> None:
    home = folder(settings, guarded)
    storage = {"filesystem": {"rootdirectory": str(home / "data")}, "delete": {"enabled": True}}
    http = {"addr": address(settings, guarded)}
    config: dict[str, Any] = {"version": "0.1", "storage": storage, "http": http, "log": {"level": "warn"}}
    if guarded:
        (home / "accounts").write_text(ACCOUNTS, encoding="ascii")
        config["auth"] = {"htpasswd": {"realm": "lab", "path": str(home / "accounts")}}
    (home / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with (home / "log").open("ab") as log:
        words = [str(home / "pid"), str(program(settings)), "serve", str(home / "config.json")]
        detach(["sh", "-c", 'echo $$ > "$0" && exec "$@"', *words], log)
    if not boot.wait_for(lambda: answers(settings, guarded)):
        raise LabError("the registry does not answer", f"read {home / 'log'}")


def stop(settings: Settings) -> None:
    """End both registries, if the process ids in the files are still theirs."""
    for home in (folder(settings), folder(settings, guarded=True)):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pid = int((home / "pid").read_text(encoding="ascii"))
            if Path(os.readlink(f"/proc/{pid}/exe")).name == PACKAGE:
                os.kill(pid, signal.SIGTERM)
        shutil.rmtree(home, ignore_errors=True)


def request(settings: Settings, method: str, path: str, data: bytes | None = None, kind: str = "") -> Any:
    url = path if path.startswith("http") else f"http://{address(settings)}/v2/{path}"
    headers = {"Content-Type": kind or "application/octet-stream"}
    return opener.open(urllib.request.Request(url, data=data, method=method, headers=headers), timeout=10)


@cache
def compressed(layer: bytes) -> bytes:
    return gzip.compress(layer, mtime=0)


def push(settings: Settings, image: images.Built) -> None:
    name, tag = image.name.split(":")
    layers = [push_blob(settings, name, compressed(layer), LAYER) for layer in image.layers]
    config = push_blob(settings, name, image.config, CONFIG)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
    request(settings, "PUT", f"{name}/manifests/{tag}", json.dumps(manifest).encode(), MANIFEST)


def push_blob(settings: Settings, name: str, data: bytes, kind: str) -> dict[str, Any]:
    """Upload a missing blob, and return its entry for a manifest."""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    try:
        request(settings, "HEAD", f"{name}/blobs/{digest}")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        place = request(settings, "POST", f"{name}/blobs/uploads/", b"").headers["Location"]
        request(settings, "PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", data)
    return {"mediaType": kind, "size": len(data), "digest": digest}
