# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a build asks of dockerd: containers to build in, files into and out of them, and images made of them."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import IO, Any

from ...model.errors import OperationFailed
from . import engine
from .containers import container_of_id
from .engine import message, request


def create(name: str, config: Mapping[str, Any]) -> None:
    """Make a container; raises OperationFailed."""
    status, body = request("POST", f"/containers/create?name={name}", body=json.dumps(config).encode())
    if status != 201:
        raise OperationFailed(f"cannot create a container of image {config['Image'][:19]}: {message(body)}")


def remove(name: str) -> None:
    """Remove a container of the build that is not needed any more; it is no error when there is none."""
    status, body = request("DELETE", f"/containers/{name}?force=1&v=1", timeout=engine.REMOVAL)
    if status not in (204, 404, 409):
        raise OperationFailed(f"cannot remove the container {name}: {message(body)}")


def has_file(name: str, path: str) -> bool:
    """Whether there is something at a path of a container."""
    return request("HEAD", f"/containers/{name}/archive?path={_quoted(path)}")[0] == 200


def upload(name: str, path: str, stream: Iterable[bytes]) -> None:
    """Unpack a tar stream in a folder of a container, which dockerd does within it; raises OperationFailed."""
    connection = engine.connected(None)
    head = f"PUT /containers/{name}/archive?path={_quoted(path)} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
    head += "Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n"
    try:
        listens = _sent(connection, head.encode())
        for chunk in stream if listens else ():
            listens = listens and _sent(connection, b"%x\r\n%b\r\n" % (len(chunk), chunk))
            if not listens:
                break  # it has answered before the end, and the answer says why
        if listens:
            _sent(connection, b"0\r\n\r\n")
        status, body = _answer(os.dup(connection.fileno()))
    finally:
        connection.close()
    if status != 200:
        raise OperationFailed(f"cannot copy the build's files into its container: {message(body)}")


def _sent(connection: Any, data: bytes) -> bool:
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def _answer(descriptor: int) -> tuple[int, bytes]:
    """Status and body of an answer in HTTP/1.1."""
    try:
        with open(descriptor, "rb") as answer:
            words = answer.readline().split(b" ", 2)
            chunked = False
            while (line := answer.readline().strip()) != b"":
                key, _colon, value = line.lower().partition(b":")
                chunked = chunked or (key.strip(), value.strip()) == (b"transfer-encoding", b"chunked")
            body = b"".join(_dechunked(answer)) if chunked else answer.read(1 << 20)
            return int(words[1]), body
    except (OSError, IndexError, ValueError) as error:
        raise OperationFailed(
            f"cannot copy the build's files into its container: Docker closed the connection ({error})"
        ) from None


def _dechunked(answer: IO[bytes]) -> Iterator[bytes]:
    while size := int(answer.readline().split(b";")[0] or b"0", 16):
        yield answer.read(size)
        answer.readline()


@contextlib.contextmanager
def download(name: str, path: str) -> Iterator[IO[bytes]]:
    """A file or folder of a container as a tar stream; raises OperationFailed when there is none."""
    connection = engine.send("GET", f"/containers/{name}/archive?path={_quoted(path)}", timeout=None)
    with open(connection.detach(), "rb") as answer:
        words = answer.readline().split(b" ", 2)
        while answer.readline().strip():
            pass
        if len(words) < 2 or words[1] != b"200":
            raise OperationFailed(f"cannot read {path} from the build's container: {message(answer.read(1 << 16))}")
        yield answer


def commit(name: str, tag: str, config: Mapping[str, Any], build_id: str) -> str:
    """Make an image of a container as it is, then give it its name; returns its id, raises OperationFailed.

    Docker goes on with the first when nobody waits for it any more, hence in two steps: the name of an image does not
    move after its build has ended, and the id of the build tells whose it is (late_images).
    """
    from urllib.parse import urlencode

    query = urlencode({"container": name, "pause": "0", "comment": build_id})
    status, body = request("POST", f"/commit?{query}", timeout=3600.0, body=json.dumps(config).encode())
    if status != 201:
        raise OperationFailed(f"cannot commit the image {tag}: {message(body)}")
    image_id = str(json.loads(body)["Id"])
    repository, _colon, version = tag.rpartition(":")
    status, body = request("POST", f"/images/{image_id}/tag?{urlencode({'repo': repository, 'tag': version})}")
    if status != 201:
        raise OperationFailed(f"cannot tag the image {tag}: {message(body)}")
    return image_id


