"""What is missing is named: the board says which feed does not arrive, and what nobody knows without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from console import feeds
from console import projection as projection_
from console.feed_rhythm import limit_h, longest_pause_h
from console.pipeline_health import PipelineHealth
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


async def read(
    tmp_path: Any, *facts: dict[str, Any], batch: int = 1, now: float = NOW, behind: int | None = 0, caught_up: bool = True
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the board knows of feeds, and of C1, when these facts have come in."""
    tmp_path.mkdir(exist_ok=True)
    streams, engine = Streams(), open_engine(url_of(None, tmp_path, "console"))
    streams.at = NOW  # from the beginning of time it would go hour by hour
    for number, fact in enumerate(facts):
        known = {"id": f"f{number}", "source": "test", "object": f"o{number}", "customer": {"id": "C1"}}
        tell(streams, {**known, "occurred_at": instant(NOW + number).isoformat(), **fact})
    projection, queries = Projection(engine), Queries(engine, "EUR", lambda: now)
    await projection.open()
    for start in range(0, len(streams.records), batch):
        await projection.apply(streams.records[start : start + batch])
    found = await feeds.page(queries, PipelineHealth(behind=behind, caught_up=caught_up)), await queries.customer("C1", Reader("en", "UTC"))
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
        assert {one["feed"]: one["facts"] for one in page["feeds"]} == {"purchases": 2, "values": 0, "answers": 1, "tickets": 0}


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


# -- what dries up -----------------------------------------------------------------------------------------------------------------

DAY_H = 24
WEEK_H = 7 * DAY_H


def every(step_h: int, weeks: int) -> list[int]:
    return list(range(0, weeks * WEEK_H, step_h))


def office(weeks: int, closed: Sequence[int] = ()) -> list[int]:
    """Every hour from 8 to 18, Mondays to Fridays, but on `closed` days (0 is the first Monday)."""
    days = [day for day in range(weeks * 7) if day % 7 < 5 and day not in closed]
    return [day * DAY_H + hour for day in days for hour in range(8, 18)]


EASTER = (39, 42)  # a Friday, and the Monday after it
RHYTHMS = {
    "around the clock": (every(1, 8), 6),
    "a night's upload": (every(DAY_H, 8), 48),
    "office hours": (office(8), 2 * 63),
    "office hours, closed once for ten days": (office(10, closed=range(28, 38)), 2 * 63),
    "a weekly upload": (every(WEEK_H, 12), 2 * WEEK_H),
    "a weekly upload, a day late now and then": (
        [at + DAY_H * (n % 3 == 1) for n, at in enumerate(every(WEEK_H, 12))],
        2 * (WEEK_H + DAY_H),
    ),
    "a monthly upload": (every(4 * WEEK_H, 40), 8 * WEEK_H),
    "once weekly, for months every hour since": ([0, *(WEEK_H * 3 + hour for hour in every(1, 20))], 6),
    "a history at once": ([5], None),
    "two weeks of office hours": (office(2), None),
    "two weekly uploads": (every(WEEK_H, 3)[:2], None),
    "an upload of two hours once a month": ([0, 1, 720, 721], 2 * 719),
    "an upload of ten hours once a quarter": ([at + hour for at in every(13 * WEEK_H, 65) for hour in range(10)], 2 * (13 * WEEK_H - 9)),
    "nothing": ([], None),
}


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_a_feed_may_be_silent_for_as_long_as_its_own_rhythm_explains(rhythm):
    hours, limit = RHYTHMS[rhythm]
    pause = longest_pause_h(hours)
    assert (None if pause is None else limit_h(pause)) == limit


@pytest.mark.parametrize(
    "hours", [office(9, closed=EASTER), every(WEEK_H, 12), every(DAY_H, 8), every(1, 8), office(9), every(4 * WEEK_H, 40)]
)
def test_no_feed_that_keeps_its_rhythm_is_ever_named(hours):
    """Weekends, Easter and weekly uploads among it: at no fact of it was its silence too long for what was known by then."""
    for number in range(1, len(hours)):
        pause = longest_pause_h(hours[:number])
        assert pause is None or hours[number] - hours[number - 1] <= limit_h(pause)


def arriving(fact: dict[str, Any], hours: Sequence[int]) -> list[dict[str, Any]]:
    return [{**fact, "occurred_at": instant(NOW + hour * 3600).isoformat()} for hour in hours]


