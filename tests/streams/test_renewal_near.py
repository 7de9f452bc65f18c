"""A renewal that is near while satisfaction lies low, through the real fold."""

from __future__ import annotations

import pytest

from tests.streams.history import History, at
from tests.streams.seen import told

DAY = 24
RENEWS = 200
"""In days; near from 60 days before."""


def contract(*scores: int, renews: int = RENEWS) -> History:
    """A contract that renews then; answers a day apart, in the first week."""
    history = told(step_h=12)
    history.fact("renewal.dated", 0, object="c1", renews_on=at(renews * DAY))
    for day, raw in enumerate(scores, 1):
        history.fact("survey.answered", day * DAY, object=f"s{day}", score={"metric": "nps", "raw": raw})
    return history


def told_of(history: History) -> list[dict]:
    return [one for alert in history.on("alerts") for one in alert["signals"] if one["name"] == "renewal_near"]


def test_a_bad_level_is_a_sign_once_the_renewal_is_near_and_until_it_is_past():
    history = contract(0, 0)
    history.pass_time((RENEWS - 60) * DAY - 1)
    assert told_of(history) == []
    history.pass_time((RENEWS - 60) * DAY + 1)
    signal = told_of(history)[-1]
    level = signal["why"]["values"]["satisfaction"]
    assert signal["seen_at"] == at((RENEWS - 60) * DAY)
    assert signal["strength"] == pytest.approx(0.9 * (70 - level) / 70, abs=1e-4)
    history.pass_time((RENEWS + 1) * DAY)
    assert "renewal_near" not in history.signals()


@pytest.mark.parametrize("scores", [(), (9,), (9, 10, 9)])
def test_who_is_satisfied_or_was_never_asked_is_not_told(scores):
    history = contract(*scores)
    history.pass_time((RENEWS + 1) * DAY)
    assert told_of(history) == []


def test_a_level_that_falls_near_the_renewal_is_told_at_once_and_one_that_recovers_ends_it():
    history = contract(9, renews=30)
    history.fact("survey.answered", 5 * DAY, object="x", score={"metric": "nps", "raw": 0})
    history.fact("survey.answered", 6 * DAY, object="y", score={"metric": "nps", "raw": 0})
    assert "renewal_near" in history.signals()
    for number in range(8):
        history.fact("survey.answered", 7 * DAY + number, object=f"g{number}", score={"metric": "nps", "raw": 10})
    assert "renewal_near" not in history.signals()


def test_a_renewal_that_is_put_off_ends_it():
    history = contract(0, 0, renews=30)
    assert "renewal_near" in history.signals()
    history.fact("renewal.dated", 10 * DAY, object="c1", renews_on=at(300 * DAY))
    assert "renewal_near" not in history.signals()


def test_it_makes_the_same_level_weigh_more_and_is_no_second_sign():
    history = contract(0, 0, renews=30)
    low, near = history.signals()["low_satisfaction"], history.signals()["renewal_near"]
    assert near["strength"] > low["strength"]
    assert (low["share"], near["share"] > 0) == (0, True)


def test_in_a_priority_the_nearness_counts_only_as_itself():
    """The chance beside it is that of the level alone, for the renewal has points of its own."""

    def points(renews: int) -> dict[str, float]:
        history = contract(0, 0, renews=renews)
        history.fact("ticket.opened", 3 * DAY, object="T1", severity="urgent")
        return {addend["name"]: addend["points"] for addend in history.tasks()[-1]["addends"]}

    far, near = points(300), points(30)
    assert near["chance_of_leaving"] == far["chance_of_leaving"]
    assert near["renewal"] > far.get("renewal", 0)


def test_it_is_told_with_the_day_and_the_level():
    strength, values = signal_of_near(contract(0, 0, renews=30))
    assert values["renews_at"] == at(30 * DAY).replace("Z", ".000Z")
    assert 0 < strength < 0.9


def signal_of_near(history: History) -> tuple[float, dict]:
    signal = history.signals()["renewal_near"]
    return signal["strength"], signal["why"]["values"]