def late_images(label: str) -> dict[str, str]:
    """Images with this label that commit() made and that have no name, with the id of the build of each."""
    from urllib.parse import quote

    filters = json.dumps({"dangling": ["true"], "label": [label]})
    found = (engine.image(str(item["Id"])) for item in engine.get(f"/images/json?filters={quote(filters)}"))
    return {str(item["Id"]): str(item.get("Comment") or "") for item in found if item and not item.get("RepoTags")}


def remove_layers(image_id: str, since: float, kept: Collection[str]) -> None:
    """Remove what a build that was broken off left of an image, layer by layer.

    What was there before, has a name or a digest of a registry, or is an image to begin with, is none of it.
    """
    while (found := engine.image(image_id) if image_id else None) is not None:
        is_named = found.get("RepoTags") or found.get("RepoDigests")
        if is_named or found["Id"] in kept or _seconds(found.get("Created")) < since:
            return
        if request("DELETE", f"/images/{found['Id']}?noprune=1", timeout=engine.REMOVAL)[0] != 200:
            return  # something is made of it
        image_id = str(found.get("Parent") or "")


def remove_former(image_id: str, tag: str) -> None:
    """Remove the image that a tag named before, if nothing else names or uses it.

    That a registry has it by the same name is no other one.
    """
    found = engine.image(image_id)
    repository = tag.rpartition(":")[0]
    others = [name for name in (found or {}).get("RepoDigests") or () if name.partition("@")[0] != repository]
    if found and not found.get("RepoTags") and not others:
        request("DELETE", f"/images/{image_id}", timeout=engine.REMOVAL)


def remove_step(beginning: str, since: float, cgroup_parent: str) -> None:
    """Remove the container of a step that was broken off; not one that was there before, or is bounded otherwise."""
    found = container_of_id(beginning)
    if (
        found is not None
        and _seconds(found["Created"]) >= since
        and found["HostConfig"].get("CgroupParent") == cgroup_parent
    ):
        remove(found["Id"])


def _seconds(text: object) -> float:
    """A time as Docker writes it, in seconds since 1970; 0 for what is none."""
    import re
    from calendar import timegm

    form = r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))"
    match = re.fullmatch(form, str(text or ""))
    if match is None:
        return 0.0
    east = int(f"{match[8]}1") * (int(match[9]) * 3600 + int(match[10]) * 60) if match[8] else 0
    return timegm((*map(int, match.groups()[:6]), 0, 0, 0)) + float(match[7] or 0) - east


def user_of(name: str, user: str) -> tuple[int, int]:
    """Numbers of a user of a container as Docker would run it: by name, number, or both with a group."""
    account, _colon, group = user.partition(":")
    if not account:
        return 0, 0
    uid, gid = int(account) if account.isdigit() else -1, 0
    for fields in _database(name, "/etc/passwd"):
        if len(fields) > 3 and (fields[0] == account or (uid >= 0 and fields[2] == str(uid))):
            uid, gid = int(fields[2]), int(fields[3])
            break
    if group:
        gid = int(group) if group.isdigit() else gid
        gid = next((int(fields[2]) for fields in _database(name, "/etc/group") if fields[0] == group), gid)
    if uid < 0:
        raise OperationFailed(
            f"the builder image runs as user {user}, who is not in its /etc/passwd; name a numeric uid in the image"
        )
    return uid, gid


def _database(name: str, path: str) -> list[list[str]]:
    content = small_file(name, path) or b""
    return [line.split(":") for line in content.decode("utf-8", "replace").splitlines() if line.count(":") >= 3]


def small_file(name: str, path: str, limit: int = 1 << 20) -> bytes | None:
    """The content of a file of a container; None when there is none, or none that is small."""
    import tarfile

    try:
        with download(name, path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            member = archive.next()
            file = archive.extractfile(member) if member and member.isreg() and member.size <= limit else None
            return file.read() if file else None
    except (OperationFailed, tarfile.TarError):
        return None


def image(reference: str) -> dict[str, Any]:
    """An image that must be there; raises OperationFailed."""
    found = engine.image(reference)
    if found is None:
        raise OperationFailed(f"image {reference} was removed from this host during the task; run the task again")
    return found


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.fsencode(path), safe="/")
