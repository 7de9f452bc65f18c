"""Promises of formats: what is written fast is what babel writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from schemas.sentences import LANGUAGES
from schemas.sentences.formats import instant, locale_of, numbers_of

# not de-CH, whose millions babel leaves ungrouped
TAGS = [*LANGUAGES, "en-US", "en-GB", "de-AT"]
EXACT = st.integers(-(10**14), 10**14).map(lambda number: number / 8)  # no number lies between two roundings


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@given(EXACT, st.sampled_from(TAGS))
def test_a_number_is_written_as_babel_writes_it(number, tag):
    locale = locale_of(tag)
    assert numbers_of(locale).decimal(number, 3) == spaced(format_decimal(number, locale=locale))


@given(st.integers(0, 100), st.sampled_from(TAGS))
def test_a_share_is_written_as_babel_writes_it(percent, tag):
    locale = locale_of(tag)
    assert numbers_of(locale).share(percent / 100) == spaced(format_percent(percent / 100, locale=locale))


@given(st.integers(1, 10**14).filter(lambda cents: cents % 100), st.sampled_from(TAGS))
def test_money_is_written_as_babel_writes_it_with_the_code_of_its_currency(cents, tag):
    locale = locale_of(tag)
    pattern = locale.currency_formats["standard"].pattern.replace("¤", "¤¤")
    theirs = spaced(format_currency(cents / 100, "EUR", pattern, locale=locale, group_separator=True))
    assert numbers_of(locale).amount(cents / 100, "EUR", 2).replace(" ", "") == theirs.replace(" ", "")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 0, "0"),
        (-0.2, 0, "0"),
        (-0.02, 1, "0"),
        (2.5, 1, "2.5"),
        (2.0, 1, "2"),
        (100, 1, "100"),
        (1e15, 0, "1e+15"),
        (-1e20, 2, "-1e+20"),
    ],
)
def test_a_number_has_no_digit_that_says_nothing(value, digits, text):
    assert numbers_of(locale_of("en")).decimal(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(12_000, "12,000 EUR"), (12.5, "12.50 EUR"), (12.001, "12 EUR"), (11.999, "12 EUR"), (0.1, "0.10 EUR")]
)
def test_money_has_cents_where_there_are_any(value, text):
    assert numbers_of(locale_of("en")).amount(value, "EUR", 2) == text


@given(
    st.integers(0, 300_000).map(lambda hours: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=hours, minutes=7)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.sampled_from(TAGS),
)
def test_an_instant_is_written_as_babel_writes_it(at, zone, tag):
    locale = locale_of(tag)
    pattern = f"{Locale.parse(str(locale)).datetime_skeletons['yMMMEd'].pattern}, HH:mm"
    theirs = spaced(format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=locale))
    ours, _, name = instant(at, locale, ZoneInfo(zone)).rpartition(" ")
    assert ours == theirs
    assert name
