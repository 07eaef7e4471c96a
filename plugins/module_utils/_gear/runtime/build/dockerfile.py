# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds by a Dockerfile with Docker's own client. Whatever a kill would leave behind is recorded, to be removed."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...host.docker import engine
from ...host.source import tar_stream
from ...host.source.files import Entry
from ...model.build.dockerfile import base_images
from ...model.build.names import BUILD_LABEL
from ...model.build.recipe import Recipe
from ...model.errors import OperationFailed
from ...store.run.folder import LEFT, RunFolder
from .scripts import Scripts
from .source import Fetched
from .work import StepFailed, Work

_LEFT = re.compile(rb" ---> (Running in )?([0-9a-f]{12})$")
_STAGE = re.compile(rb"Step [0-9]+/[0-9]+ : FROM ", re.IGNORECASE)
_STAGES = 200
# Attestations have the time of the build in them: with containerd's image store, each build would have another id.
_OF_BUILDX = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
_NAME = re.compile(r"""[^\s"'\\$=]+""")
_ENTRY_POINTS = ("run", "run.sh", "start", "start.sh", "exec", "exec.sh", "execute", "execute.sh")


class Leftovers:
    """Records what a kill would leave behind, by the output of Docker's older builder; BuildKit leaves only its cache.

    That is the container of the step, and the last layer of each stage.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder, self._rest = folder, b""
        self._left: dict[str, list[str]] = {"images": [""], "containers": [""]}

    def read(self, chunk: bytes) -> None:
        """Take the next bytes of the output, and record what changes."""
        *lines, self._rest = (self._rest[-200:] + chunk).split(b"\n")
        before = json.dumps(self._left)
        for line in lines:
            self._see(line)
        content = json.dumps(self._left)
        if content != before:
            self._folder.put(LEFT, content.encode(), durable=False)

    def _see(self, line: bytes) -> None:
        match = _LEFT.match(line)
        if match:
            self._left["containers" if match[1] else "images"][-1] = match[2].decode()
        elif _STAGE.match(line) and self._left["images"][-1]:
            self._left["images"] = [*self._left["images"][-_STAGES:], ""]


class _Feeder(threading.Thread):
    """Writes a stream to a pipe, in a thread: the main one reads the output of the program that reads the pipe."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__(daemon=True)
        self._chunks = chunks
        self.reader, self._writer = os.pipe()
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            with open(self._writer, "wb", buffering=0) as file:
                for chunk in self._chunks:
                    view = memoryview(chunk)
                    while view:
                        view = view[file.write(view) :]
        except BrokenPipeError:
            pass  # the program that reads it says why
        except (OperationFailed, OSError) as error:
            self.problem = error


def build_dockerfile(work: Work) -> str:
    """Build, and return the id of the image, which has its tag; raises GearError."""
    spec = work.build.spec
    with work.step("source"):
        source = Fetched(work)
    folder, _slash, name = spec.dockerfile.rpartition("/")
    content = source.tree.peek(folder, (name,)).get(name)
    if content is None:
        raise OperationFailed(f"the source has no file {spec.dockerfile}; add it, or set the option dockerfile")
    names = base_images(content, work.secrets.build_args)
    recipe = replace(work.build.recipe, images=_bases(work, names))
    labels = {f"org.opencontainers.image.{name}": value for name, value in _origin(source).items() if value}
    return _run(work, source.entries(), {**labels, **spec.labels}, recipe, work.secrets.build_args)


def _origin(source: Fetched) -> dict[str, str]:
    return {"source": source.labels["source-location"], "revision": source.labels.get("commit.id", "")}


def _bases(work: Work, names: Sequence[str]) -> dict[str, str]:
    """Ids of the images to begin with, pulled when asked. The recipe keeps them, to see later whether one has moved."""
    found = {}
    for name in names:
        known = engine.image(name)
        if known is None or work.build.spec.pull == "always":
            if work.build.spec.pull == "never":
                raise OperationFailed(
                    f"image {name} is not on this host, and pull is never; load it, or set pull to missing"
                )
            with work.step("pull"):
                status = work.docker(["pull", name])
                known = engine.image(name)
                if status != 0 or known is None:
                    raise StepFailed(f"cannot pull image {name}; the lines above say why", status)
        found[name] = str(known["Id"])
    return found


