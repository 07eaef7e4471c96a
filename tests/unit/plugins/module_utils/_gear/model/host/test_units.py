# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units of a prepared host."""

from __future__ import annotations

from ansible_collections.geard.core.plugins.module_utils._gear.model.host.units import HEADER, Slice, boot_service


def test_the_service_of_the_boot() -> None:
    assert boot_service(["/srv/a b/50%", "/srv/$x", "/var/lib/containers/units"]) == HEADER + (
        "[Unit]\n"
        "Description=Gears that start at boot, once their file system is mounted\n"
        "Documentation=https://github.com/geard/core\n"
        'RequiresMountsFor="/srv/a b/50%%" "/srv/$x" /var/lib/containers/units\n'
        "RefuseManualStart=yes\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        "ExecStart=/bin/systemctl daemon-reload\n"
        "ExecStart=/bin/systemctl start --no-block container-active.target\n"
        "\n"
        "[Install]\n"
        "WantedBy=multi-user.target\n"
    )


def test_a_slice_has_no_directive_that_its_systemd_has_no_more() -> None:
    before, after = (Slice("small", (("MemoryMax", "1G"),)).text(version).splitlines() for version in (257, 258))
    assert before[before.index("[Slice]") + 1 :] == [
        "CPUAccounting=yes", "MemoryAccounting=yes", "TasksAccounting=yes", "MemoryMax=1G",
    ]  # fmt: skip
    assert after == [line for line in before if line != "CPUAccounting=yes"]
