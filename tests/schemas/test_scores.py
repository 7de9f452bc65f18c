"""Promises of scores: one number from 0 to 100 on every scale, computed by us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.scores import SCALES, Metric, Score


@pytest.mark.parametrize(
    ("metric", "raw", "normalised"),
    [
        ("nps", 0, 0),
        ("nps", 6, 60),
        ("nps", 10, 100),
        ("csat", 1, 0),
        ("csat", 3, 50),
        ("stars", 2, 25),
        ("ces", 7, 100),
        ("sentiment", 0, 50),
    ],
)
def test_the_usual_scale_of_a_metric_is_taken_when_none_is_given(metric, raw, normalised):
    assert Score(metric=metric, raw=raw).normalised == normalised


def test_every_metric_has_a_usual_scale():
    assert set(SCALES) == {metric.value for metric in Metric}


def test_on_an_effort_scale_the_lower_end_may_be_the_better_one():
    assert Score(metric="ces", raw=1, worst=7, best=1).normalised == 100
    assert Score(metric="ces", raw=7, worst=7, best=1).normalised == 0


def test_the_normalised_value_of_the_producer_is_not_believed():
    assert Score.model_validate({"metric": "nps", "raw": 2, "normalised": 99}).normalised == 20


def test_the_normalised_value_is_written_and_read_again():
    score = Score(metric="nps", raw=2)
    assert '"normalised":20.0' in score.model_dump_json()
    assert Score.model_validate_json(score.model_dump_json()) == score


@pytest.mark.parametrize(
    "score",
    [
        {"metric": "nps", "raw": 11},
        {"metric": "csat", "raw": 0},
        {"metric": "nps", "raw": 5, "worst": 5, "best": 5},
        {"metric": "nps", "raw": 5, "worst": 0},
        {"metric": "mood", "raw": 5},
        {"metric": "nps", "raw": float("nan")},
    ],
)
def test_a_score_off_its_scale_or_without_one_is_refused(score):
    with pytest.raises(ValidationError):
        Score.model_validate(score)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1))
def test_every_score_on_its_scale_lies_between_0_and_100(worst, best, share):
    raw = worst + (best - worst) * share
    if worst != best and min(worst, best) <= raw <= max(worst, best):
        assert 0 <= Score(metric="nps", raw=raw, worst=worst, best=best).normalised <= 100


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_better_answer_never_has_a_lower_value(one, other):
    low, high = sorted((one, other))
    assert Score(metric="nps", raw=low).normalised <= Score(metric="nps", raw=high).normalised