def _run(
    work: Work, entries: Iterable[Entry], labels: Mapping[str, str], recipe: Recipe, arguments: Mapping[str, str]
) -> str:
    """Run docker build with the source on its standard input; returns the id of the image."""
    spec = work.build.spec
    words = ["build", f"--tag={spec.tag}", f"--file={spec.dockerfile}", "--rm", "--force-rm"]
    words += [f"--iidfile={work.place}/image", f"--cgroup-parent={work.build.cgroup_parent}"]
    words += [f"--label={name}={value}" for name, value in {**labels, BUILD_LABEL: recipe.as_label()}.items()]
    words += [f"--build-arg={name}" for name in arguments]
    words += [f"--add-host={host}" for host in spec.extra_hosts]
    for flag, value in (("--target", spec.target), ("--network", spec.network)):
        words += [f"{flag}={value}"] if value else []
    words += ["--no-cache"] if spec.clean else []
    with work.step("dockerfile"):
        feeder = _Feeder(tar_stream.chunks(entries))
        feeder.start()
        variables = {**arguments, **_OF_BUILDX, "BUILDX_CONFIG": f"{work.place}/buildx"}
        status = work.docker_build([*words, "-"], variables, feeder.reader, Leftovers(work.folder).read)
        os.close(feeder.reader)
        feeder.join()
    if feeder.problem is not None:
        raise OperationFailed(str(feeder.problem))
    if status != 0:
        raise StepFailed(f"docker build ended with status {status}", status)
    work.folder.drop(LEFT)
    with open(f"{work.place}/image", encoding="ascii") as file:
        return _id_of(file.read().strip(), spec.tag)


def _id_of(written: str, tag: str) -> str:
    """The id by which dockerd knows an image that was built, from what its client wrote of it.

    That is the digest of the image's configuration; dockerd on containerd's image store knows the manifest's only.
    """
    known = engine.image(written) or engine.image(tag)
    if known is None:
        raise OperationFailed(f"image {tag} was built and then removed by another program; run the task again")
    return str(known["Id"])


def build_onbuild(work: Work, source: Fetched, scripts: Scripts, variables: Mapping[str, str]) -> str:
    """Build with a builder image whose own ONBUILD instructions take the source, as source-to-image does."""
    spec = work.build.spec
    names = {name: scripts.brought[name] for name in ("assemble", "run") if name in scripts.brought}
    entry = "run" if "run" in names else _entry_point(source)
    lines = [f"FROM {spec.builder}"]  # not its id, which BuildKit would take for the name of a repository
    arguments = {f"gear_env_{number}": value for number, value in enumerate(variables.values())}
    for name, argument in zip(variables, arguments):  # as arguments, whose values the log does not show
        if not _NAME.fullmatch(name):
            raise OperationFailed(
                f"a builder image with ONBUILD cannot get a variable named {name!r}; rename it in env"
            )
        lines += [f"ARG {argument}", f'ENV {name}="${{{argument}}}"']
    lines += ["RUN sh assemble"] if "assemble" in names else []
    lines += [f'ENTRYPOINT ["./{entry}"]', ""]
    files = {"Dockerfile": ("\n".join(lines).encode(), 0o644), **{name: (text, 0o755) for name, text in names.items()}}
    prefix = "io.openshift.s2i.build."
    labels = {f"{prefix}{name}": value for name, value in source.labels.items() if value}
    labels.update({f"{prefix}image": spec.builder, "io.k8s.display-name": spec.tag, **spec.labels})
    return _run(work, _with_files(source.entries(), files), labels, work.build.recipe, arguments)


def _entry_point(source: Fetched) -> str:
    """A program of the source with the name of an entry point; raises OperationFailed when there is none."""
    for entry in source.tree.entries(source.ignored):
        if entry.kind == "f" and entry.path in _ENTRY_POINTS and entry.mode & 0o111:
            return entry.path
    raise OperationFailed(
        "the source does not say what the image is to run; add .s2i/bin/run, or a program with one of the names "
        f"{', '.join(_ENTRY_POINTS[:3])}, ..."
    )


def _with_files(entries: Iterator[Entry], files: Mapping[str, tuple[bytes, int]]) -> Iterator[Entry]:
    """The source with further files, in place of its own of the same names."""
    for entry in entries:
        if entry.path not in files:
            yield entry
    for name, (content, mode) in files.items():
        yield tar_stream.file_entry(name, content, mode)
