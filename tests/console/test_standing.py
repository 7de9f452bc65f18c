"""How a customer stands on the board: since when and why, the rhythm against the silence, and the chance of leaving over time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from console import tables
from makegood.config import policy_file
from makegood.config.database import url_of
from schemas.message import instant
from schemas.traffic import PolicyAdopted
from tests.console.board import Board, Streams, tell
from tests.console.conftest import Browser, opened

DAY = 86_400.0
BEGAN, BOUGHT_UNTIL = 140, 60
"""Days ago: when the customer was first heard of, and when they bought last, after having bought every seven days."""
CUSTOMER = "C-weekly"


class Shop(Browser):
    """A board with one customer on it, and a lead who reads it."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.number = 0

    def happened(self, kind: str, days_ago: float, customer: str = CUSTOMER, **fields: Any) -> None:
        self.number += 1
        known = {"source": "shop", "id": f"s{self.number}", "object": f"s{self.number}", "customer": {"id": customer}}
        tell(self.board.streams, {"type": kind, **known, "occurred_at": instant(self.board.now - days_ago * DAY).isoformat(), **fields})

    async def of(self, customer: str = CUSTOMER) -> dict[str, Any]:
        self.board.streams.advance(self.board.now - 60)
        await self.board.show()
        return await self.read(f"/api/customers/{customer}")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    streams = Streams()
    streams.at = time.time() - (BEGAN + 1) * DAY
    async with opened(url_of(None, tmp_path, "console"), streams) as board, Shop(board) as shop:
        await shop.sign_in("lead")
        shop.happened("customer.profiled", BEGAN, annual_value=400_000.0)
        for days_ago in range(BOUGHT_UNTIL + 70, BOUGHT_UNTIL - 1, -7):
            shop.happened("purchase.made", days_ago, amount=500.0)
        yield shop


async def test_the_page_says_since_when_somebody_is_of_their_tier_and_why(shop):
    page = await shop.of()
    assert page["standing"]["tier"] == {
        "now": "A",
        "since": instant(shop.board.now - BEGAN * DAY).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "because": page["tier_because"],
    }
    assert "400,000" in page["tier_because"]


async def test_the_page_says_whether_somebody_is_protected_and_why(shop):
    protected = (await shop.of())["standing"]["protected"]
    assert protected["now"] is True
    assert "400,000" in protected["because"]


async def test_a_protection_that_was_lost_says_since_when_it_is_no_longer(shop):
    shop.happened("customer.profiled", 35, annual_value=10.0, hic=False)
    protected = (await shop.of())["standing"]["protected"]
    assert protected["now"] is False
    assert protected["because"]


async def test_the_value_is_what_the_company_said_last(shop):
    assert (await shop.of())["standing"]["value"] | {"at": ""} == {"now": 400_000.0, "currency": "EUR", "said": True, "at": ""}


async def test_the_value_of_whom_the_company_said_nothing_is_what_a_decision_reckons(shop):
    shop.happened("purchase.made", 39, "C-new", amount=90_000.0)
    value = (await shop.of("C-new"))["standing"]["value"]
    assert value["said"] is False
    assert value["now"] > 50_000


async def test_the_rhythm_is_the_mean_gap_between_purchase_days_and_the_silence_that_of_now(shop):
    rhythm = (await shop.of())["rhythm"]
    assert (rhythm["purchase_days"], rhythm["usual_days"]) == (11, 7)
    assert BOUGHT_UNTIL <= rhythm["silent_days"] < BOUGHT_UNTIL + 1
    assert rhythm["alert_from_days"] == 15  # 14 whole days after the last purchase day, which are more than 1.5 gaps


async def test_what_was_returned_is_no_purchase_day(shop):
    shop.happened("purchase.made", 35, amount=-500.0)
    assert (await shop.of())["rhythm"]["purchase_days"] == 11


