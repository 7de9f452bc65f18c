"""Queries of the ledger, for health, for metrics and for people; and forgetting what is old and settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select

from handlers.ledger import Ledger
from handlers.tables import UNSETTLED, State, delivery, known_status, notice, outcome


class Waiting(NamedTuple):
    """What is unsettled for a destination: how many, and since when the oldest waits (seconds since 1970)."""

    destination: str
    notices: int
    since: float


class Line(NamedTuple):
    """One delivery, for people. Times are seconds since 1970."""

    notice: str
    destination: str
    priority: str
    state: str
    attempts: int
    changed_at: float
    next_at: float
    detail: str


async def waiting(ledger: Ledger) -> list[Waiting]:
    """One row for each destination for which anything is unsettled."""
    statement = (
        select(delivery.c.destination, func.count(), func.min(delivery.c.seen_at))
        .where(delivery.c.state.in_(UNSETTLED))
        .group_by(delivery.c.destination)
        .order_by(delivery.c.destination)
    )
    async with ledger.engine.connect() as connection:
        return [Waiting(*row) for row in (await connection.execute(statement)).all()]


async def counts(ledger: Ledger) -> dict[State, int]:
    """How many deliveries stand where."""
    async with ledger.engine.connect() as connection:
        rows = (await connection.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state))).all()
    return {State(state): count for state, count in rows}


async def lines(ledger: Ledger, states: Sequence[State], limit: int) -> list[Line]:
    """The deliveries that changed last, newest first; all states where none are given."""
    statement = select(*[delivery.c[name] for name in Line._fields]).order_by(delivery.c.changed_at.desc(), delivery.c.notice).limit(limit)
    if states:
        statement = statement.where(delivery.c.state.in_(states))
    async with ledger.engine.connect() as connection:
        return [Line(*row) for row in (await connection.execute(statement)).all()]


async def forget(ledger: Ledger, before: float) -> int:
    """Remove notices that were seen before `before` and are settled everywhere and published; returns how many. Snapshots go, too."""
    old: Any = select(notice.c.id).where(
        notice.c.seen_at < before,
        ~select(delivery.c.notice).where(delivery.c.notice == notice.c.id, delivery.c.state.in_(UNSETTLED)).exists(),
        ~select(delivery.c.notice).where(delivery.c.notice == notice.c.id, delivery.c.changed_at >= before).exists(),
        ~select(outcome.c.id).where(outcome.c.notice == notice.c.id, outcome.c.published.is_(False)).exists(),
    )
    async with ledger.engine.begin() as connection:
        ids: Any = list(await connection.scalars(old.limit(1000)))
        for table, column in ((outcome, outcome.c.notice), (delivery, delivery.c.notice), (notice, notice.c.id)):
            await connection.execute(delete(table).where(column.in_(ids)))
        await connection.execute(delete(known_status).where(known_status.c.seen_at < before))
    return len(ids)
