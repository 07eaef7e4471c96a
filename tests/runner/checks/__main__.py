# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints all problems of the collection at the given path."""

from __future__ import annotations

import sys
from pathlib import Path

from .documents import CHECKS as DOCUMENTS
from .structure import CHECKS as STRUCTURE
from .texts import CHECKS as TEXTS


def main() -> int:
    root = Path(sys.argv[1])
    checks = (*DOCUMENTS, *STRUCTURE, *TEXTS)
    found = [problem for check in checks for problem in check(root)]
    print("\n".join(found) if found else f"{len(checks)} rules hold")
    return 1 if found else 0


sys.exit(main())
