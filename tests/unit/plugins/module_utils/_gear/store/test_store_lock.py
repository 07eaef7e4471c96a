# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock: one holder, a clear error for those who wait too long, free when the holder dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.lock import locked


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(str(tmp_path), str(tmp_path / "run"), str(tmp_path / "systemd"))


def test_one_at_a_time(layout: Layout) -> None:
    with locked(layout), pytest.raises(OperationFailed) as caught, locked(layout, 0.05):
        pytest.fail("two hold the lock")
    message = str(caught.value)
    assert layout.lock in message
    assert "fuser" in message
    assert "\n" not in message
    with locked(layout, 0.05):
        assert oct(os.stat(layout.lock).st_mode)[-3:] == "600"


def test_an_error_frees_it(layout: Layout) -> None:
    with pytest.raises(KeyError), locked(layout):
        raise KeyError
    with locked(layout, 0.05):
        pass


def test_a_killed_holder_frees_it(layout: Layout) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with locked(layout):
            os.write(writer, b"x")
            signal.pause()
    os.read(reader, 1)
    with pytest.raises(OperationFailed), locked(layout, 0.05):
        pytest.fail("two hold the lock")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with locked(layout, 1):
        pass


def test_a_symlink_in_its_place_is_not_followed(layout: Layout) -> None:
    os.symlink("/etc/passwd", layout.lock)
    with pytest.raises(OperationFailed, match=r"cannot open the lock"), locked(layout):
        pytest.fail("followed")
