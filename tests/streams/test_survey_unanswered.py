"""Surveys left unanswered by somebody who used to answer, through the real fold."""

from __future__ import annotations

import pytest

from tests.streams.history import History, at
from tests.streams.seen import told

DAY = 24
EVERY = 30
"""Days between two invitations."""


def invited(history: History, answers: str, start: int = 0) -> float:
    """An invitation a month: `a` is answered well a day later, `-` is not. Gives the hour when the time of the last is over."""
    for number, answer in enumerate(answers, start):
        history.fact("survey.sent", number * EVERY * DAY, object=f"s{number}")
        if answer == "a":
            history.fact("survey.answered", (number * EVERY + 1) * DAY, object=f"s{number}", score={"metric": "nps", "raw": 9})
    return ((start + len(answers) - 1) * EVERY + 15) * DAY


def told_of(history: History) -> list[dict]:
    return [one for alert in history.on("alerts") for one in alert["signals"] if one["name"] == "survey_unanswered"]


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        ("aaaaaaaaa--", {"count": 2, "answered": 9, "invited": 9}),
        ("a--", None),
        ("a---", {"count": 3, "answered": 1, "invited": 1}),
        ("aaaaaaaaa-", None),
        ("a-a-a-a--", None),  # by their own habit every second one
        ("-----", None),  # never answered: no habit is broken
    ],
)
def test_it_is_a_sign_where_so_many_in_a_row_are_rare_for_them(answers, seen):
    history = told(step_h=12)
    history.pass_time(invited(history, answers))
    found = told_of(history)
    assert bool(found) is (seen is not None)
    if seen is not None:
        values = dict(found[0]["why"]["values"])
        chance = values.pop("chance")
        assert values == seen
        assert chance == pytest.approx((1 - (seen["answered"] + 1) / (seen["invited"] + 2)) ** seen["count"])
        assert 0.1 <= found[0]["strength"] <= 0.2


@pytest.mark.parametrize("kind", ["survey.answered", "ticket.rated"])
def test_any_answer_ends_it(kind):
    history = told(step_h=12)
    over = invited(history, "aaaaaaaaa--")
    history.pass_time(over)
    assert "survey_unanswered" in history.signals()
    history.fact(kind, over + 1, object="x", score={"metric": "nps", "raw": 9})
    assert "survey_unanswered" not in history.signals()


def test_reminders_are_no_invitations_of_their_own():
    history = told(step_h=12)
    start = invited(history, "aaaaaaaaa")
    for day in range(5):
        history.fact("survey.sent", start + day * DAY, object=f"r{day}")
    history.pass_time(start + 40 * DAY)
    assert told_of(history) == []


def test_the_time_that_a_survey_gives_counts():
    history = told(step_h=12)
    start = invited(history, "aaaaaaaaa")
    for number in range(2):
        history.fact("survey.sent", start + number * 60 * DAY, object=f"l{number}", answer_by=at(start + (number * 60 + 50) * DAY))
    history.pass_time(start + 109 * DAY)
    assert told_of(history) == []
    history.pass_time(start + 111 * DAY)
    assert told_of(history)


def test_alone_it_raises_no_alert_at_the_built_in_settings():
    history = History()
    history.step_s = 12 * 3600.0
    history.pass_time(invited(history, "aaaaaaaaa-----"))
    assert history.alerts() == []
