# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files for sshd that cannot all be put in place: the former ones come back, and nothing is left to be made good."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.operations.access.sshd_apply import _put_in_place
from ansible_collections.geard.core.plugins.module_utils._gear.operations.access.sshd_plan import File, Plan
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout


def test_a_failure_brings_the_former_files_back(tmp_path: Path) -> None:
    layout = Layout(f"{tmp_path}/base", f"{tmp_path}/run", f"{tmp_path}/systemd")
    mark = Path(layout.sshd_mark)
    mark.parent.mkdir()
    mark.touch()
    (tmp_path / "kept").write_text("former")
    (tmp_path / "removed").write_text("former, too")
    wanted = (
        File(f"{tmp_path}/kept", "new"),
        File(f"{tmp_path}/removed", None),
        File(f"{tmp_path}/made", "new"),
        File(f"{tmp_path}/kept/below-a-file", "cannot be written"),
    )
    with pytest.raises(OperationFailed, match="below-a-file"):
        _put_in_place(layout, Plan(wanted), present=True)
    found = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert found == {"kept": "former", "removed": "former, too"}
    assert not mark.exists(), "the mark of the layout that was given"
