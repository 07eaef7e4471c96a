# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request ids of jobs, and the names derived from them (geard-compatible).

The runtime imports this for each job, so it imports little itself.
"""

from __future__ import annotations

import binascii

from ..errors import InvalidOption

LABEL = "io.geard.job"
"""Label of a job's containers, its value the job's key; the runtime removes no container without it."""

_ALLOWED = "1 to 128 letters, digits and _.:@=+/-"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def check_request_id(value: object, where: str = "request_id") -> str:
    """Return a request id; raises InvalidOption. All of geard's forms are among those allowed."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and is_request_id(value):
        return value
    raise InvalidOption(where, value, _ALLOWED)


def is_request_id(value: str) -> bool:
    """Whether a text can be a request id."""
    return 1 <= len(value) <= 128 and value.isascii() and all(c.isalnum() or c in "_.:@=+/-" for c in value)


def job_key(request_id: str) -> str:
    """What stands for a request id in names: base64url of its text without padding, as in geard."""
    return encode(request_id.encode())


def encode(content: bytes) -> str:
    """Base64url without padding."""
    return binascii.b2a_base64(content, newline=False).translate(_TO_URL).rstrip(b"=").decode()


def check_key(key: str) -> str:
    """Return a key if it is one; raises ValueError."""
    text = binascii.a2b_base64(key.encode().translate(_FROM_URL) + b"=" * (-len(key) % 4)).decode("ascii", "replace")
    if job_key(text) != key or not is_request_id(text):
        raise ValueError(f"{key!r} is no key of a job")
    return key


def job_unit(key: str) -> str:
    """The transient unit of a job."""
    return f"job-{key}.service"


JOB_UNITS = "job-*.service"
"""Pattern that the units of all jobs match."""


def job_container(key: str) -> str:
    """The container of a job. No gear can have this name, since none ends like a unit."""
    return job_unit(key)


BUILD_LABEL = "io.geard.build"
"""Label of a build's containers, its value the build's key, and of the image, its value what it was built from."""

BUILD_UNITS = "build-*.service"
"""Pattern that the units of all builds match."""


ROLES = ("", "artifacts", "runtime")
"""What a build's containers are for; the first is the one that is built in."""


def build_unit(key: str) -> str:
    """The transient unit of a build."""
    return f"build-{key}.service"


def build_container(key: str, role: str = "") -> str:
    """A container of a build: the one that is built in, or one with another role."""
    return f"build-{key}.{role}.service" if role else build_unit(key)


def network_container(key: str) -> str:
    """The container that holds the network of a job with links, so that they are in force before it begins."""
    return f"job-{key}.network.service"
