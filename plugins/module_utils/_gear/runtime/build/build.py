# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-build run KEY: build an image, once. gear-build end KEY: after it, leave nothing behind but the result.

Output goes on to the unit's journal as it comes; its beginning and end are kept for the result.
"""

from __future__ import annotations

import contextlib
import errno
import json
import resource
import signal
import sys
import time
from typing import Any

from ...model.build.build import parse_build, parse_secrets
from ...model.build.words import last_lines
from ...model.errors import Conflict, GearError, OperationFailed
from ...model.job.names import ROLES, check_key
from ...model.job.output import hide
from ...store.build.files import OUTPUT, SECRETS
from ...store.layout import Layout
from ...store.run import run_files
from .work import StepFailed, Work, prepare_place


def main(arguments: list[str]) -> None:
    """Entry of the program; ends with 0 when the image was built, and pushed if that was asked for."""
    step, key = arguments[0], check_key(arguments[1])
    if step == "run":
        raise SystemExit(run(Layout(), key))
    if step != "end":
        raise ValueError(step)
    from .end import end

    end(Layout(), key)


class _Stopped(GearError):
    """systemd asked the build to end."""


def _stop(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Stopped("the build was stopped by systemd")


def run(layout: Layout, key: str) -> int:
    """Do what was asked for; raises GearError when it cannot be begun, or has been before."""
    folder = layout.build(key)
    build = parse_build(run_files.get(folder, run_files.JOB))
    if build is None:
        raise OperationFailed(f"there is no build with the key {key} on this host")
    if not run_files.claim(folder):
        raise Conflict(f"build {build.build_id} has run before, and a build runs only once")
    signal.signal(signal.SIGTERM, _stop)
    work = Work(key, folder, build, parse_secrets(run_files.get(folder, SECRETS)))
    ended: dict[str, Any] = {"started": time.time(), "rc": None, "error": "it was interrupted"}
    try:
        prepare_place(work)
        _do(layout, work)
        ended["error"] = ""
    except StepFailed as error:
        ended.update(rc=error.rc, error=str(error))
    except GearError as error:
        ended["error"] = str(error)
    except OSError as error:
        ended["error"] = _of_disk(error)
    except Exception as error:
        ended["error"] = _unforeseen(error, work)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _record(work, ended)
    return 1 if ended["error"] else 0


def _do(layout: Layout, work: Work) -> None:
    build = work.build
    work.image_id = build.previous
    if build.builds:
        work.image_id = ""
        if build.recipe.strategy == "dockerfile":
            from .dockerfile import build_dockerfile

            work.image_id = build_dockerfile(work)
        else:
            from .s2i import build_s2i

            work.image_id = build_s2i(work)
        work.say(f"{build.tag} is {work.image_id}")
    if build.pushes:
        from .push import push

        with work.step("push"):
            work.pushed = push(layout, work)


def _of_disk(error: OSError) -> str:
    """An error of the host as a message."""
    hint = "; free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return f"{f'{error.filename}: ' if error.filename else ''}{error.strerror or error}{hint}"


def _unforeseen(error: Exception, work: Work) -> str:
    """An error that nobody thought of, in one line; the journal has where it came from."""
    import traceback

    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    sys.stderr.write(work.hidden(trace))
    return " ".join(f"{type(error).__name__} {error}".split())[:500]


def _record(work: Work, ended: dict[str, Any]) -> None:
    """Write down how it ended; on a full disk, as much of it as fits."""
    ended["error"] = work.hidden(ended["error"])
    if ended["error"]:
        work.say(ended["error"])
    secrets = work.secrets.values()
    content, left_out = work.kept.content(secrets)
    ended.update(
        finished=time.time(),
        step=work.at,
        steps=work.steps,
        image_id=work.image_id,
        incremental=work.incremental,
        pushed=work.pushed,
        last=last_lines(content, hide(bytes(work.errors), secrets)),
        output=left_out,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10,
    )
    with contextlib.suppress(OSError):
        from ...store.files import remove_tree

        remove_tree(work.place)
    with contextlib.suppress(OSError):
        run_files.put(work.folder, OUTPUT, content)
    try:
        run_files.put(work.folder, run_files.ENDED, json.dumps(ended).encode())
    except OSError:  # what the build wrote in its containers may be what fills the disk
        with contextlib.suppress(GearError):
            for role in ROLES:
                work.drop(work.container(role))
        run_files.put(work.folder, run_files.ENDED, json.dumps(ended).encode())