def dried_up(page: dict[str, Any]) -> list[str]:
    return [one["feed"] for one in page["feeds"] if one["dried_up"]]


async def test_a_feed_that_dries_up_is_named_and_one_that_goes_on_hides_it_not(tmp_path):
    """The shop stops; the CRM goes on telling what customers are worth, and tickets come weekly."""
    shop, crm, desk = (arriving(PURCHASE, every(6, 4)), arriving(VALUE, every(DAY_H, 6)), arriving(TICKET, every(WEEK_H, 6)))
    facts = sorted((*shop, *crm, *desk), key=lambda fact: fact["occurred_at"])
    page, _ = await read(tmp_path, *facts, batch=500, now=NOW + 6 * WEEK_H * 3600)
    assert (dried_up(page), page["missing"]) == (["purchases"], ["answers"])
    (purchases,) = (one for one in page["feeds"] if one["feed"] == "purchases")
    assert purchases["last_arrived_at"] == instant(NOW + every(6, 4)[-1] * 3600).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert (purchases["longest_pause_s"], purchases["silent_s"]) == (6 * 3600, (2 * WEEK_H + 6) * 3600)


async def test_when_everything_stops_each_feed_is_named_after_its_own_time(tmp_path):
    facts = sorted((*arriving(PURCHASE, every(6, 4)), *arriving(TICKET, every(WEEK_H, 4))), key=lambda fact: fact["occurred_at"])
    for days, named in ((0, []), (2, ["purchases"]), (6, ["purchases"]), (9, ["purchases", "tickets"])):
        page, _ = await read(tmp_path / str(days), *facts, batch=500, now=NOW + (4 * WEEK_H + days * DAY_H) * 3600)
        assert dried_up(page) == named


@pytest.mark.parametrize("behind", [None, 12])
async def test_what_may_lie_unread_is_not_called_dried_up(tmp_path, behind):
    facts = arriving(PURCHASE, every(6, 4))
    assert dried_up((await read(tmp_path, *facts, batch=500, now=NOW + 9e6, behind=behind))[0]) == []


async def test_before_everything_was_read_no_feed_is_called_dried_up_though_others_are_read_further(tmp_path):
    facts = sorted((*arriving(PURCHASE, every(6, 4)), *arriving(ANSWER, every(6, 7))), key=lambda fact: fact["occurred_at"])
    page, _ = await read(tmp_path / "reading", *facts, batch=500, now=NOW + 9e6, behind=5_000, caught_up=False)
    assert dried_up(page) == []
    page, _ = await read(tmp_path / "read", *facts, batch=500, now=NOW + 9e6, behind=5_000)
    assert dried_up(page) == ["purchases"]


def test_that_everything_was_read_is_forgotten_when_kafka_is_away():
    health = PipelineHealth()
    health.measured(5_000, {0: 0})
    assert not health.caught_up
    health.measured(12, {0: 0})
    health.measured(5_000, {0: 0})
    assert health.caught_up
    health.degraded("Kafka does not answer", NOW)
    assert not health.caught_up


async def test_the_rhythm_of_a_feed_takes_no_more_room_than_eight_weeks_of_every_hour(tmp_path, monkeypatch):
    monkeypatch.setattr(projection_, "FEED_HOURS_KEPT", 70)
    facts = arriving(PURCHASE, [*every(DAY_H, 20), *(20 * WEEK_H + hour for hour in range(70))])
    page, _ = await read(tmp_path, *facts, batch=37)
    (purchases,) = (one for one in page["feeds"] if one["feed"] == "purchases")
    assert purchases["longest_pause_s"] is None, "the days before were forgotten, and three days are no rhythm"


async def test_machines_read_which_feed_dried_up(small_board, browser):
    assert 'makegood_console_feed_dried_up{feed="answers"} 0.0' in (await browser.get("/metrics")).text
    small_board.now += 200 * WEEK_H * 3600
    metrics = (await browser.get("/metrics")).text
    assert 'makegood_console_feed_dried_up{feed="answers"} 1.0' in metrics
    seconds = next(line for line in metrics.splitlines() if line.startswith('makegood_console_feed_silence_seconds{feed="answers"}'))
    assert float(seconds.split()[-1]) > 199 * WEEK_H * 3600
