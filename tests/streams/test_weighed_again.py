"""Open tasks are weighed again when the customer matters more: at once, and told of once."""

from __future__ import annotations

from collections import Counter

from schemas.policy import Policy
from tests.streams.history import History

DAY = 24.0


def buyer() -> History:
    """A task of one whose only purchase makes them high-impact, of tier A, until it is too long ago."""
    history = History(Policy(version="test"), hic=None)
    history.step_s = 6 * 3600.0
    history.fact("purchase.made", 0.5, amount=90_000.0)
    history.fact("survey.answered", 1, score={"metric": "nps", "raw": 6})
    return history


def test_a_purchase_that_moves_tier_and_high_impact_is_told_of_once():
    history = buyer()
    history.pass_time(700 * DAY)
    assert history.task["priority"] == "P4"
    history.fact("purchase.made", 700 * DAY + 1, amount=900_000.0)
    assert history.task["priority"] == "P2"
    assert history.paged(700 * DAY) == ["task_worsened"]
    assert history.verdicts().count("task_amended") == 3  # by age, when the purchase lapsed, and now
    ids = Counter(notice["id"] for notice in history.on("notices"))
    assert set(ids.values()) == {1}
