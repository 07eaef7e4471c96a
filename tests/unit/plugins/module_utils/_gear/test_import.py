# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library imported from a zip file, as on a host: each module is compiled once and knows where it lies."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

from ansible_collections.geard.core.plugins.module_utils import _gear

PROGRAM = """
import json, sys
compiled = []
sys.addaudithook(lambda event, words: compiled.append(words[1]) if event == "compile" else None)
sys.path.insert(0, sys.argv[1])
import base._gear.model.errors as errors
import base._gear.model as model
print(json.dumps({
    "compiled": [name for name in compiled if isinstance(name, str) and ".zip" in name],
    "file": errors.__file__,
    "package": model.__file__,
    "name": errors.GearError.__module__,
    "source": errors.__loader__.get_source(errors.__name__),
}))
"""


def test_each_module_in_a_zip_is_compiled_once(tmp_path: Path) -> None:
    root = Path(_gear.__path__[0])
    archive = tmp_path / "payload.zip"
    with zipfile.ZipFile(archive, "w") as payload:
        payload.writestr("base/__init__.py", "")
        for name in ("__init__.py", "model/__init__.py", "model/errors.py"):
            payload.write(root / name, f"base/_gear/{name}")
    command = [sys.executable, "-I", "-c", PROGRAM, str(archive)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    counts = Counter(found["compiled"])
    below = f"{archive}/base/_gear/model"
    assert counts[f"{below}/errors.py"] == 1
    assert counts[f"{below}/__init__.py"] == 1
    assert found["file"] == f"{below}/errors.py"
    assert found["package"] == f"{below}/__init__.py"
    assert found["name"] == "base._gear.model.errors"
    assert found["source"] == (root / "model" / "errors.py").read_text(encoding="utf-8")
