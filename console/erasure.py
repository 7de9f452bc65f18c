"""Whom the company must forget is forgotten here too, whichever topic is read first."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import tables
from console.customers import known_of, row_of
from console.database import upsert
from console.fold import Rows

_BY_TIME = (tables.entry, tables.command, tables.verdict, tables.delivery, tables.alias, tables.chance)
_BY_CHANGE = (tables.task, tables.alert)


async def forget(db: AsyncConnection, rows: Rows) -> None:
    """Remove what a batch, or one before it, says of customers who were erased, up to the time of their erasure."""
    if rows.erased:
        await upsert(db, tables.erased, [{"customer": name, "at": at} for name, at in rows.erased.items()], newer="at")
    if not rows.customers:
        return
    e = tables.erased.c
    found = (await db.execute(select(tables.erased).where(e.customer.in_(rows.customers)))).all()
    for row in found:
        await _forget(db, row.customer, row.at)


async def _forget(db: AsyncConnection, customer: str, at: float) -> None:
    for table in _BY_TIME:
        await db.execute(delete(table).where(table.c.customer == customer, table.c.at <= at))
    for table in _BY_CHANGE:
        await db.execute(delete(table).where(table.c.customer == customer, table.c.changed_at <= at))
    known = {name: kept for name, kept in (await known_of(db, [customer])).get(customer, {}).items() if kept[0] > at}
    left = [await db.scalar(select(func.count()).select_from(t).where(t.c.customer == customer)) for t in (*_BY_TIME, *_BY_CHANGE)]
    if known or any(left):
        await upsert(db, tables.customer, [row_of(customer, known)])
    else:
        await db.execute(delete(tables.customer).where(tables.customer.c.id == customer))
