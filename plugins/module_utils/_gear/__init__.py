# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library of the collection: see docs/architecture.md.

Ansible sends a module and what it imports to a host in a zip file, as source that Python compiles anew in every run.
gear_host installed the same library, compiled. Where the host has every file exactly as it was sent, the library is
imported from there, which takes half the time. Everywhere else the zip file is used: what was sent is what runs.
"""

from __future__ import annotations

import sys
import zipimport


def _installed(sent: zipimport.zipimporter) -> list[str]:
    """The folder of the installed library if all that was sent is there, in a place where only root can write."""
    import os

    library = "/usr/local/lib/gear"
    try:
        folder = f"{library}/{os.readlink(f'{library}/current')}"  # once, as gear_host may change it meanwhile
        manifest = f"{folder}/{sys.implementation.cache_tag}"  # what is compiled for this version of Python
        for path in (library, folder, manifest):
            status = os.stat(path)
            if status.st_uid != 0 or status.st_mode & 0o022:
                return []
        with open(manifest, encoding="utf-8") as file:
            installed = set(file.read().split("\n"))
        directory = vars(zipimport)["_zip_directory_cache"][sent.archive]
        prefix = f"{sent.prefix}_gear/"
        if f"{prefix}runtime/library.py" in directory:
            return []  # gear_host, which mends what is installed, does not depend on it
        ours = {name[len(prefix) :]: entry for name, entry in directory.items() if name.startswith(prefix)}
        lines = {f"{name} {entry[3]} {entry[7]}" for name, entry in ours.items() if name.endswith(".py")}
    except (LookupError, OSError, ValueError):
        return []
    return [f"{folder}/_gear"] if lines <= installed else []


# On the controller, and where Ansible was asked to unpack what it sends, there is no zip file.
_loader: object = __spec__.loader
if isinstance(_loader, zipimport.zipimporter):
    __path__[:0] = _installed(_loader)
