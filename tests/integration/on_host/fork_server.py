# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that has imported what nearly every module of Ansible imports, and forks for each one: see fork_client.py.

Of the collection nothing is imported here, of the libraries that it needs only what they themselves need.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import hashlib
import importlib
import marshal
import os
import signal
import socket
import sys
import threading
import time
import types
import zipimport
from collections.abc import Iterator

HERE = os.path.dirname(os.path.abspath(__file__))
SOCKET = "/run/gear-tests.sock"
CACHE = "/run/gear-tests"
PRELOAD = (
    *("argparse", "array", "atexit", "base64", "concurrent.futures.thread", "copy", "ctypes.util", "dataclasses"),
    *("datetime", "decimal", "enum", "errno", "fcntl", "fnmatch", "functools", "getpass", "glob", "grp", "gzip"),
    *("hashlib", "http.client", "inspect", "io", "ipaddress", "itertools", "json", "locale", "logging", "operator"),
    *("pathlib", "platform", "pwd", "queue", "random", "re", "runpy", "secrets", "select", "selectors", "shlex"),
    *("shutil", "ssl", "stat", "string", "struct", "subprocess", "syslog", "tarfile", "tempfile", "textwrap"),
    *("traceback", "typing", "unicodedata", "urllib.parse", "urllib.request", "uuid", "zipfile", "zipimport"),
    *("ansible.module_utils.basic", "ansible.module_utils._internal._ansiballz._loader"),
    "requests",
)


class AnsiblePath:
    """Where the package `ansible` is: here, and in the archive of the module that runs."""

    def __iter__(self) -> Iterator[str]:
        yield f"{HERE}/ansible"
        yield from (f"{entry}/ansible" for entry in sys.path if entry.endswith(".zip"))


def compiled(path: str, source: bytes) -> types.CodeType:
    """A file of a module's archive, which Python would compile anew in every run."""
    place = f"{CACHE}/{hashlib.sha256(source).hexdigest()}"
    with contextlib.suppress(FileNotFoundError), open(place, "rb") as file:
        found: types.CodeType = marshal.load(file)
        return found
    code: types.CodeType = compile(source, path, "exec", dont_inherit=True)
    temporary = f"{place}.{os.getpid()}"
    with contextlib.suppress(OSError), open(temporary, "wb") as file:
        marshal.dump(code, file)
        file.close()
        os.replace(temporary, place)
    return code


def preload() -> None:
    """Import what there is of the list."""
    os.makedirs(CACHE, mode=0o700, exist_ok=True)
    zipimport.__dict__["_compile_source"] = compiled
    ansible = types.ModuleType("ansible")
    ansible.__dict__.update(__path__=AnsiblePath(), __file__=f"{HERE}/ansible/__init__.py")
    sys.modules["ansible"] = ansible
    for name in PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.path[0] = ""


def serve() -> None:
    """Fork for everyone who connects."""
    preload()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(SOCKET)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(SOCKET)
    os.chmod(SOCKET, 0o600)
    listener.listen(100)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    while True:
        line = listener.accept()[0]
        if not os.fork():
            listener.close()
            be_python(line)
        line.close()


def be_python(line: socket.socket) -> None:
    """Be `python3 < program` in the place of who is at the other end, who gets the exit status; does not return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    content, files, _flags, _address = socket.recv_fds(line, 1 << 20, 3)
    while part := line.recv(1 << 20):
        content += part
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    folder, mask, *environment = content.split(b"\0")
    os.chdir(folder)
    os.umask(int(mask))
    os.environb.clear()
    for item in environment:
        name, _equals, value = item.partition(b"=")
        os.environb[name] = value
    time.tzset()
    sys.argv = [""]
    status = run(sys.stdin.buffer.read())
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    line.send(bytes([status & 255]))
    os._exit(0)


def run(program: bytes) -> int:
    """Run a program as the main one; its exit status."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    try:
        exec(compile(program, "<stdin>", "exec"), main.__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


if __name__ == "__main__":
    serve()
