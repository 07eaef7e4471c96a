# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server that runs modules in these tests looks to a module like the host's Python."""

from __future__ import annotations

import json

from lab.run import Completed
from support.host_forks import PYTHON
from support.hosts import Target

TELL = """
import atexit, json, os, sys
atexit.register(lambda: print("end"))
names = sorted({name.partition(".")[0] for name in sys.modules} & {"ansible_collections", "docker", "pystemd", "iptc"})
print(json.dumps([os.getcwd(), os.environ["A"], os.umask(0), sys.executable, sys.argv, names, __name__]))
print("said", file=sys.stderr)
print(os.getppid())
sys.exit(7)
"""


def run(target: Target, program: str, before: str = "true", words: str = "") -> Completed:
    return target.host.ssh(f"{before}; A='b=c d' exec {PYTHON} {words}", check=False, stdin=program)


def test_a_program_finds_what_it_would_find(target: Target) -> None:
    told = run(target, TELL, "umask 027; cd /srv")
    assert (told.returncode, told.stderr) == (7, "said\n")
    found, parent, end = told.stdout.splitlines()
    assert json.loads(found) == ["/srv", "b=c d", 0o27, "/usr/bin/python3", [""], [], "__main__"]
    assert parent == target.sh("systemctl show --value --property=MainPID gear-tests")
    assert end == "end"


def test_every_end_is_told(target: Target) -> None:
    failed = run(target, "import ansible.none")
    assert failed.returncode == 1
    assert "ModuleNotFoundError: No module named 'ansible.none'" in failed.stderr
    assert run(target, "raise SystemExit('sorry')").stderr == "sorry\n"
    assert run(target, "import os; os.kill(os.getpid(), 9)").returncode == 137
    assert run(target, "print('no fork')", words="-c 'print(1)'").stdout == "1\n"
    assert run(target, "import os; os.fork() or os._exit(0); os.wait(); print('waited')").stdout == "waited\n"
