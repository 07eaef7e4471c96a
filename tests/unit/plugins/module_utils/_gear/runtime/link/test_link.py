# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links of a gear whose container ends while they are applied, as that of a gear that fails again and again does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.host.netfilter import backend
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import OperationFailed
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.links import parse_link
from ansible_collections.geard.core.plugins.module_utils._gear.model.link.status import LinkState, LinkStatus
from ansible_collections.geard.core.plugins.module_utils._gear.operations.link.apply import failures_of
from ansible_collections.geard.core.plugins.module_utils._gear.runtime.link import link
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout
from ansible_collections.geard.core.plugins.module_utils._gear.store.link import links

NOBODY = 2**22 + 1
ENDED = {"State": {"Running": False, "Pid": 0}}
ENDING = {
    "Id": "0123",
    "State": {"Running": True, "Pid": NOBODY},
    "Config": {"Labels": {"io.geard.gear": "web"}},
    "HostConfig": {"NetworkMode": "default"},
    "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2", "GlobalIPv6Address": ""}}},
}


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A gear with one link, which was not in force in an earlier container."""
    layout = Layout(base=str(tmp_path / "base"), run=str(tmp_path / "run"))
    path = Path(layout.links("web"))
    path.parent.mkdir(parents=True)
    path.write_text("127.0.0.1\t80\t4000\t10.0.0.1\n")
    Path(layout.link_status("web")).parent.mkdir(parents=True)
    state = LinkState(parse_link("80:10.0.0.1:4000")).failed("no route")
    links.write_status(layout, "web", LinkStatus("before", states=(state,)))
    monkeypatch.setattr(link, "Layout", lambda: layout)
    monkeypatch.setattr(backend, "choose", lambda _wanted: [])
    return layout


@pytest.mark.parametrize("found", [None, ENDED, ENDING])
def test_an_end_is_no_failure_of_links(found: dict[str, Any], layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start applies them; a start that meets the end has failed, and says so."""
    monkeypatch.setattr(link, "container", lambda _name: found)
    assert failures_of(layout, ["web"])
    link.main(["web"])
    assert failures_of(layout, ["web"]) == {}
    with pytest.raises(OperationFailed, match="container web ended before its links were in force"):
        link.at_start(layout, "web")
