"""Low satisfaction through the real fold: one level, one strength, and words for how it came."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.streams.history import History
from tests.streams.seen import close_to, signal_of, told

DAY = 24


def answered(*scores: tuple[float, int], **fields) -> History:
    """NPS answers: (hours, 0 to 10)."""
    history = told()
    for hours, raw in scores:
        history.fact("survey.answered", hours, score={"metric": "nps", "raw": raw}, **fields)
    return history


def strength(level: float) -> float:
    """0.7 at a level of 0, none from 70 on."""
    return pytest.approx(0.7 * (70 - level) / 70, abs=1e-4)


@pytest.mark.parametrize(
    ("scores", "level", "code"),
    [
        (((0, 0),), 2 * 75 / 3, "low_satisfaction"),
        (((0, 0), (1, 0)), 2 * 75 / 4, "low_satisfaction"),
        (((0, 0), (1, 0), (2, 0)), 2 * 75 / 5, "low_satisfaction"),
        (((0, 10), (1, 0), (2, 0), (3, 0), (4, 0)), (2 * 75 + 5 * 100 * 0.85**4) / 7, "promoter_turned"),
        (((0, 7), (1, 0), (2, 0), (3, 0)), (2 * 75 + 4 * 70 * 0.85**3) / 6, "falling_satisfaction"),
        (((0, 5), (1, 9), (2, 0), (3, 0)), (2 * 75 + 4 * (50 + 0.15 * 40) * 0.85**2) / 6, "promoter_turned"),
        (((0, 5), (200 * DAY, 0), (201 * DAY, 0)), None, "low_satisfaction"),
    ],
)
def test_the_level_alone_is_the_strength_and_how_it_came_are_words(scores, level, code):
    (found,) = answered(*scores).signals().values()
    assert found["why"]["code"] == code
    assert found["strength"] == strength(found["why"]["values"]["satisfaction"])
    if level is not None:
        assert found["why"]["values"]["satisfaction"] == pytest.approx(level, abs=1e-6)


def test_a_promoter_who_turned_is_told_with_both_scores_and_the_days_between():
    history = answered((0, 5), (1, 9), (12 * DAY, 0), (13 * DAY + 1, 0))
    numbers = signal_of(history, "low_satisfaction")[1]
    assert {name: numbers[name] for name in ("was", "now", "between_days", "answers")} == close_to(
        was=90, now=0, between_days=13, answers=4
    )


def test_an_account_of_which_one_person_of_ten_is_displeased_is_well():
    assert answered(*((hour, 9) for hour in range(9)), (12, 0)).signals() == {}


def test_who_is_content_again_gives_no_sign_any_longer():
    history = answered((0, 0), *((hour, 10) for hour in range(1, 9)))
    assert history.signals() == {}
    assert history.alert["active"] is False


ANSWERS = ((0, 6), (5, 0), (9, 2))


@pytest.mark.parametrize("heard", list(permutations(ANSWERS)))
def test_in_whatever_order_answers_are_heard_the_sign_is_the_same(heard):
    history, in_order = answered(*heard), answered(*ANSWERS)
    for one in (history, in_order):
        one.fact("subscription.cancelled", 10)  # shows all signals as they stand
    assert history.signals()["low_satisfaction"] == in_order.signals()["low_satisfaction"]


def rated(history: History, hours: float, raw: int, ticket: str = "T1") -> None:
    history.fact("ticket.rated", hours, object=ticket, score={"metric": "csat", "raw": raw})


@pytest.mark.parametrize("rated_at", [1, 3], ids=["before", "after"])
def test_the_rating_of_a_ticket_that_is_spam_counts_for_nothing(rated_at):
    history = told()
    for hours, happens in sorted([(rated_at, "rated"), (2, "spam")]):
        if happens == "rated":
            rated(history, hours, 1)
        else:
            history.fact("ticket.updated", hours, object="T1", status="spam")
    assert history.signals() == {}


def test_the_rating_counts_again_where_the_ticket_was_no_spam_after_all():
    history = told()
    rated(history, 1, 1)
    history.fact("ticket.updated", 2, object="T1", status="spam")
    history.fact("ticket.updated", 3, object="T1", status="open")
    assert list(history.signals()) == ["low_satisfaction"]
