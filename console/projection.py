"""The projection: batches of records into the read model, each batch with the positions it came from in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from console import tables
from console.database import upsert
from console.fold import Patch, Record, Rows, fold

CHANGES_KEPT = 50_000
"""So far back a browser that was cut off can catch up; beyond that it loads everything anew."""
_NEWEST = {tables.task.name: "version", tables.alert.name: "version"}
_PLAIN = (
    (tables.task, False),
    (tables.alert, False),
    (tables.entry, False),
    (tables.command, True),
    (tables.verdict, True),
    (tables.delivery, False),
    (tables.dead_letter, True),
    (tables.replayed, True),
    (tables.waiting, False),
    (tables.happening, True),
)
"""Tables whose rows are written as they come, and whether the first is kept."""

Positions = dict[tuple[str, int], int]
"""(topic, partition) -> the offset to go on from."""


class Projection:
    """Writes the read model. There is one writer; readers use the same database beside it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.unread = 0
        self.written = 0

    async def open(self) -> Positions:
        """Make the tables, anew where an older version of them is there; the positions to go on from."""
        async with self.engine.begin() as connection:
            if await self._version(connection) != tables.READ_MODEL_VERSION:
                await connection.run_sync(tables.READ_MODEL.drop_all)
                await connection.run_sync(tables.READ_MODEL.create_all)
                await connection.execute(insert(tables.meta), {"name": "version", "value": tables.READ_MODEL_VERSION})
            found = await connection.execute(select(tables.position))
            return {(row.topic, row.partition): row.next for row in found}

    async def _version(self, connection: AsyncConnection) -> str | None:
        await connection.run_sync(tables.meta.create, checkfirst=True)
        return await connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == "version"))

    async def forget(self) -> None:
        """Drop the whole read model: the next start reads the topics from their beginning."""
        async with self.engine.begin() as connection:
            await connection.run_sync(tables.READ_MODEL.drop_all)

    async def apply(self, records: Sequence[Record]) -> bool:
        """Write a batch; whether the board has something new to show."""
        if not records:
            return False
        rows = fold(records)
        self.unread += rows.unread
        positions = {(r.topic, r.partition): r.offset + 1 for r in records}
        async with self.engine.begin() as connection:
            await self._write(connection, rows)
            moved = [{"topic": topic, "partition": partition, "next": at} for (topic, partition), at in positions.items()]
            await upsert(connection, tables.position, moved)
        self.written += len(records)
        return bool(rows.changes)

    async def _write(self, connection: AsyncConnection, rows: Rows) -> None:
        for table, keep in _PLAIN:
            if rows.rows.get(table.name):
                await upsert(connection, table, rows.rows[table.name], newer=_NEWEST.get(table.name), keep=keep)
        if rows.not_waiting:
            await connection.execute(delete(tables.waiting).where(tables.waiting.c.fact.in_(rows.not_waiting)))
        await _patch(connection, rows.patches)
        await _count(connection, rows)
        await _erase(connection, rows)
        await _tell(connection, rows)


async def _patch(connection: AsyncConnection, patches: Sequence[Patch]) -> None:
    ids = sorted({patch.customer for patch in patches})
    if not ids:
        return
    known = {row["id"]: dict(row) for row in await _customers(connection, ids)}
    for patch in patches:
        customer = known.setdefault(patch.customer, _stranger(patch.customer))
        _put(customer, patch)
    for customer in known.values():
        customer["words"] = " ".join(str(customer[k]) for k in ("id", "name", "owner") if customer[k]).casefold()
    await upsert(connection, tables.customer, list(known.values()))


async def _customers(connection: AsyncConnection, ids: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), 500):
        result = await connection.execute(select(tables.customer).where(tables.customer.c.id.in_(ids[start : start + 500])))
        found += result.mappings()
    return found


def _stranger(customer: str) -> dict[str, Any]:
    empty = {column.name: None for column in tables.customer.columns}
    since = {"tier_at": 0.0, "hic_at": 0.0, "profile_at": 0.0, "renewal_at": 0.0}
    return {**empty, **since, "id": customer, "tier": "unknown", "hic": False, "words": ""}


def _put(customer: dict[str, Any], patch: Patch) -> None:
    """What is newer replaces; what is older fills only what is not known yet."""
    if patch.aspect is None:
        return
    newer = patch.at >= customer[f"{patch.aspect}_at"]
    for name, value in patch.values.items():
        if newer or customer[name] is None:
            customer[name] = value
    if newer:
        customer[f"{patch.aspect}_at"] = patch.at


async def _count(connection: AsyncConnection, rows: Rows) -> None:
    if rows.sources:
        found = await connection.execute(select(tables.source).where(tables.source.c.source.in_(rows.sources)))
        known = {row.source: row for row in found}
        counted = [
            {
                "source": name,
                "facts": count + (known[name].facts if name in known else 0),
                "last_event_at": max(event, known[name].last_event_at if name in known else 0.0),
                "last_arrived_at": max(arrived, known[name].last_arrived_at if name in known else 0.0),
            }
            for name, (count, event, arrived) in rows.sources.items()
        ]
        await upsert(connection, tables.source, counted)
    if rows.minutes:
        result = await connection.execute(select(tables.minute).where(tables.minute.c.minute.in_(rows.minutes)))
        before = {row.minute: row for row in result}
        summed = [
            {
                "minute": minute,
                "facts": counter["facts"] + (before[minute].facts if minute in before else 0),
                "decisions": counter["decisions"] + (before[minute].decisions if minute in before else 0),
            }
            for minute, counter in rows.minutes.items()
        ]
        await upsert(connection, tables.minute, summed)


async def _erase(connection: AsyncConnection, rows: Rows) -> None:
    """Whom the company must forget is forgotten here too, whichever topic is read first."""
    if rows.erased:
        await upsert(connection, tables.erased, [{"customer": name, "at": at} for name, at in rows.erased.items()], newer="at")
    seen = {patch.customer for patch in rows.patches} | set(rows.erased)
    found = await connection.execute(select(tables.erased).where(tables.erased.c.customer.in_(seen)))
    for customer, at in [(row.customer, row.at) for row in found]:
        for table in (tables.entry, tables.command, tables.delivery):
            await connection.execute(delete(table).where(table.c.customer == customer, table.c.at <= at))
        for table in (tables.task, tables.alert):
            await connection.execute(delete(table).where(table.c.customer == customer, table.c.changed_at <= at))
        left = await connection.scalar(select(func.count()).select_from(tables.entry).where(tables.entry.c.customer == customer))
        if not left:
            await connection.execute(delete(tables.customer).where(tables.customer.c.id == customer))


async def _tell(connection: AsyncConnection, rows: Rows) -> None:
    if not rows.changes:
        return
    await connection.execute(insert(tables.change), [{"kind": kind, "ref": ref} for kind, ref in rows.changes])
    newest = await connection.scalar(select(func.max(tables.change.c.number))) or 0
    await connection.execute(delete(tables.change).where(tables.change.c.number <= newest - CHANGES_KEPT))
