"""What the judgement lives on and whether it arrives: purchases or annual values, answers, tickets. What is missing is named, not guessed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import rows, tables
from console.feed_kinds import FEEDS, NEEDED
from console.feed_rhythm import limit_h, longest_pause_h
from console.pipeline_health import PipelineHealth
from console.queries import Queries
from console.rows import Json

HOUR_S = 3600


async def page(queries: Queries, health: PipelineHealth) -> Json:
    """What arrives, what dried up and what never came, once anything has; and of how many customers nobody knows what they are worth."""
    async with queries.engine.connect() as db:
        feeds = await _feeds(db, queries.clock(), health)
        anything = await db.scalar(select(func.count()).select_from(tables.source))
        arrived = {one["feed"] for one in feeds if one["last_arrived_at"] is not None}
        return {
            "change": await queries.change(db),
            "feeds": feeds,
            "missing": [name for name, needed in NEEDED.items() if anything and arrived.isdisjoint(needed)],
            **await _customers(db),
        }


async def all_of(queries: Queries, health: PipelineHealth) -> list[Json]:
    """The feeds alone, for who asks every few seconds."""
    async with queries.engine.connect() as db:
        return await _feeds(db, queries.clock(), health)


async def _feeds(db: AsyncConnection, now: float, health: PipelineHealth) -> list[Json]:
    known = {row.feed: row for row in await db.execute(select(tables.feed))}
    hours, as_of = await _hours(db), await _as_of(db, now, health)
    return [_feed(name, known.get(name), hours.get(name, ()), as_of) for name in FEEDS]


async def _hours(db: AsyncConnection) -> dict[str, list[int]]:
    """Feed -> the hours since 1970 in which anything of it arrived, ascending."""
    h, found = tables.feed_hour.c, dict[str, list[int]]()
    for row in await db.execute(select(h.feed, h.hour).order_by(h.hour)):
        found.setdefault(row.feed, []).append(row.hour)
    return found


async def _as_of(db: AsyncConnection, now: float, health: PipelineHealth) -> float | None:
    """Up to when a silence is one: while the read model is behind facts may lie unread. None until it has caught up: topics are read at
    different speeds, so that one which goes on says nothing of another.
    """
    latest: float | None = await db.scalar(select(func.max(tables.source.c.last_arrived_at)))
    if latest is None or not health.caught_up:
        return None
    return max(now, latest) if health.behind == 0 else latest


def _feed(name: str, found: Any, hours: Any, as_of: float | None) -> Json:
    """One feed; `dried_up` where its silence is longer than its rhythm explains. Lengths are in seconds, None where not known."""
    pause_h = longest_pause_h(hours)
    silent_s = None if found is None or as_of is None else max(0, round(as_of - found.last_arrived_at))
    return {
        "feed": name,
        "facts": found.facts if found is not None else 0,
        "last_arrived_at": rows.iso(found.last_arrived_at) if found is not None else None,
        "silent_s": silent_s,
        "longest_pause_s": None if pause_h is None else pause_h * HOUR_S,
        "dried_up": silent_s is not None and pause_h is not None and silent_s > limit_h(pause_h) * HOUR_S,
    }


async def _customers(db: AsyncConnection) -> dict[str, int]:
    c = tables.customer.c
    counted = select(func.count(), func.count().filter(c.tier == "unknown")).select_from(tables.customer)
    total, unknown = (await db.execute(counted)).one()
    return {"customers": total, "customers_without_value": unknown}
