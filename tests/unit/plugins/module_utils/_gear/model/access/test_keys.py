# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines are keys: each type OpenSSH has, and nothing that only looks like one."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.access.keys import (
    TYPES,
    fingerprint_of,
    is_key_id,
    parse_key,
    parse_keys,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption


def field(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def line(kind: str, *fields: bytes, end: bytes = b"") -> str:
    return f"{kind} {base64.b64encode(b''.join(field(f) for f in (kind.encode(), *fields)) + end).decode()}"


ED = line("ssh-ed25519", bytes(range(32)))
RSA = line("ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xc1" * 128)
KEYS = {
    "ssh-ed25519": ED,
    "ssh-rsa": RSA,
    "ecdsa-sha2-nistp256": line("ecdsa-sha2-nistp256", b"nistp256", b"\x04" + b"p" * 64),
    "ecdsa-sha2-nistp384": line("ecdsa-sha2-nistp384", b"nistp384", b"\x04" + b"p" * 96),
    "ecdsa-sha2-nistp521": line("ecdsa-sha2-nistp521", b"nistp521", b"\x04" + b"p" * 132),
    "sk-ssh-ed25519@openssh.com": line("sk-ssh-ed25519@openssh.com", b"p" * 32, b"ssh:"),
    "sk-ecdsa-sha2-nistp256@openssh.com": line(
        "sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", b"\x04" + b"p" * 64, b"ssh:work"
    ),
    "ssh-mldsa44-ed25519": line("ssh-mldsa44-ed25519", b"p" * 1344),
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_accepted(kind: str) -> None:
    key = parse_key(f"  {KEYS[kind]}   ada@example.com has ssh-rsa in a comment ")
    assert (key.type, key.line) == (kind, f"{KEYS[kind]}\n".encode())
    assert is_key_id(key.id)
    assert fingerprint_of(key.id) == key.fingerprint


@pytest.mark.parametrize("options", [["ed25519"], ["rsa"], ["rsa", "-b", "1024"], ["ecdsa", "-b", "521"]])
def test_the_fingerprint_is_that_of_openssh(options: list[str], tmp_path: Path) -> None:
    made = ["ssh-keygen", "-q", "-t", *options, "-N", "", "-f", str(tmp_path / "key")]
    subprocess.run(made, check=True)
    public = tmp_path / "key.pub"
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(public)], check=True, capture_output=True, text=True)
    assert parse_key(public.read_text()).fingerprint == shown.stdout.split()[1]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f'command="/bin/sh" {ED}', "options in front"),
        (f'no-pty,permitopen="a b:1" {ED}', "options in front"),
        (f"cert-authority {RSA}", "options in front"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "certificate"),
        ("ssh-mldsa44-ed25519-cert AAAA", "certificate"),
        (f"ssh-dss {ED.split()[1]}", "DSA"),
        ("ssh-ed25519", "public key"),
        ("hello", "public key"),
        (f"ssh-rsa {ED.split()[1]}", "another type"),
        (ED[:-4], "not a complete"),
        (ED + "A", "not a complete"),
        (ED.replace("A", "*", 1), "not a complete"),
        (line("ssh-ed25519", bytes(31)), "parts"),
        (line("ssh-ed25519", bytes(32), b""), "too many"),
        (line("ssh-ed25519", bytes(32), end=b"\0\0\0"), "cut off"),
        (line("ssh-rsa", b"\3", b"\x7f" * 100), "1024"),
        (line("ssh-rsa", b"\3", b"\xc1" * 128), "parts"),
        (line("ssh-rsa", b"\0\3", b"\0" + b"\xc1" * 128), "zeros"),
        (line("ecdsa-sha2-nistp256", b"nistp384", b"\x04" + b"p" * 64), "curve"),
        (line("ecdsa-sha2-nistp256", b"nistp256", b"\x02" + b"p" * 64), "curve"),
        (line("sk-ssh-ed25519@openssh.com", b"p" * 32), "too few"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "not a public key"),
        (f"ssh-ed25519\0 {ED}", "options"),
    ],
)
def test_what_is_no_plain_key_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        parse_keys(["# fine", f"{ED}\n{text}"])
    assert complaint in str(caught.value)
    assert "keys[1]: line 2 " in str(caught.value)


def test_a_private_key_is_not_shown() -> None:
    with pytest.raises(InvalidOption) as caught:
        parse_keys(["b3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\nmore"])
    assert "b3Blb" not in str(caught.value)


def test_whole_files_are_read_and_keys_count_once() -> None:
    text = f"# team\n\n{ED} ada\r\n\t# more\n{RSA} grace\n{ED} ada again"
    assert [key.type for key in parse_keys([text, RSA])] == ["ssh-ed25519", "ssh-rsa"]
    assert parse_keys(["", "# none"]) == ()


@given(st.text(max_size=80), st.sampled_from(sorted(KEYS.values())))
def test_no_text_gets_anything_else_into_a_line(text: str, key: str) -> None:
    for given_text in (text, f"{key} {text}", f"{text} {key}"):
        try:
            found = parse_keys([given_text])
        except InvalidOption:
            continue
        for item in found:
            assert f"{item.type} {item.text}" in KEYS.values()
