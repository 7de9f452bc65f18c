"""The projection: batches of records into the read model, each batch with the positions it came from in one transaction."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Connection, MetaData, Table, delete, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from console import tables
from console.customers import patch
from console.database import alone, blames_the_data, upsert
from console.erasure import forget
from console.fold import Rows, fold
from schemas.failures import said
from schemas.record import Record

log = structlog.get_logger(__name__)

CHANGES_KEPT = 50_000
"""So far back a browser that was cut off can catch up; beyond that it loads everything anew."""
MINUTES_KEPT = 1_440
FEED_HOURS_KEPT = 8 * 7 * 24
"""Of each feed: eight weeks of one that never pauses, years of a weekly upload."""
_NEWEST = {
    tables.task.name: "version",
    tables.alert.name: "version",
    tables.alias.name: "at",
    tables.entry.name: "at",
    tables.policy.name: "at",
}
_PLAIN = (
    (tables.task, False),
    (tables.alert, False),
    (tables.chance, False),
    (tables.policy, False),
    (tables.alias, False),
    (tables.entry, False),
    (tables.command, True),
    (tables.verdict, True),
    (tables.delivery, False),
    (tables.dead_letter, True),
    (tables.replayed, True),
    (tables.unresolved, False),
    (tables.service_event, True),
)
"""Tables whose rows are written as they come, and whether the first is kept."""

Positions = dict[tuple[str, int], int]
"""(topic, partition) -> the offset to go on from."""


class Superseded(RuntimeError):
    """The read model was begun anew by somebody else: open it again, and go on from its positions."""


class Projection:
    """Writes the read model. Several may write the same one: who has a record first writes it, the others pass over it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.unread = 0
        self.written = 0
        self._edition: str | None = None

    async def open(self, origin: str | None = None) -> Positions:
        """The positions to go on from. Begins anew where the tables are of an older version, or the model of another origin.

        `origin` names the cluster and the topics; None where they are not known yet.
        """
        async with alone(self.engine) as db:
            await db.run_sync(tables.meta.create, checkfirst=True)
            known = await _meta(db)
            another = origin is not None and known.get("origin", "") not in {"", origin}
            if another:
                log.warning("the read model was made of another cluster or other topics: it is begun anew", was=known["origin"], now=origin)
            if known.get("version") != tables.READ_MODEL_VERSION or another:
                known = await _begin(db, origin or "")
            elif origin:
                await db.execute(update(tables.meta).where(tables.meta.c.name == "origin").values(value=origin))
            self._edition = known["edition"]
            return await _positions(db)

    async def rebuild(self, origin: str = "") -> Positions:
        """Drop the whole read model and begin anew: the positions to go on from, none."""
        async with alone(self.engine) as db:
            await db.run_sync(tables.meta.create, checkfirst=True)
            self._edition = (await _begin(db, origin))["edition"]
        return {}

    async def ping(self) -> None:
        """Return where the database answers."""
        async with self.engine.connect() as db:
            await db.execute(select(1))

    async def apply(self, records: Sequence[Record]) -> bool:
        """Write a batch; whether the board has something new to show. What was written before is passed over. Raises Superseded."""
        if not records:
            return False
        try:
            return await self._apply(records)
        except (DBAPIError, OverflowError) as error:
            if not blames_the_data(error):
                raise
            if len(records) > 1:  # find the one that the database does not take
                return any([await self.apply([record]) for record in records])
            place = {"topic": records[0].topic, "partition": records[0].partition, "offset": records[0].offset}
            log.error("the database does not take a record, which is not shown", **place, error=said(error))  # noqa: TRY400
            self.unread += 1
            return False

    async def _apply(self, records: Sequence[Record]) -> bool:
        async with alone(self.engine) as db:
            if (await _meta(db)).get("edition") != self._edition:
                raise Superseded
            known = await _positions(db)
            fresh = [record for record in records if record.offset >= known.get((record.topic, record.partition), 0)]
            rows = fold(fresh)
            await _write(db, rows)
            moved = {(record.topic, record.partition): record.offset + 1 for record in fresh}
            await upsert(db, tables.position, [{"topic": t, "partition": p, "next": at} for (t, p), at in moved.items()])
        self.written += len(fresh)
        self.unread += rows.unread
        return bool(rows.changes)


async def _meta(db: AsyncConnection) -> dict[str, str]:
    return {row.name: row.value for row in await db.execute(select(tables.meta))}


async def _positions(db: AsyncConnection) -> Positions:
    return {(row.topic, row.partition): row.next for row in await db.execute(select(tables.position))}


