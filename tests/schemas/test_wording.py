"""Promises of wording: a number and its noun agree, and a score reads as people say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.scores import Score
from schemas.wording import counted


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (0, 0, "0 days"),
        (1, 0, "1 day"),
        (1.4, 0, "1 day"),
        (2, 0, "2 days"),
        (1, 1, "1 day"),
        (1.04, 1, "1 day"),
        (1.5, 1, "1.5 days"),
        (10, 1, "10 days"),
        (30.0, 1, "30 days"),
        (12_345, 0, "12,345 days"),
    ],
)
def test_a_noun_agrees_with_its_number(number, digits, text):
    assert counted(number, "day", digits=digits) == text


def test_a_plural_may_be_given():
    assert [counted(n, "copy", "copies") for n in (1, 2)] == ["1 copy", "2 copies"]


@given(st.floats(0, 1e9), st.integers(0, 3))
def test_nothing_is_ever_said_to_be_one_of_several(number, digits):
    text = counted(number, "day", digits=digits)
    assert text.startswith("1 ") == text.endswith("day")


@pytest.mark.parametrize(
    ("score", "text"),
    [
        ({"metric": "nps", "raw": 2}, "2 of 10 (NPS)"),
        ({"metric": "csat", "raw": 4.5}, "4.5 of 5 (CSAT)"),
        ({"metric": "stars", "raw": 3}, "3 of 5 stars"),
        ({"metric": "stars", "raw": 1}, "1 of 5 stars"),
        ({"metric": "stars", "raw": 1, "worst": 0, "best": 1}, "1 of 1 star"),
        ({"metric": "ces", "raw": 6, "worst": 7, "best": 1}, "6 on the CES scale from 7 (worst) to 1 (best)"),
        ({"metric": "sentiment", "raw": -1}, "-1 on the sentiment scale from -1 (worst) to 1 (best)"),
    ],
)
def test_a_score_reads_as_people_say_it(score, text):
    assert Score.model_validate(score).in_words() == text
