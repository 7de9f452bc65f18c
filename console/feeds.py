"""What the judgement lives on and whether it arrives: purchases or annual values, answers, tickets. What is missing is named, not guessed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import rows, tables
from console.feed_kinds import FEEDS
from console.queries import Queries
from console.rows import Json


async def page(queries: Queries) -> Json:
    """What arrives and what is missing, once anything has come in; and of how many customers nobody knows what they are worth."""
    async with queries.engine.connect() as db:
        known = {row.feed: row for row in await db.execute(select(tables.feed))}
        customers = await _customers(db)
        anything = await db.scalar(select(func.count()).select_from(tables.source))
        return {
            "change": await queries.change(db),
            "feeds": [_feed(name, known.get(name)) for name in FEEDS],
            "missing": [name for name in FEEDS if anything and name not in known],
            **customers,
        }


def _feed(name: str, found: Any) -> Json:
    return {"feed": name, "facts": found.facts if found else 0, "last_arrived_at": rows.iso(found.last_arrived_at) if found else None}


async def _customers(db: AsyncConnection) -> dict[str, int]:
    c = tables.customer.c
    counted = select(func.count(), func.count().filter(c.tier == "unknown")).select_from(tables.customer)
    total, unknown = (await db.execute(counted)).one()
    return {"customers": total, "customers_without_value": unknown}