async def _begin(db: AsyncConnection, origin: str) -> dict[str, str]:
    """Make all tables anew. The numbers of changes go on where no browser has been before."""
    await db.run_sync(_drop_all)
    await db.run_sync(tables.READ_MODEL.create_all)
    known = {"version": tables.READ_MODEL_VERSION, "origin": origin, "edition": secrets.token_hex(8)}
    await db.execute(insert(tables.meta), [{"name": name, "value": value} for name, value in known.items()])
    await db.execute(insert(tables.change), {"number": int(time.time() * 1_000_000), "kind": "begun", "ref": ""})
    return known


def _drop_all(connection: Connection) -> None:
    """Also the tables of an older version that are called otherwise now."""
    for name in inspect(connection).get_table_names():
        if name.startswith(tables.PREFIX):
            Table(name, MetaData()).drop(connection)


async def _write(db: AsyncConnection, rows: Rows) -> None:
    for table, keep in _PLAIN:
        if rows.rows.get(table.name):
            await upsert(db, table, rows.rows[table.name], newer=_NEWEST.get(table.name), keep=keep)
    if rows.resolved:
        await db.execute(delete(tables.unresolved).where(tables.unresolved.c.fact.in_(rows.resolved)))
    for customer in await patch(db, rows):
        await _show_again(db, rows, customer)
    await forget(db, rows)
    await _count(db, tables.source, rows.sources, ("last_event_at", "last_arrived_at"))
    await _count(db, tables.feed, rows.feeds, ("last_arrived_at",))
    await _note_hours(db, rows)
    await _count_minutes(db, rows)
    await _write_changes(db, rows)


async def _show_again(db: AsyncConnection, rows: Rows, customer: str) -> None:
    """The chance of leaving of a customer is another now: everything that shows it."""
    t, a = tables.task.c, tables.alert.c
    shows_it = {"task": select(t.id).where(t.customer == customer, t.is_open), "alert": select(a.id).where(a.customer == customer)}
    for kind, statement in shows_it.items():
        for ref in await db.scalars(statement):
            rows.changed(kind, ref)


async def _count(db: AsyncConnection, table: Table, found: Mapping[str, list[float]], latest: Sequence[str]) -> None:
    """Add what this batch holds to the counts by source or feed: facts, and then the latest moments in the order of their columns."""
    if not found:
        return
    (name,) = table.primary_key.columns
    known: dict[str, Any] = {row[name.name]: row for row in (await db.execute(select(table).where(name.in_(found)))).mappings()}
    counted = []
    for key, (facts, *moments) in found.items():
        before = known.get(key, {})
        ends = {column: max(moment, before.get(column, moment)) for column, moment in zip(latest, moments, strict=True)}
        counted.append({name.name: key, "facts": facts + before.get("facts", 0), **ends})
    await upsert(db, table, counted)


async def _note_hours(db: AsyncConnection, rows: Rows) -> None:
    h = tables.feed_hour.c
    for feed, hours in rows.feed_hours.items():
        await upsert(db, tables.feed_hour, [{"feed": feed, "hour": hour} for hour in hours], keep=True)
        newest = select(h.hour).where(h.feed == feed).order_by(h.hour.desc()).limit(FEED_HOURS_KEPT)
        await db.execute(delete(tables.feed_hour).where(h.feed == feed, h.hour.not_in(newest)))


async def _count_minutes(db: AsyncConnection, rows: Rows) -> None:
    if not rows.minutes:
        return
    m = tables.minute.c
    known: dict[int, Any] = {row.minute: row for row in await db.execute(select(tables.minute).where(m.minute.in_(rows.minutes)))}
    summed = [
        {"minute": minute, **{name: count[name] + (getattr(known[minute], name) if minute in known else 0) for name in _COUNTED}}
        for minute, count in rows.minutes.items()
    ]
    await upsert(db, tables.minute, summed)
    latest = await db.scalar(select(func.max(m.minute))) or 0
    await db.execute(delete(tables.minute).where(m.minute <= latest - MINUTES_KEPT))


_COUNTED = ("facts", "decisions")


async def _write_changes(db: AsyncConnection, rows: Rows) -> None:
    """The changes, numbered by the one who writes alone: no reader ever sees a number before one that comes in front of it."""
    if not rows.changes:
        return
    number = tables.change.c.number
    newest = await db.scalar(select(func.max(number))) or 0
    changes = [{"number": newest + n, "kind": kind, "ref": ref} for n, (kind, ref) in enumerate(rows.changes, 1)]
    await db.execute(insert(tables.change), changes)
    await db.execute(delete(tables.change).where(number <= newest + len(changes) - CHANGES_KEPT))
