# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library of the collection: see docs/architecture.md.

Ansible sends it to hosts in a zip file, without compiled code. Python's importer for those compiles each module twice,
the first time only to learn the name of its file. A tenth of the time that our modules take would go into that, so
the library is imported with one that tells the name without compiling.
"""

from __future__ import annotations

import sys
import zipimport


class _Importer(zipimport.zipimporter):
    def get_filename(self, fullname: str) -> str:
        """Path of a module in the zip file."""
        last = "/__init__.py" if self.is_package(fullname) else ".py"
        return f"{self.archive}/{self.prefix}{fullname.rpartition('.')[2]}{last}"


def _import_path(path: str) -> _Importer:
    """Hook of sys.path_hooks for the folders of this library."""
    if not path.startswith(__path__[0]):
        raise ImportError
    return _Importer(path)


if hasattr(__spec__.loader, "archive"):
    sys.path_hooks.insert(0, _import_path)
