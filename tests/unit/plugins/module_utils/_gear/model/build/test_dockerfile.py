# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images a Dockerfile needs, however it is written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.build.dockerfile import base_images

WHOLE = r"""# syntax=docker/dockerfile:1
ARG BASE=debian
ARG TAG=${MISSING:-13}
FROM --platform=linux/amd64 ${BASE}:$TAG AS Build
ARG BASE=other
RUN echo \
  # no end
  FROM nothing
from build
FROM scratch
FROM "quoted"
FROM $UNKNOWN
"""

FOUND: tuple[tuple[str, list[str]], ...] = (
    (WHOLE, ["debian:13", "quoted"]),
    ("", []),
    ("\\\n\n", []),
    ("\\\n\nFROM a", ["a"]),
    ("FROM \\\n\n  # more\n a\\\n:1 \\  \n AS b\nFROM b", ["a:1"]),
    ("FROM a\\\\\nFROM b\\", ["b"]),
    ("\ufeff\n  FROM a\r\nFROM\tb\r\n", ["a", "b"]),
    ("FROM a\nARG X=1\nFROM b:$X", ["a"]),
    ("ARG A=x B=\"y\" C='z' D\nFROM $A:${B}-$C$D", ["x:y-z"]),
    ("ARG A=${B:-x}\nFROM ${A:+y}${C:+z}", ["y"]),
    ("FROM a:${TARGETARCH}\nFROM b:$BUILDPLATFORM\nFROM c:x${NONE}", ["c:x"]),
    ("FROM\nFROM --platform=x\nFROM -a\nFROM --a\nFROM a b\nFROM c:\nFROM /", ["a"]),
    ("ARG A=a" + "\nARG A=$A$A" * 60 + "\nFROM $A\nFROM b", ["b"]),
    ("# escape=`\n# syntax=x\nARG A=c:\\\\d\nFROM a `\n AS b\nFROM b\nFROM c\\\nFROM d", ["a", "d"]),
    ("# syntax=x\n\n# escape=`\nFROM a\\\n:1", ["a:1"]),
    (
        "FROM a AS one\nCOPY --from=one x y\nCOPY --from=0 x y\nCOPY --chown=1 --from=b:1 x y\nCOPY x --from=c y",
        ["a", "b:1"],
    ),
    ("FROM a\ncopy --from='b' x y\nCOPY --from=two x y\nCOPY --from=$A x y\nFROM c as Two", ["a", "c", "b"]),
    ("FROM a\nRUN --network=none --mount=type=bind,from=b,target=/x --mount=type=cache,target=/y make", ["a", "b"]),
    ("FROM a\nRUN --mount=type=bind,\\\nfrom=b:2@sha256:0f,rw x\nRUN echo --mount=from=c", ["a", "b:2@sha256:0f"]),
    ('FROM a\nRUN --mount="from=b" x\nRUN --mount=from=scratch x\nONBUILD COPY --from=c x y', ["a", "b"]),
    ("FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c", ["a", "c"]),
    ("FROM a\nCOPY <<-'x.y' <<\"z\" /\nFROM b\n\t\tx.y\nFROM c\n x.y\nz\nFROM d", ["a", "d"]),
    ("FROM a\nONBUILD RUN cat 3<<E >x\nFROM b\nE\nFROM c", ["a", "c"]),
    ("FROM a\nRUN echo '<<E' \"<<E\" $((1<<2)) <<<E\nENV A <<E\nFROM b", ["a", "b"]),
    ("FROM a\nRUN <<E \\\n && x\nFROM b\nE\nFROM c\nRUN <<E\nFROM d", ["a", "c"]),
)


@pytest.mark.parametrize(("content", "found"), FOUND)
def test_images(content: str, found: list[str]) -> None:
    assert base_images(content.encode(), {}) == found


def test_arguments() -> None:
    assert base_images(WHOLE.encode(), {"BASE": "a/b", "TAG": "1"})[0] == "a/b:1"
    assert base_images(b"ARG A\nFROM $A:$B", {"A": "x", "B": "y"}) == []
    assert base_images(b"ARG A\nFROM $A", {"A": "--all-tags"}) == []
    assert base_images(b"\xff\0\nFROM a\xff\nFROM b", {}) == ["b"]


PIECES = st.sampled_from(
    (
        *(
            "FROM ",
            "ARG ",
            "COPY ",
            "RUN ",
            "ONBUILD ",
            "a",
            "A=",
            "$A",
            "${A",
            ":-",
            "}",
            "--from=",
            "--mount=",
            "from=b,",
        ),
        *(
            "<<E",
            "<<-",
            "\nE\n",
            "\\",
            "`",
            "\n",
            "\\\n",
            "\r\n",
            " ",
            "\t",
            "#",
            "# escape=`\n",
            '"',
            "'",
            "=",
            "AS b",
        ),
    )
)


@given(st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=60)))
def test_anything(content: str) -> None:
    for image in base_images(content.encode("utf-8", "surrogatepass"), {"A": "a"}):
        assert image[0].isalnum()


@pytest.mark.parametrize(
    "piece",
    ["\\\n", "\\", "'", '"', '\\"', "'\"", "# a", "# ", "#a ", "<<E ", "FROM ", "${", "FROM $A${\n", "ARG A=$A$A\n"],
)
def test_nothing_takes_long(piece: str) -> None:
    began = time.process_time()
    for start in ("", "# ", "RUN ", "ARG A=aa\nFROM $A"):
        base_images((start + piece * ((1 << 20) // len(piece))).encode()[: 1 << 20], {})
    assert time.process_time() - began < 10