async def test_the_floor_is_that_of_the_policy_which_was_adopted(shop):
    churn = policy_file.load(None).churn
    silence = churn.silence.model_copy(update={"floor_days": 30.0})
    adopted = policy_file.load(None).model_copy(update={"version": "slow", "churn": churn.model_copy(update={"silence": silence})})
    shop.board.streams.put("policies", "slow", PolicyAdopted(policy=adopted).model_dump_json().encode())
    assert (await shop.of())["rhythm"]["alert_from_days"] == 31


async def test_too_few_purchase_days_raise_no_alert_and_the_page_knows(shop):
    shop.happened("purchase.made", 39, "C-new", amount=90.0)
    rhythm = (await shop.of("C-new"))["rhythm"]
    assert (rhythm["usual_days"], rhythm["alert_from_days"], rhythm["least_purchase_days"]) == (None, None, 3)


async def test_the_chance_over_time_ends_with_the_one_that_is_shown_everywhere(shop):
    page = await shop.of()
    steps = page["chances"]
    assert steps[-1]["chance"] == page["alert"]["chance"] == page["chance"]
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert "silence" in {signal["name"] for signal in steps[-1]["signals"]}
    alert = await shop.read(f"/api/alerts/{page['alert']['id']}")
    assert alert["chances"] == steps
    assert (alert["standing"], alert["rhythm"]) == (page["standing"], page["rhythm"])


async def test_an_alert_that_ended_has_no_level_from_then_on(shop):
    await shop.of()
    shop.happened("purchase.made", 0, amount=500.0)
    assert (await shop.of())["chances"][-1]["level"] is None


async def test_a_task_shows_how_its_customer_stands(shop):
    shop.happened("survey.answered", 1, score={"metric": "nps", "raw": 0})
    page = await shop.of()
    task = await shop.read(f"/api/tasks/{page['tasks'][0]['id']}")
    assert [task[name] for name in ("standing", "rhythm", "chances")] == [page[name] for name in ("standing", "rhythm", "chances")]
    assert page["chances"]
    assert page["standing"]["last_answer"]["sentence"] == "rated 0 of 10 (NPS) in a survey"


async def test_satisfaction_is_of_all_answers_and_beside_it_stands_the_last_on_its_own_scale(shop):
    for days_ago in (50, 40, 30):
        shop.happened("survey.answered", days_ago, score={"metric": "nps", "raw": 1})
    shop.happened("ticket.rated", 20, score={"metric": "csat", "raw": 2})
    shop.happened("survey.answered", 10, comment="no score at all")
    standing = (await shop.of())["standing"]
    assert 0 < standing["satisfaction"]["now"] < 70
    assert standing["last_answer"]["sentence"].endswith(" 2 of 5 (CSAT)")
    assert standing["last_answer"]["at"] == instant(shop.board.now - 20 * DAY).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_who_answered_without_a_decision_about_satisfaction_is_not_said_to_have_been_silent(shop):
    shop.happened("survey.answered", 30, score={"metric": "nps", "raw": 9})
    standing = (await shop.of())["standing"]
    assert (standing["satisfaction"], standing["last_answer"]["sentence"]) == (None, "rated 9 of 10 (NPS) in a survey")


async def test_who_never_answered_has_no_last_answer(shop):
    assert (await shop.of())["standing"]["last_answer"] is None


async def test_of_whom_nothing_was_decided_nothing_is_said(shop):
    shop.happened("usage.recorded", 39, "C-quiet")
    page = await shop.of("C-quiet")
    assert page["standing"] == dict.fromkeys(("tier", "hic", "protected", "value", "satisfaction", "last_answer"))
    assert (page["rhythm"], page["chances"]) == (None, [])


async def test_who_is_erased_leaves_no_chance_behind(shop):
    assert (await shop.of())["chances"]
    shop.happened("erasure.requested", 0)
    await shop.board.show()
    async with shop.board.engine.connect() as db:
        assert await db.scalar(select(func.count()).select_from(tables.chance)) == 0
