"""Promises about answers: what is final, what is tried again, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.responses import from_http, retry_after
from schemas.deliveries import Outcome
from tests.handlers.conftest import START

_MEANS = {
    Outcome.DELIVERED: (200, 201, 202, 204),
    Outcome.REFUSED: (301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451),
    Outcome.FAILED: (408, 425, 429, 500, 501, 502, 503, 504, 521, 599),
}


@pytest.mark.parametrize(("status", "outcome"), [(status, outcome) for outcome, all_ in _MEANS.items() for status in all_])
def test_a_status_means_one_thing(status, outcome):
    assert from_http(status, {}, "", START).outcome is outcome


@given(st.integers(100, 599), st.text(max_size=5000))
def test_every_status_and_every_body_has_a_short_clear_meaning(status, body):
    answer = from_http(status, {}, body, START)
    assert answer.outcome in _MEANS
    assert len(answer.detail) < 400
    assert "\n" not in answer.detail


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Mon, 01 Jun 2026 03:02:00 GMT", 120),
        ("Mon, 01 Jun 2026 02:00:00 GMT", 0),
        ("Monday, 01-Jun-26 03:00:30 GMT", 30),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\N{FULLWIDTH DIGIT NINE}", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert retry_after(value, START) == seconds


@given(st.text(max_size=80))
def test_whatever_retry_after_says_it_raises_nothing_and_is_never_negative(value):
    found = retry_after(value, START)
    assert found is None or found >= 0


@given(st.integers(1, 10**6))
def test_a_date_and_the_same_time_in_seconds_mean_the_same(seconds):
    from email.utils import format_datetime

    assert retry_after(format_datetime(START + timedelta(seconds=seconds), usegmt=True), START) == seconds
