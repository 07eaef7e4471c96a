# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request ids and names, what is kept of output, words of docker command lines, and times."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.geard.core.plugins.module_utils._gear.model.container.docker_command import Resolved
from ansible_collections.geard.core.plugins.module_utils._gear.model.container.options import define
from ansible_collections.geard.core.plugins.module_utils._gear.model.errors import InvalidOption
from ansible_collections.geard.core.plugins.module_utils._gear.model.job.docker_command import job_words, network_words
from ansible_collections.geard.core.plugins.module_utils._gear.model.job.job import (
    Job,
    JobResult,
    as_json,
    parse_duration,
    parse_job,
    parse_result,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.job.names import (
    job_container,
    job_unit,
    network_container,
)
from ansible_collections.geard.core.plugins.module_utils._gear.model.names import is_name
from ansible_collections.geard.core.plugins.module_utils._gear.model.run.keys import check_key, check_request_id, key_of
from ansible_collections.geard.core.plugins.module_utils._gear.model.run.output import Hiding, Kept, as_text, hide

IDS = st.text("abcXYZ019_.:@=+/-", min_size=1, max_size=128)


@given(IDS)
def test_names(request_id: str) -> None:
    key = key_of(check_request_id(request_id))
    assert key == base64.urlsafe_b64encode(request_id.encode()).decode().rstrip("=")
    assert check_key(key) == key
    assert job_unit(key) == f"job-{key}.service"
    assert len(job_unit(key)) < 256
    assert not is_name(job_container(key))
    assert not is_name(network_container(key))
    assert job_container(key) != network_container(key)


@pytest.mark.parametrize("request_id", ["", "a b", "a\n", "ä", "x" * 129, "a%b", None, True, ["a"]])
def test_request_ids_that_are_refused(request_id: object) -> None:
    with pytest.raises(InvalidOption, match=r"^request_id: "):
        check_request_id(request_id)


@pytest.mark.parametrize("request_id", ["0" * 32, "A-_" + "a" * 19, "a" * 22 + "==", 42])
def test_request_ids_of_geard_and_numbers(request_id: object) -> None:
    assert check_request_id(request_id) == str(request_id)


@pytest.mark.parametrize("key", ["../etc", "YQ==", "Y", "", "YSBi", "_w"])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_key(key)


@given(st.lists(st.binary(max_size=70), max_size=30))
def test_what_is_kept_of_a_stream(chunks: list[bytes]) -> None:
    kept = Kept(head=100, tail=50)
    for chunk in chunks:
        kept.add(chunk)
    whole = b"".join(chunks)
    left_out = max(0, len(whole) - 150)
    mark = f"\n[... {left_out} bytes left out, which the journal has ...]\n".encode()
    assert kept.content() == ((whole[:100] + mark + whole[-50:]) if left_out else whole, left_out)


def test_output_as_text() -> None:
    assert as_text(b"one\r\n\xff two \n\n", 0, 100) == ("one\r\n\\xff two ", False)
    assert as_text(b"", 0, 100) == ("", False)
    text, is_truncated = as_text(b"a" * 60 + b"b" * 60, 0, 100)
    assert text == "a" * 50 + "\n[... 20 bytes left out, which the journal has ...]\n" + "b" * 50
    assert is_truncated
    kept = Kept(head=100, tail=100)
    kept.add(b"a" * 500 + b"b" * 500)
    assert as_text(*kept.content(), 100) == (text.replace("20", "900"), True)
    assert as_text(*kept.content(), 200) == (kept.content()[0].decode(), True)


def test_values_are_hidden() -> None:
    assert hide(b"a secret and 1", [b"secret", b"1", b""]) == b"a (hidden) and 1"
    kept = Kept(head=4, tail=4)
    kept.add(b"my s")
    kept.add(b"ecre")
    assert kept.content([b"secre"]) == (b"my (hidden)", 0)


@pytest.mark.parametrize("size", [1, 3, 1000, 65536])
@pytest.mark.parametrize(
    "content", [b"", b"a battery\nbat", b"a\nbattery batt", b"\n\nbattery\n", b"x" * 300_000 + b"battery"]
)
def test_values_are_hidden_while_they_pass(content: bytes, size: int) -> None:
    """However a stream is cut in pieces."""
    if size == 1 and len(content) > 1000:
        content = content[-1000:]
    passed = bytearray()
    stream = Hiding([b"battery", b"batt"], passed.extend)
    for start in range(0, len(content), size):
        stream.add(content[start : start + size])
    assert len(content) - len(passed) < 200_000
    stream.end()
    assert passed == hide(content, [b"battery", b"batt"])


def test_words_of_a_job() -> None:
    definition = define("x", {"image": "app", "command": ["run", "it"], "hostname": "h", "networks": ["n1"]})
    resolved = Resolved("sha256:12", env_path="/env")
    plain = job_words(definition, resolved, "KEY", has_links=False)
    assert plain[:3] == ("--rm", "--name=job-KEY.service", "--label=io.geard.job=KEY")
    assert plain[-3:] == ("sha256:12", "run", "it")
    assert {"--env-file=/env", "--network=n1", "--hostname=h", "--log-driver=none"} <= set(plain)
    linked = job_words(definition, resolved, "KEY", has_links=True)
    assert "--network=container:job-KEY.network.service" in linked
    assert not any(word.startswith("--hostname") for word in linked)
    network = network_words(definition, resolved, "KEY", ["/usr"])
    assert network[:4] == ("--detach", "--rm", "--name=job-KEY.network.service", "--label=io.geard.job=KEY")
    assert {"--network=n1", "--hostname=h", "--mount=type=bind,src=/usr,dst=/usr,readonly"} <= set(network)
    assert network[-2:] == ("sha256:12", "infinity")
    assert not any("env" in word for word in network)


def test_files() -> None:
    job = Job("id", "app", "sha256:1", "container", 5, 10, 1.5, ("a", "b"))
    read = parse_job(as_json(job))
    assert read is not None
    assert (read.request_id, list(read.words), read.created) == ("id", ["a", "b"], 1.5)
    result = JobResult(0, "", 1.0, 2.0, timed_out=False)
    assert parse_result(as_json(result)) == result
    for content in (None, b"", b"{", b"[]", b"{}", b"null"):
        assert parse_job(content) is None
        assert parse_result(content) is None


@pytest.mark.parametrize(
    ("rc", "timed_out", "good"), [(0, False, True), (1, False, False), (0, True, False), (None, False, False)]
)
def test_good_results(rc: int | None, timed_out: bool, good: bool) -> None:
    assert JobResult(rc, "", 1, 2, timed_out).is_good is good


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("12h", 43200), ("7d", 604800), ("2w", 1209600)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text, "keep_jobs") == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5d", "1y", "never", "9999999999", "999w"])
def test_durations_that_are_refused(text: str) -> None:
    with pytest.raises(InvalidOption, match=r"^keep_jobs: "):
        parse_duration(text, "keep_jobs")
