# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker says of registries, in words."""

from __future__ import annotations

import pytest

from ansible_collections.geard.core.plugins.module_utils._gear.model.image.complaints import why_no_image


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        (
            "dial tcp: lookup shop on 127.0.0.53:53: no such host",
            "its registry could not be found (name lookup failed)",
        ),
        ("dial tcp 127.0.0.1:9: connect: connection refused", "its registry does not answer (connection refused)"),
        ("net/http: request canceled (Client.Timeout exceeded)", "its registry did not answer in time"),
        ("tls: failed to verify certificate: x509: unknown", "the certificate of its registry is not trusted"),
        ("manifest for web:9 not found: manifest unknown", "its registry has no such image"),
        ("pull access denied for web, repository does not exist", "its registry has no such image, or root needs to"),
        ("unauthorized: authentication required", "root needs to log in to its registry"),
    ],
)
def test_known_complaints_are_explained_and_kept(complaint: str, words: str) -> None:
    said = why_no_image(f"Get\n {complaint}")
    assert said.startswith(words)
    assert said.endswith(f": Get {complaint}")


def test_others_stay_as_they_are() -> None:
    assert why_no_image("write /var/lib/docker: no space\nleft on device") == (
        "write /var/lib/docker: no space left on device"
    )
    assert len(why_no_image("x" * 5000)) <= 300
