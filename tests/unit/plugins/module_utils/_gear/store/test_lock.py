# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock: one holder, a clear error for those who wait too long, free when the holder dies."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import HostNotReady, OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.lock import locked


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "host.json").touch()
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


def test_who_waits_for_a_lock_that_is_removed_takes_the_new_one(layout: Layout) -> None:
    """Its old file is nobody else's any more: two would hold the lock."""
    has_it, let_go = threading.Event(), threading.Event()

    def wait_for_it() -> None:
        with locked(layout, 10):
            has_it.set()
            let_go.wait(10)

    waiter = threading.Thread(target=wait_for_it)
    with locked(layout):
        waiter.start()
        assert not has_it.wait(0.2)
        os.unlink(layout.lock)
    assert has_it.wait(10)
    with pytest.raises(OperationFailed, match=r"another process has held the lock"), locked(layout, 0.05):
        pytest.fail("two hold the lock")
    let_go.set()
    waiter.join()


def test_a_host_that_was_unprepared_meanwhile_is_said_to_be(layout: Layout) -> None:
    os.unlink(layout.host_record)
    with pytest.raises(HostNotReady, match=r"no longer prepared.*role geard\.core\.gear_host"), locked(layout):
        pytest.fail("changed")
    with locked(layout, is_prepared=False):
        pass
