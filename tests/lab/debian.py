# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's programs as a layer of an image: /usr of some packages and their dependencies, on top of busybox."""

from __future__ import annotations

import inspect
import io
import re
import tarfile
from collections.abc import Sequence
from pathlib import Path

from . import apt, base, cachedir
from .run import step
from .settings import Settings

# Whatever the hosts run; an image brings its own libraries.
SUITE = base.SUITES[0]
# What programs need to run; no documents, no package manager, no Perl of its scripts.
KEPT = re.compile(r"usr/(bin|sbin|lib|lib64|libexec|share/python-wheels)(/|$)")
DROPPED = re.compile(
    r"usr/s?bin/(deb|dpkg|etcdutl|perl|redis-benchmark|tar$|update-)|.*/(gconv|perl-base|pydoc_data|systemd|tmpfiles\.d)(/|$)"
)
# What update-ca-certificates makes of them, without which Python's clients do not start.
AUTHORITY = re.compile(r"usr/share/ca-certificates/.*\.crt")
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"


def layer(packages: Sequence[str], settings: Settings) -> bytes:
    """The layer as bytes, from the cache if these packages were used before."""
    options = [f"--aptopt={line}" for line in apt.carried_options()]
    words = ["--mode=root", "--variant=extract", f"--include={','.join(packages)}", *options, SUITE]
    lines = base.sources(SUITE, settings)
    recipe = [*words, *lines, inspect.getsource(thin_out), KEPT.pattern, DROPPED.pattern, AUTHORITIES]
    return cachedir.made(settings, "layer-debian", recipe, lambda path: make(words, lines, path)).read_bytes()


def make(words: Sequence[str], lines: Sequence[str], path: Path) -> None:
    """Unpack the packages without running their scripts, and keep the files that an image needs."""
    whole = path.with_suffix(".whole.tar")
    try:
        base.bootstrap("layer of Debian packages", words, lines, whole)
        with step(f"layer of {whole.stat().st_size >> 20} MB thinned out"):
            thin_out(whole, path)
    finally:
        whole.unlink(missing_ok=True)


def thin_out(source: Path, target: Path) -> None:
    authorities = b""
    with tarfile.open(source) as whole, tarfile.open(target, mode="w", format=tarfile.PAX_FORMAT) as thin:
        for info in whole:
            info.name = info.name.removeprefix("./")
            if KEPT.match(info.name) and not DROPPED.match(info.name):
                info.mtime, info.pax_headers = 0, {}
                if info.islnk():
                    info.linkname = info.linkname.removeprefix("./")
                thin.addfile(info, whole.extractfile(info) if info.isreg() else None)
            elif AUTHORITY.fullmatch(info.name) and (file := whole.extractfile(info)):
                authorities += file.read()
        for folder in ("lib", "lib64"):
            link = tarfile.TarInfo(folder)
            link.type, link.linkname, link.mode = tarfile.SYMTYPE, f"usr/{folder}", 0o777
            thin.addfile(link)
        if authorities:
            bundle = tarfile.TarInfo(AUTHORITIES)
            bundle.size, bundle.mode = len(authorities), 0o644
            thin.addfile(bundle, io.BytesIO(authorities))
