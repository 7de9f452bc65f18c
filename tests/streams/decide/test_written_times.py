"""The quick way to write an instant, which streams have, writes what every other room writes."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import headers_of
from streams.decide.wording import moment, written


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC)))
def test_both_ways_of_writing_an_instant_agree(at):
    assert written(at) == dict(headers_of("notice", "n-1", "makegood", at))["ce_time"]


def test_seconds_are_written_as_the_instant_that_they_are():
    assert moment(1_780_000_000.25) == "2026-05-28T20:26:40.250Z"
