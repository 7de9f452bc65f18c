"""Open tasks are weighed again when the customer matters more: at once, and told of once."""

from __future__ import annotations

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


def test_a_fact_that_raises_tier_and_high_impact_is_told_of_once():
    history = History(annual_value=500.0)
    history.fact("survey.answered", 1, score={"metric": "nps", "raw": 6})
    history.fact("customer.profiled", 2, object="C1", hic=False)
    history.fact("customer.profiled", 3, object="C1", hic=True, annual_value=100_000.0)
    assert history.verdicts() == ["task_raised", "task_amended"]
    assert history.paged() == ["task_raised", "protection_lost", "task_worsened"]
    assert [d["verdict"] for d in history.on("decisions")][-4:-1] == ["tier_changed", "hic_changed", "protection_changed"]


def test_business_that_lapses_lowers_no_open_task():
    history = buyer()
    history.pass_time(30 * DAY)
    before = history.task
    history.pass_time(700 * DAY)
    fell = {d["verdict"] for d in history.on("decisions") if d["at"] > before["changed_at"]}
    assert {"tier_changed", "hic_changed", "protection_changed"} <= fell
    assert history.task == before
