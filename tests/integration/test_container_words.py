# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd and the container receive equals what was given: generated words, labels and values, in few starts."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.ansible import ROOT
from support.hosts import Target
from support.story import Story, inspect, remove

WITNESS = "geard-test/witness:1"
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NASTY = st.text(st.sampled_from("\"'`\\$%{}()[];&|<>*?~#!=-+@: \t\n\r\x01\x1b\x7f\x85\u2028é☃😀axn0"), max_size=12)
HAND_MADE = [
    "", " ", "  two  blanks  ", "'", "\"", "\\", "\\\\", "\\n", "\n", "\r\n", "\t", "$", "$$", "$HOME", "${HOME}",
    "$(id)", "`id`", "%", "%%", "%n", "%i%h%%s", "100%", ";", ";;", "\\;", "&&", "|", ">", "a\\", "a b\\", "{{ x }}",
    "{% x %}", "-", "--", "--rm", "-e", "--name=x", "@x", "+x", "!x", ":x", "~", "~root", "*", "?", "[a]", "#",
    "# comment", "a#b", "\x01", "\x1b[31m", "\x7f", "\x80", "\x85", "\xa0", "\u2028", "\u2029", "\u200b", "\ufeff",
    "\xe9", "e\u0301", "\u2603", "\U0001f600", "\u202ereversed", "\ufdfa", "\U0010fffd", "x" * 4096, "'" * 100,
    "\\" * 101, "$" * 50, "%" * 51, "\\x41", "\\101", "\\u2603", "\\s", "\\e", "X-PortMapping=1:2",
    "\nX-PortMapping=1:2\n", "[Service]", "\n[Service]\nExecStart=/bin/false\n", "ExecStart=", "=", "a=b",
]  # fmt: skip


def usable(word: str) -> bool:
    """systemd takes no noncharacters, wherever they are; and Ansible's templates turn a return into a newline."""
    template = any(mark in word for mark in ("{{", "{%", "{#"))
    noncharacter = any(0xFDD0 <= ord(char) <= 0xFDEF or ord(char) & 0xFFFE == 0xFFFE for char in word)
    return not noncharacter and not (template and "\r" in word)


def generated(count: int, seed: int) -> list[str]:
    """As many words as hypothesis finds, the same in every run."""
    words: list[str] = []

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.one_of(PLAIN, NASTY))
    def collect(word: str) -> None:
        if usable(word):
            words.append(word)

    collect()
    random.Random(seed).shuffle(words)
    return words


@pytest.fixture(autouse=True, scope="module")
def cleared(target: Target) -> Iterator[None]:
    target.sh("mkdir -p /root/wo/model")
    yield
    remove(target, "wo-")
    target.sh("rm -rf /root/wo")


def witnessed(target: Target, gear: str) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment of the container's first process, from the kernel."""
    pid = target.sh(["docker", "inspect", "-f", "{{.State.Pid}}", gear])
    argv, environ = (
        base64.b64decode(target.sh(f"base64 -w0 /proc/{pid}/{name}")).decode().split("\0")[:-1]
        for name in ("cmdline", "environ")
    )
    return argv[2:], dict(item.split("=", 1) for item in environ)


@pytest.mark.one_debian("trixie")
def test_words_labels_and_values(target: Target) -> None:
    words = HAND_MADE + generated(1500, 1)
    labels = {f"w{index}": word for index, word in enumerate(HAND_MADE + generated(400, 2))}
    values = {
        f"V{index}": word
        for index, word in enumerate(HAND_MADE + generated(400, 3))
        if "\n" not in word and word[-1:] != "\r"
    }
    options: dict[str, Any] = {"image": WITNESS, "labels": labels, "env": values}
    with Story(target) as story:
        story.do(name="wo-words", command=words, **options)
        # the same through docker create and start, and as an entrypoint of several words
        story.do(
            name="wo-create",
            entrypoint=["/bin/witness", *words],
            networks=["bridge"],
            isolate=True,
            volumes=["/v"],
            **options,
        )
    for gear in ("wo-words", "wo-create"):
        argv, environ = witnessed(target, gear)
        assert argv == words, gear
        assert {name: environ[name] for name in values} == values, gear
        found = inspect(target, gear)[gear]["Config"]["Labels"]
        assert {name: found[name] for name in labels} == labels, gear


def test_one_word_after_the_other(target: Target) -> None:
    """Every word on its own, as one of many Exec lines of one unit."""
    words = HAND_MADE + generated(1500, 4)
    script = """
import json, subprocess, sys
sys.path.insert(0, "/root/wo")
from model.quoting import command_line

words = json.load(sys.stdin)
program = "/usr/local/libexec/wo-argv"
with open(program, "w") as file:
    file.write('#!/usr/bin/python3 -IS\\nimport sys\\nopen("/run/wo-argv", "a").write(repr(sys.argv[1:]) + chr(10))\\n')
subprocess.run(["chmod", "755", program], check=True)
lines = [f"ExecStart={command_line([program, *given])}" for given in words]
with open("/run/systemd/system/wo-argv.service", "w", encoding="utf-8") as file:
    file.write("[Service]\\nType=oneshot\\n" + "\\n".join(lines) + "\\n")
open("/run/wo-argv", "w").close()
subprocess.run(["systemctl", "daemon-reload"], check=True)
subprocess.run(["systemctl", "start", "wo-argv"], check=True)
print(json.dumps([eval(line) for line in open("/run/wo-argv", encoding="utf-8")]))
subprocess.run(["rm", program, "/run/systemd/system/wo-argv.service", "/run/wo-argv"], check=True)
subprocess.run(["systemctl", "daemon-reload"], check=True)
"""
    for name in ("quoting", "errors"):
        target.host.put(ROOT / f"plugins/module_utils/_gear/model/{name}.py", f"/root/wo/model/{name}.py")
    target.host.write("/root/wo/argv.py", script)
    singles = [[word] for word in words]
    grouped = [words[start : start + 20] for start in range(0, len(words), 20)]
    for lines in (grouped, singles[:150]):
        received = json.loads(target.host.ssh(["python3", "/root/wo/argv.py"], stdin=json.dumps(lines)).stdout)
        assert received == lines
