"""What is missing is named: the board says which feed does not arrive, and what nobody knows without it."""

from __future__ import annotations

from typing import Any

import pytest

from console import feeds
from console.projection import Projection
from console.queries import Queries
from console.reader import Reader
from makegood.config.database import open_engine, url_of
from schemas.message import instant
from tests.console.board import Streams, tell

NOW = 1_780_000_000.0
ANSWER = {"type": "survey.answered", "score": {"metric": "nps", "raw": 9}}
TICKET = {"type": "ticket.opened", "subject": "slow"}
VALUE = {"type": "customer.profiled", "annual_value": 9_000}
PROFILE = {"type": "customer.profiled", "name": "Ann", "hic": True}
PURCHASE = {"type": "purchase.made", "amount": 5}


async def read(tmp_path: Any, *facts: dict[str, Any], batch: int = 1) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the board knows of feeds, and of C1, when these facts have come in."""
    tmp_path.mkdir(exist_ok=True)
    streams, engine = Streams(), open_engine(url_of(None, tmp_path, "console"))
    streams.at = NOW  # from the beginning of time it would go hour by hour
    for number, fact in enumerate(facts):
        known = {"id": f"f{number}", "source": "test", "object": f"o{number}", "customer": {"id": "C1"}}
        tell(streams, {**known, "occurred_at": instant(NOW + number).isoformat(), **fact})
    projection, queries = Projection(engine), Queries(engine, "EUR", lambda: NOW)
    await projection.open()
    for start in range(0, len(streams.records), batch):
        await projection.apply(streams.records[start : start + batch])
    found = await feeds.page(queries), await queries.customer("C1", Reader("en", "UTC"))
    await engine.dispose()
    return found


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ((), []),
        ((PROFILE,), ["business", "answers", "tickets"]),
        ((PROFILE, ANSWER, TICKET), ["business"]),
        ((VALUE, ANSWER), ["tickets"]),
        ((PURCHASE, ANSWER, TICKET), []),
        (({"type": "subscription.changed", "annual_value": 500}, {"type": "subscription.changed"}), ["answers", "tickets"]),
    ],
)
async def test_what_does_not_arrive_is_named_once_anything_does(tmp_path, facts, missing):
    page, _ = await read(tmp_path, *facts)
    assert page["missing"] == missing


async def test_what_arrives_is_counted_however_it_is_read(tmp_path):
    for batch in (1, 500):
        page, _ = await read(tmp_path / str(batch), PURCHASE, PURCHASE, ANSWER, batch=batch)
        assert {one["feed"]: one["facts"] for one in page["feeds"]} == {"business": 2, "answers": 1, "tickets": 0}


async def test_of_how_many_customers_nobody_knows_what_they_are_worth_is_counted(tmp_path):
    page, _ = await read(tmp_path, PURCHASE, {**ANSWER, "customer": {"id": "C2"}})
    assert (page["customers"], page["customers_without_value"]) == (2, 1)


async def test_an_unknown_tier_says_what_has_not_arrived(tmp_path):
    _, customer = await read(tmp_path, PROFILE, ANSWER)
    assert customer is not None
    assert (customer["tier"], customer["hic"]) == ("unknown", True)
    assert customer["tier_because"] == "neither purchases nor an annual value have arrived"


async def test_how_people_describe_a_customer_stands_on_their_page(tmp_path):
    first = {**PROFILE, "behaviour": "frugal", "pillars": {"demanding": "answers within the hour", "delivery": "by truck"}}
    _, customer = await read(tmp_path, first, {**PROFILE, "pillars": {"delivery": "by Jo,\nin person"}})
    assert customer is not None
    assert customer["behaviour"] == "frugal"
    assert customer["pillars"] == {"demanding": "answers within the hour", "delivery": "by Jo, in person"}
