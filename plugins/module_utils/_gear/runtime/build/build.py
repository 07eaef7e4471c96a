# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-build run KEY: build an image, once. gear-build end KEY: clean up after it, and write its result.

Output is passed on to the unit's journal as it comes; its beginning and end are kept for the result.
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
from ...model.build.failure import last_lines
from ...model.build.names import ROLES
from ...model.errors import Conflict, GearError, OperationFailed
from ...model.run.keys import check_key
from ...model.run.output import hide
from ...store.files import remove_tree
from ...store.layout import Layout
from ...store.run.folder import ENDED, OUTPUT, SECRETS, SPEC, RunFolder
from .end import end
from .push import push
from .work import StepFailed, Work, prepare_place


def main(arguments: list[str]) -> None:
    """Entry of the program; ends with 0 when the image was built, and pushed if that was asked for."""
    step, key = arguments[0], check_key(arguments[1])
    if step == "run":
        raise SystemExit(run(Layout(), key))
    if step != "end":
        raise ValueError(step)
    end(Layout(), key)


class _Stopped(GearError):
    """systemd asked the build to end."""


def _stop(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not interrupt the clean-up
    raise _Stopped("the build was stopped by systemd")


def run(layout: Layout, key: str) -> int:
    """Build, and return 0 for success or 1; raises GearError when the build cannot begin, or has begun before."""
    folder = RunFolder(layout.build(key))
    build = parse_build(folder.get(SPEC))
    if build is None:
        raise OperationFailed(f"there is no build with the key {key} on this host")
    if not folder.claim():
        raise Conflict(f"build {build.build_id} has run before, and a build runs only once")
    signal.signal(signal.SIGTERM, _stop)
    work = Work(key, folder, build, parse_secrets(folder.get(SECRETS)))
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
        from .dockerfile import build_dockerfile  # the seam: neither the end of a build nor a mere push needs them
        from .s2i import build_s2i

        work.image_id = ""
        work.image_id = build_dockerfile(work) if build.recipe.strategy == "dockerfile" else build_s2i(work)
        work.say(f"{build.spec.tag} is {work.image_id}")
    if build.pushes:
        with work.step("push"):
            work.pushed = push(layout, work)


def _of_disk(error: OSError) -> str:
    """An error of the host as a message."""
    hint = "; free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return f"{f'{error.filename}: ' if error.filename else ''}{error.strerror or error}{hint}"


def _unforeseen(error: Exception, work: Work) -> str:
    """An error that nobody thought of, in one line; its traceback goes to the journal."""
    import traceback  # 3 ms, for what never happens

    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    sys.stderr.write(work.hidden(trace))
    return " ".join(f"{type(error).__name__} {error}".split())[:500]


def _record(work: Work, ended: dict[str, Any]) -> None:
    """Write the output and how the build ended; on a full disk, as much of it as fits."""
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
        remove_tree(work.place)
    with contextlib.suppress(OSError):
        work.folder.put(OUTPUT, content)
    try:
        work.folder.put(ENDED, json.dumps(ended).encode())
    except OSError:  # the disk may be full of what the build wrote in its containers
        with contextlib.suppress(GearError):
            for role in ROLES:
                work.drop(work.container(role))
        work.folder.put(ENDED, json.dumps(ended).encode())
