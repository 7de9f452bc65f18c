"""Questions that the pages ask of the read model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from console import customers, rows, standing, tables, timeline
from console.command_api import Customer
from console.database import storable
from console.paging import decode_cursor, encode_cursor
from console.reader import Reader
from console.rows import Json, Row
from schemas.policy import Silence

TIMELINE = 100
ALIASES = 20
_T, _A = tables.task.c, tables.alert.c


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list shows; each empty field lets all through. `view` is open, closed or all; `q` are words that all must occur."""

    view: str = "open"
    priority: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    cause: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    q: str = ""

    def conditions(self, *, without_priority: bool = False) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [] if self.view == "all" else [_T.is_open.is_(self.view == "open")]
        for name in ("priority", "tier", "cause", "status", "owner"):
            wanted = getattr(self, name)
            if wanted and not (name == "priority" and without_priority):
                found.append(_T[name].in_(wanted))
        return found + [_T.words.contains(word, autoescape=True) for word in storable(self.q).casefold().split()]


class Queries:
    """Reads the read model; every answer is made of plain JSON values. `clock` gives seconds since 1970.

    `silence` holds where no policy was adopted since the installation began.
    """

    def __init__(self, engine: AsyncEngine, currency: str, clock: Any, silence: Silence | None = None) -> None:
        self.engine, self.currency, self.clock, self.silence = engine, currency, clock, silence or Silence()

    # -- tasks ---------------------------------------------------------------------------------------------------------------------

    async def tasks(self, wanted: TaskFilter, after: str | None, limit: int, reader: Reader) -> Json:
        """One page of tasks in the order of the queue: by priority, then by due time; closed ones by when they changed last."""
        async with self.engine.connect() as db:
            change = await self.change(db)  # before anything else: what changes while we read comes again by the live stream
            page = await self._page(db, wanted, after, limit + 1)
            shown = page[:limit]
            return {
                "change": change,
                "tasks": _for(reader, await rows.tasks(db, shown, self.clock())),
                "total": await db.scalar(select(func.count()).select_from(tables.task).where(*wanted.conditions())),
                "next": _cursor(shown[-1], wanted) if len(page) > limit else None,
                "counts": await self._counts(db, wanted),
                "owners": [owner for (owner,) in await db.execute(select(_T.owner).where(_T.is_open).distinct().order_by(_T.owner))],
                "last_event_at": rows.iso(await _last_arrival(db)),
            }

    async def _page(self, db: AsyncConnection, wanted: TaskFilter, after: str | None, limit: int) -> Sequence[Any]:
        place = (_T.id, _T.priority, _T.settled, _T.due_at, _T.changed_at)
        statement: Select[Any] = rows.snapshots(tables.task, *place).where(*wanted.conditions())
        if wanted.view == "open":
            statement = statement.order_by(_T.priority, _T.settled, _T.due_at, _T.id)
        else:
            statement = statement.order_by(_T.changed_at.desc(), _T.id.desc())
        if after:
            statement = statement.where(_beyond(after, wanted))
        return list(await db.execute(statement.limit(limit)))

    async def _counts(self, db: AsyncConnection, wanted: TaskFilter) -> Json:
        conditions = wanted.conditions(without_priority=True)
        found = await db.execute(select(_T.priority, func.count()).where(*conditions).group_by(_T.priority))
        counts = {**dict.fromkeys(("P1", "P2", "P3", "P4"), 0), **{row[0]: row[1] for row in found}}
        overdue_now = and_(_T.is_open, _T.settled == 0, _T.due_at < self.clock())
        overdue = await db.scalar(select(func.count()).select_from(tables.task).where(*conditions, overdue_now))
        return {**counts, "overdue": overdue}

    async def task(self, task_id: str, reader: Reader) -> Json | None:
        """Everything about a task, or None."""
        async with self.engine.connect() as db:
            change = await self.change(db)
            found = (await db.execute(rows.snapshots(tables.task).where(_T.id == task_id))).first()
            if found is None:
                return None
            (row,) = await rows.tasks(db, [found], self.clock())
            customer = json.loads(found.snapshot)["customer"]
            d, c = tables.delivery.c, tables.command.c
            deliveries = (await db.execute(select(tables.delivery).where(d.about == task_id).order_by(d.at, d.id))).mappings()
            asked = (await db.execute(rows.with_verdicts().where(c.task == task_id).order_by(c.at))).mappings()
            return {
                "change": change,
                **row.render(reader),
                **rows.task_details(json.loads(found.snapshot), reader),
                "followed_by": await db.scalar(select(_T.id).where(_T.follows == task_id)),
                **await self._standing(db, customer, reader),
                "chances": await standing.chances(db, tables.chance.c.customer == customer, reader),
                "history": await self._entries(db, tables.entry.c.about == task_id, reader),
                "deliveries": [rows.delivery(one) for one in deliveries],
                "commands": _for(reader, rows.commands(asked)),
            }

    async def task_rows(self, ids: Sequence[str]) -> list[Row]:
        """Rows of these tasks, as they stand."""
        async with self.engine.connect() as db:
            found = (await db.execute(rows.snapshots(tables.task).where(_T.id.in_(ids)))).all()
            return await rows.tasks(db, found, self.clock())

    async def customers_of(self, task_ids: Sequence[str]) -> dict[str, Customer]:
        """Task id -> customer, of those that are known."""
        wanted = select(_T.id, _T.customer, _T.customer_name).where(_T.id.in_([storable(one) for one in task_ids]))
        async with self.engine.connect() as db:
            return {row.id: Customer(row.customer, row.customer_name) for row in await db.execute(wanted)}

    # -- alerts --------------------------------------------------------------------------------------------------------------------

    async def alerts(self, view: str, reader: Reader, limit: int = 500) -> Json:
        """Alerts by value at risk, the highest first; resolved ones by when."""
        active = view != "resolved"
        order = (_A.value.desc(), _A.id) if active else (_A.changed_at.desc(), _A.id)
        async with self.engine.connect() as db:
            change = await self.change(db)
            found = await db.execute(rows.snapshots(tables.alert).where(_A.active.is_(active)).order_by(*order).limit(limit))
            total = await db.scalar(select(func.count()).select_from(tables.alert).where(_A.active.is_(active)))
            return {"change": change, "alerts": _for(reader, [rows.alert(row, self.currency) for row in found]), "total": total}

    async def alert(self, alert_id: str, reader: Reader) -> Json | None:
        async with self.engine.connect() as db:
            change = await self.change(db)
            found = (await db.execute(rows.snapshots(tables.alert).where(_A.id == alert_id))).first()
            if found is None:
                return None
            history = await self._entries(db, tables.entry.c.about == alert_id, reader)
            alert = rows.alert(found, self.currency).render(reader)
            return {
                "change": change,
                **alert,
                **await self._standing(db, alert["customer"], reader),
                "chances": await standing.chances(db, tables.chance.c.alert == alert_id, reader),
                "history": history,
            }

    async def alert_rows(self, ids: Sequence[str]) -> list[Row]:
        """Rows of these alerts, as they stand."""
        async with self.engine.connect() as db:
            return [rows.alert(row, self.currency) for row in await db.execute(rows.snapshots(tables.alert).where(_A.id.in_(ids)))]

    # -- customers -----------------------------------------------------------------------------------------------------------------

    async def customer(self, customer_id: str, reader: Reader) -> Json | None:
        """A customer with open tasks, the alert and the newest of the timeline, or None."""
        async with self.engine.connect() as db:
            change = await self.change(db)
            found = (await db.execute(select(tables.customer).where(tables.customer.c.id == customer_id))).mappings().first()
            if found is None:
                return None
            c = tables.alias.c
            called = select(c.alias).where(c.customer == customer_id).order_by(c.alias).limit(ALIASES)
            return {
                "change": change,
                **{name: found[name] for name in ("id", "name", "tier", "hic", "chance")},
                **customers.shown(found["known"], reader),
                **await self._standing(db, customer_id, reader),
                "chances": await standing.chances(db, tables.chance.c.customer == customer_id, reader),
                "aliases": list(await db.scalars(called)),
                "currency": self.currency,
                **await self._open_work(db, customer_id, reader),
                **await self._timeline(db, customer_id, None, reader),
            }

    async def _standing(self, db: AsyncConnection, customer_id: str, reader: Reader) -> Json:
        """How the customer of a page stands, and their rhythm."""
        c = tables.customer.c
        known = await db.scalar(select(c.known).where(c.id == customer_id))
        return {
            "standing": {
                **standing.standing(known, reader, self.currency),
                "last_answer": await standing.last_answer(db, customer_id, reader),
            },
            "rhythm": await standing.rhythm(db, customer_id, self.clock(), self.silence),
        }

    async def _open_work(self, db: AsyncConnection, customer_id: str, reader: Reader) -> Json:
        mine = rows.snapshots(tables.task).where(_T.customer == customer_id, _T.is_open).order_by(_T.priority, _T.settled, _T.due_at)
        tasks = await rows.tasks(db, (await db.execute(mine)).all(), self.clock())
        leaving = rows.snapshots(tables.alert).where(_A.customer == customer_id, _A.active).order_by(_A.changed_at.desc())
        alert = (await db.execute(leaving)).first()
        return {"tasks": _for(reader, tasks), "alert": rows.alert(alert, self.currency).render(reader) if alert else None}

    async def timeline(self, customer_id: str, after: str | None, reader: Reader) -> Json:
        async with self.engine.connect() as db:
            return await self._timeline(db, customer_id, after, reader)

    async def _timeline(self, db: AsyncConnection, customer_id: str, after: str | None, reader: Reader) -> Json:
        e = tables.entry.c
        statement = select(tables.entry).where(e.customer == customer_id).order_by(e.at.desc(), e.step.desc(), e.id.desc())
        if after:
            at, step, entry_id = decode_cursor(after, float, int, str)
            statement = statement.where(tuple_(e.at, e.step, e.id) < tuple_(at, step, entry_id))
        found = (await db.execute(statement.limit(TIMELINE + 1))).mappings().all()
        last = found[TIMELINE - 1] if len(found) > TIMELINE else None
        following = None if last is None else encode_cursor(last["at"], last["step"], last["id"])
        return {"timeline": [_entry(row, reader) for row in found[:TIMELINE]], "next": following}

    async def _entries(self, db: AsyncConnection, condition: ColumnElement[bool], reader: Reader) -> list[Json]:
        e = tables.entry.c
        found = await db.execute(
            select(tables.entry).where(condition).order_by(e.at.desc(), e.step.desc(), e.id.desc()).limit(TIMELINE * 2)
        )
        return [_entry(row, reader) for row in found.mappings()]

    # -- the rest ------------------------------------------------------------------------------------------------------------------

    async def change(self, db: AsyncConnection) -> int:
        """The number of the newest change."""
        return await db.scalar(select(func.max(tables.change.c.number))) or 0

    async def last_event_at(self) -> float | None:
        async with self.engine.connect() as db:
            return await _last_arrival(db)


def _for(reader: Reader, found: Sequence[Row]) -> list[Json]:
    return [row.render(reader) for row in found]


def _entry(row: Any, reader: Reader) -> Json:
    return timeline.entry(row, rows.iso(row["at"]), reader)


async def _last_arrival(db: AsyncConnection) -> float | None:
    latest: float | None = await db.scalar(select(func.max(tables.source.c.last_arrived_at)))
    return latest


def _cursor(row: Any, wanted: TaskFilter) -> str:
    return encode_cursor(row.priority, row.settled, row.due_at, row.id) if wanted.view == "open" else encode_cursor(row.changed_at, row.id)


def _beyond(after: str, wanted: TaskFilter) -> ColumnElement[bool]:
    if wanted.view == "open":
        return tuple_(_T.priority, _T.settled, _T.due_at, _T.id) > tuple_(*decode_cursor(after, str, int, float, str))
    return tuple_(_T.changed_at, _T.id) < tuple_(*decode_cursor(after, float, str))
