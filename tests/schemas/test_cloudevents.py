"""Promises of the CloudEvents headers: binary mode is understood where the body is silent, and written with outputs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import headers_of, merge
from schemas.inputs import FACT
from tests.conftest import shared

HEADERS = [("ce_specversion", b"1.0"), ("ce_type", b"ticket.reopened"), ("ce_id", b"e-1"), ("ce_source", b"zendesk")]


@pytest.fixture
def sample() -> list[tuple[str, bytes]]:
    """The headers of the example in the CloudEvents Kafka binding."""
    text = shared("payloads", "cloudevents", "kafka_binary_headers.txt").read_text()
    pairs = [line.split(": ", 1) for line in text.splitlines() if line.startswith(("ce_", "content-type"))]
    return [(name, value.strip('"').encode()) for name, value in pairs]


def test_the_sample_of_the_specification_fills_type_id_source_and_time(sample):
    assert json.loads(merge(sample, b'{"object": "T-1"}')) == {
        "object": "T-1",
        "type": "com.example.someevent",
        "id": "1234-1234-1234",
        "source": "/mycontext/subcontext",
        "occurred_at": "2018-04-05T03:56:24Z",
    }


def test_our_headers_have_the_names_of_the_specification(sample):
    ours = headers_of("task.snapshot", "t-1", "makegood", datetime(2026, 11, 2, tzinfo=UTC))
    assert {name for name, _ in ours} == {name for name, _ in sample}


def test_a_fact_in_binary_mode_becomes_a_fact():
    body = b'{"object": "T-1", "occurred_at": "2026-11-02T09:30:00Z", "customer": {"id": "C-1"}}'
    fact = FACT.validate_json(merge(HEADERS, body))
    assert (fact.type, fact.id, fact.source) == ("ticket.reopened", "e-1", "zendesk")


def test_what_the_body_says_itself_wins():
    assert json.loads(merge(HEADERS, b'{"type": "survey.sent", "id": null}')) == {"type": "survey.sent", "id": "e-1", "source": "zendesk"}


def test_a_complete_body_comes_back_as_the_same_bytes():
    body = b'{ "type":"a", "id":"b", "source":"c" }'
    assert merge(HEADERS, body) is body


@pytest.mark.parametrize("headers", [[], [("trace", b"1")], [("ce_specversion", b"1.0")], [("ce_subject", b"x")]])
def test_without_attributes_that_we_use_the_body_is_not_even_read(headers):
    body = b"not JSON"
    assert merge(headers, body) is body


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000])
def test_a_body_that_is_no_json_object_comes_back_untouched(body):
    assert merge(HEADERS, body) is body


@pytest.mark.parametrize("value", [b"\xff", None])
def test_a_header_that_is_not_text_changes_nothing(value):
    body = b'{"id": "x"}'
    assert merge([("ce_type", value)], body) is body


def test_the_last_of_two_equal_headers_holds():
    assert json.loads(merge([("ce_type", b"a"), ("ce_type", b"b")], b"{}")) == {"type": "b"}


@given(st.lists(st.tuples(st.sampled_from(["ce_type", "ce_id", "ce_time", "x"]), st.binary(max_size=8))), st.binary(max_size=40))
def test_whatever_comes_merging_never_raises(headers, body):
    assert isinstance(merge(headers, body), bytes)


def test_headers_say_the_time_in_utc_to_the_millisecond():
    at = datetime(2026, 11, 2, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    headers = dict(headers_of("decision", "d-1", "makegood", at))
    assert headers["ce_time"] == b"2026-11-02T08:30:00.123Z"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["content-type"] == b"application/json"


def test_what_we_write_we_understand():
    at = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    assert json.loads(merge(headers_of("notice", "n-1", "makegood", at), b"{}")) == {
        "type": "notice",
        "id": "n-1",
        "source": "makegood",
        "occurred_at": "2026-11-02T09:30:00.000Z",
    }
