"""Promises of formats: what is written fast is what babel writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from gettext import GNUTranslations
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from schemas.reasons import Why
from schemas.sentences import LANGUAGES, say
from schemas.sentences.formats import instant, locale_of, numbers_of
from schemas.sentences.reader import Reader, reader_of

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


# -- plurals ------------------------------------------------------------------------------------------------------------------------


def a_reader(rule: str, *forms: str) -> Reader:
    """A reader of a language with as many forms of a noun, chosen by a rule of gettext's."""
    head = (
        f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals={len(forms)}; plural={rule};\\n"\n\n'
    )
    strings = "".join(f'msgstr[{number}] "{form}"\n' for number, form in enumerate(forms))
    source = f'{head}msgctxt "noun.days"\nmsgid "{{n}} day"\nmsgid_plural "{{n}} days"\n{strings}'
    compiled = BytesIO()
    write_mo(compiled, read_po(StringIO(source), abort_invalid=True))
    compiled.seek(0)
    return replace(reader_of("en"), words=GNUTranslations(compiled))


POLISH = "(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)"


@pytest.mark.parametrize(
    ("days", "digits", "says"),
    [
        (0, 0, "0 many"),
        (1, 0, "1 one"),
        (-1, 0, "-1 one"),
        (0.99, 0, "1 one"),
        (1.04, 1, "1 one"),
        (1.5, 1, "1.5 few"),  # a fraction is never one
        (2, 0, "2 few"),
        (5, 0, "5 many"),
        (21, 0, "21 many"),
        (22.0, 0, "22 few"),
        (1_000_002, 0, "1,000,002 few"),
        (1e300, 0, "1e+300 many"),
    ],
)
def test_a_number_stands_with_the_form_of_the_noun_that_its_language_asks_for(days, digits, says):
    assert a_reader(POLISH, "{n} one", "{n} few", "{n} many").counted("days", days, digits) == says


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (0, "open for 0 days", "offen seit 0 Tagen"),
        (1, "open for 1 day", "offen seit 1 Tag"),
        (-1, "open for -1 day", "offen seit -1 Tag"),
        (1.5, "open for 1.5 days", "offen seit 1,5 Tagen"),
        (21, "open for 21 days", "offen seit 21 Tagen"),
        (4.17e298, "open for 4.17e+298 days", "offen seit 4,17e+298 Tagen"),
    ],
)
def test_days_are_counted_in_either_language(days, english, german):
    why = Why(code="age", values={"open_days": days})
    assert (say(why), say(why, "de")) == (english, german)


@pytest.mark.parametrize("nothing", [float("nan"), float("inf"), None, "", " "])
def test_a_value_that_is_none_counts_as_absent(nothing):
    """It cannot come over a topic; who makes one by hand reads no `nan`."""
    amount = {"amount": nothing, "currency": "EUR"}
    assert say(Why.model_construct(code="payment_failed", values=amount, said=None)) == "had a payment fail"
    assert say(Why.model_construct(code="made_up_later", values={"odd": nothing, "n": 1.0}, said=None)) == "made up later (n 1)"


def test_a_gap_is_never_one_of_none():
    silence = {"silent_days": 1, "usual_days": 1, "as_long": 21, "chance": 0.5, "horizon_days": 30}
    assert "(one gap in 1 is as long)" in say(Why(code="silence", values=silence))
