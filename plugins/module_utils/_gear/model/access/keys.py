# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public keys: judging lines of OpenSSH's authorized_keys that consist of a key and its comment.

A key's file is named by OpenSSH's fingerprint. sshd passes the fingerprint to the program that looks a key up, which so
knows the one file that can hold it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..errors import Described, UnusableOption

_CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
_SECURITY_KEYS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")
_TWOFOLD = "ssh-mldsa44-ed25519"  # both must hold; OpenSSH has it from version 10.6 on
_LENGTHS = {"ssh-ed25519": 32, "sk-ssh-ed25519@openssh.com": 32, _TWOFOLD: 1312 + 32}
TYPES = ("ssh-ed25519", *(f"ecdsa-sha2-{curve}" for curve in _CURVES), "ssh-rsa", *_SECURITY_KEYS, _TWOFOLD)
"""Types of keys that are accepted: those that sshd accepts by default."""

FILE_LETTERS = {"/": "_", "+": "-"}
"""Letters of a fingerprint that the name of a key's file has in another form, as in base64url."""

ID_LENGTH = 43
"""Characters of a key's id: the 256 bits of its fingerprint in base64."""

_LEAST_RSA_BITS = 1024
_LARGEST = 16384
_NOT_A_KEY = (
    "it is not a public key as in authorized_keys: a type, the key and a comment, where the type is one of "
    f"{', '.join(TYPES)}"
)


@dataclass(frozen=True, order=True)
class Key:
    """A public key; its comment is not kept, as in geard."""

    type: str
    text: str

    @cached_property
    def id(self) -> str:
        """Name of the key's file: the fingerprint without its prefix, in the letters of base64url."""
        return self.fingerprint[7:].translate(_TO_FILE)

    @cached_property
    def fingerprint(self) -> str:
        """SHA256: and the hash of the key, as ``ssh-keygen -l`` shows it."""
        digest = hashlib.sha256(base64.b64decode(self.text)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def line(self) -> bytes:
        """Content of the key's file."""
        return f"{self.type} {self.text}\n".encode()


_TO_FILE = str.maketrans(FILE_LETTERS)
_FROM_FILE = str.maketrans({to_file: letter for letter, to_file in FILE_LETTERS.items()})


def fingerprint_of(key_id: str) -> str:
    """The fingerprint of the key with this id."""
    return "SHA256:" + key_id.translate(_FROM_FILE)


def is_key_id(text: str) -> bool:
    """Whether a text can be the id of a key."""
    return len(text) == ID_LENGTH and text.isascii() and all(c.isalnum() or c in "-_" for c in text)


def parse_keys(given: Iterable[object]) -> tuple[Key, ...]:
    """The keys of a task, each once, in their order. An item may be a whole file; blank lines and comments are skipped.

    Raises InvalidOption, whose message names the line and does not show it: it may be a private key.
    """
    found: dict[Key, None] = {}
    for number, item in enumerate(given):
        for line_number, line in enumerate(str(item).splitlines(), 1):
            if line.strip() and not line.strip().startswith("#"):
                found.setdefault(parse_key(line, f"keys[{number}]", line_number))
    return tuple(found)


def parse_key(line: str, where: str = "keys", number: int = 1) -> Key:
    """Read one line; raises InvalidOption, as parse_keys() does."""
    words = line.split()
    problem = next(_problems_of_words(words), "")
    if problem:
        raise UnusableOption(where, Described(f"line {number}"), problem)
    key = Key(words[0], words[1])
    try:
        blob = base64.b64decode(key.text, validate=True)
        # Base64 can spell the same bytes in several ways (spare bits). One key must have one text.
        if base64.b64encode(blob).decode() != key.text:
            raise ValueError("its base64 is not in canonical form")
        _check_blob(key.type, blob)
    except (ValueError, binascii.Error) as error:
        raise UnusableOption(
            where, Described(f"line {number}"), f"it is not a complete {key.type} key: {error}"
        ) from None
    return key


def _problems_of_words(words: list[str]) -> Iterator[str]:
    """Why a line cannot be a key, judged by its words; the first reason is the best."""
    if "PRIVATE" in words or words[0].startswith("-----"):
        yield "it is not a public key; give the content of the file that ends in .pub"
    if words[0] in TYPES and len(words) > 1:
        return
    if "-cert" in words[0]:
        yield "it is a certificate; give the public key it was made for"
    if words[0] == "ssh-dss":
        yield "it is a DSA key, which OpenSSH no longer accepts; make an ed25519 key"
    if len(words) > 2 and any(word in TYPES for word in words[1:]):
        yield "it has options in front of the key; leave them out, as the grant decides what a key may do"
    yield _NOT_A_KEY


def _check_blob(kind: str, blob: bytes) -> None:
    """Raise ValueError unless this is exactly the binary form of a key of this type (RFC 4253, 5656, 8709)."""
    fields = _fields(blob)
    if not fields or fields[0] != kind.encode():
        raise ValueError("its content is of another type")
    if kind == "ssh-rsa":
        _check_rsa(fields)
    elif [len(field) for field in fields[1 : len(_shape(kind)) + 1]] != _shape(kind):
        raise ValueError("its parts do not fit together")
    elif len(fields) != len(_shape(kind)) + 1 + (kind in _SECURITY_KEYS):
        raise ValueError("it has too many or too few parts")
    # 4 marks an uncompressed point, the only form that OpenSSH accepts.
    elif "ecdsa" in kind and (fields[1] != _curve(kind).encode() or fields[2][:1] != b"\x04"):
        raise ValueError("it is on another curve")


def _curve(kind: str) -> str:
    return next(curve for curve in _CURVES if curve in kind)


def _shape(kind: str) -> list[int]:
    """Lengths of the fields after the type: curve and point, or one field. Security keys add a text."""
    return [8, _CURVES[_curve(kind)]] if "ecdsa" in kind else [_LENGTHS[kind]]


def _check_rsa(fields: list[bytes]) -> None:
    """Raise ValueError unless there are an exponent and a long enough modulus, in the shortest form, as sshd has it."""
    # A first byte above 127 would make the number negative.
    if len(fields) != 3 or any(not field or field[0] > 127 for field in fields):
        raise ValueError("its parts do not fit together")
    if any(field[0] == 0 and (len(field) == 1 or field[1] < 128) for field in fields):
        raise ValueError("its numbers have leading zeros")
    if int.from_bytes(fields[2], "big").bit_length() < _LEAST_RSA_BITS:
        raise ValueError(f"it is shorter than {_LEAST_RSA_BITS} bits, the least that sshd accepts")


def _fields(blob: bytes) -> list[bytes]:
    """The fields of a binary key: strings, each behind its length in 4 bytes (RFC 4251)."""
    if len(blob) > _LARGEST:
        raise ValueError("it is too long")
    found = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise ValueError("it is cut off")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return found
