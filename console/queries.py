"""Questions that the pages ask of the read model."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from console import rows, tables
from console.rows import Json

TIMELINE = 100
_T = tables.task.c


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
        return found + [_T.words.contains(word, autoescape=True) for word in self.q.casefold().split()]


class Queries:
    """Reads the read model; every answer is made of plain JSON values. `clock` gives seconds since 1970."""

    def __init__(self, engine: AsyncEngine, currency: str, clock: Any) -> None:
        self.engine, self.currency, self.clock = engine, currency, clock

    # -- tasks ---------------------------------------------------------------------------------------------------------------------

    async def tasks(self, wanted: TaskFilter, after: str | None, limit: int) -> Json:
        """One page of tasks in the order of the queue: by priority, then by due time; closed ones by when they changed last."""
        async with self.engine.connect() as db:
            page = await self._page(db, wanted, after, limit + 1)
            shown = page[:limit]
            return {
                "tasks": await rows.tasks(db, [row.snapshot for row in shown], self.clock()),
                "total": await db.scalar(select(func.count()).select_from(tables.task).where(*wanted.conditions())),
                "next": _cursor(shown[-1], wanted) if len(page) > limit else None,
                "counts": await self._counts(db, wanted),
                "owners": [owner for (owner,) in await db.execute(select(_T.owner).where(_T.is_open).distinct().order_by(_T.owner))],
                "change": await self.change(db),
                "last_event_at": rows.iso(await _last_arrival(db)),
            }

    async def _page(self, db: AsyncConnection, wanted: TaskFilter, after: str | None, limit: int) -> Sequence[Any]:
        statement: Select[Any] = select(_T.id, _T.priority, _T.due_at, _T.changed_at, _T.snapshot).where(*wanted.conditions())
        if wanted.view == "open":
            statement = statement.order_by(_T.priority, _T.due_at, _T.id)
        else:
            statement = statement.order_by(_T.changed_at.desc(), _T.id.desc())
        if after:
            statement = statement.where(_beyond(after, wanted))
        return list(await db.execute(statement.limit(limit)))

    async def _counts(self, db: AsyncConnection, wanted: TaskFilter) -> Json:
        conditions = wanted.conditions(without_priority=True)
        found = await db.execute(select(_T.priority, func.count()).where(*conditions).group_by(_T.priority))
        counts = {**dict.fromkeys(("P1", "P2", "P3", "P4"), 0), **{row[0]: row[1] for row in found}}
        waiting = and_(_T.is_open, _T.status.not_in(["contacted"]), _T.due_at < self.clock())
        overdue = await db.scalar(select(func.count()).select_from(tables.task).where(*conditions, waiting))
        return {**counts, "overdue": overdue}

    async def task(self, task_id: str) -> Json | None:
        """Everything about a task, or None."""
        async with self.engine.connect() as db:
            snapshot = await db.scalar(select(_T.snapshot).where(_T.id == task_id))
            if snapshot is None:
                return None
            known = json.loads(snapshot)
            (row,) = await rows.tasks(db, [snapshot], self.clock())
            d, c = tables.delivery.c, tables.command.c
            told = (await db.execute(select(tables.delivery).where(d.about == task_id).order_by(d.at, d.id))).mappings()
            asked = (await db.execute(rows.with_verdicts().where(c.task == task_id).order_by(c.at))).mappings()
            return {
                **row,
                **{name: known.get(name) for name in ("hic_because", "addends", "evidence", "follows", "resolution", "basis")},
                "followed_by": await db.scalar(select(_T.id).where(_T.follows == task_id)),
                "history": await self._entries(db, tables.entry.c.about == task_id),
                "deliveries": [rows.delivery(one) for one in told],
                "commands": rows.commands(asked),
            }

    async def task_rows(self, ids: Sequence[str]) -> list[Json]:
        """Rows of these tasks, as they stand."""
        async with self.engine.connect() as db:
            found = await db.execute(select(_T.snapshot).where(_T.id.in_(ids)))
            return await rows.tasks(db, [row.snapshot for row in found], self.clock())

    async def customers_of(self, task_ids: Sequence[str]) -> dict[str, str]:
        """Task id -> customer id, of those that are known."""
        async with self.engine.connect() as db:
            return {row.id: row.customer for row in await db.execute(select(_T.id, _T.customer).where(_T.id.in_(task_ids)))}

    # -- alerts --------------------------------------------------------------------------------------------------------------------

    async def alerts(self, view: str, limit: int = 500) -> Json:
        """Alerts by value at risk, the highest first; resolved ones by when."""
        a = tables.alert.c
        active = view != "resolved"
        order = (a.value.desc(), a.id) if active else (a.changed_at.desc(), a.id)
        async with self.engine.connect() as db:
            found = await db.execute(select(a.snapshot).where(a.active.is_(active)).order_by(*order).limit(limit))
            total = await db.scalar(select(func.count()).select_from(tables.alert).where(a.active.is_(active)))
            return {"alerts": [rows.alert(row.snapshot, self.currency) for row in found], "total": total}

    async def alert(self, alert_id: str) -> Json | None:
        async with self.engine.connect() as db:
            snapshot = await db.scalar(select(tables.alert.c.snapshot).where(tables.alert.c.id == alert_id))
            if snapshot is None:
                return None
            history = await self._entries(db, tables.entry.c.about == alert_id)
            return {**rows.alert(snapshot, self.currency), "history": history}

    # -- customers -----------------------------------------------------------------------------------------------------------------

    async def customer(self, customer_id: str) -> Json | None:
        """A customer with open tasks, the alert and the newest of the timeline, or None."""
        async with self.engine.connect() as db:
            found = (await db.execute(select(tables.customer).where(tables.customer.c.id == customer_id))).mappings().first()
            if found is None:
                return None
            mine = await db.execute(select(_T.snapshot).where(_T.customer == customer_id, _T.is_open).order_by(_T.priority, _T.due_at))
            a = tables.alert.c
            alert = await db.scalar(select(a.snapshot).where(a.customer == customer_id, a.active).order_by(a.changed_at.desc()))
            shown = ("id", "name", "tier", "tier_because", "hic", "hic_because", "owner", "annual_value", "renews_on")
            return {
                **{name: found[name] for name in shown},
                "currency": self.currency,
                "labels": json.loads(found["labels"] or "{}"),
                "tasks": await rows.tasks(db, [row.snapshot for row in mine], self.clock()),
                "alert": rows.alert(alert, self.currency) if alert else None,
                **await self._timeline(db, customer_id, None),
            }

    async def timeline(self, customer_id: str, after: str | None) -> Json:
        async with self.engine.connect() as db:
            return await self._timeline(db, customer_id, after)

    async def _timeline(self, db: AsyncConnection, customer_id: str, after: str | None) -> Json:
        e = tables.entry.c
        statement = select(tables.entry).where(e.customer == customer_id).order_by(e.at.desc(), e.kind.desc(), e.id.desc())
        if after:
            at, kind, entry_id = _opened(after, float, str, str)
            statement = statement.where(tuple_(e.at, e.kind, e.id) < tuple_(at, kind, entry_id))
        found = (await db.execute(statement.limit(TIMELINE + 1))).mappings().all()
        last = found[TIMELINE - 1] if len(found) > TIMELINE else None
        following = None if last is None else _sealed([last["at"], last["kind"], last["id"]])
        return {"timeline": [rows.entry(row) for row in found[:TIMELINE]], "next": following}

    async def _entries(self, db: AsyncConnection, condition: ColumnElement[bool]) -> list[Json]:
        e = tables.entry.c
        found = await db.execute(
            select(tables.entry).where(condition).order_by(e.at.desc(), e.kind.desc(), e.id.desc()).limit(TIMELINE * 2)
        )
        return [rows.entry(row) for row in found.mappings()]

    async def search(self, q: str, limit: int = 20) -> Json:
        """Customers and tasks in which all words occur; customers who matter most first."""
        words = q.casefold().split()
        c = tables.customer.c
        async with self.engine.connect() as db:
            named = select(c.id, c.name, c.tier, c.hic).where(*[c.words.contains(word, autoescape=True) for word in words])
            found = (await db.execute(named.order_by(c.hic.desc(), c.tier, c.name).limit(limit))).all()
            ids = [row.id for row in found]
            counted = await db.execute(select(_T.customer, func.count()).where(_T.customer.in_(ids), _T.is_open).group_by(_T.customer))
            open_tasks = {row[0]: row[1] for row in counted}
            a = tables.alert.c
            levels = {
                row.customer: json.loads(row.snapshot)["level"]
                for row in await db.execute(select(a.customer, a.snapshot).where(a.customer.in_(ids), a.active))
            }
            wanted = TaskFilter(view="all", q=q)
            hits = await db.execute(select(_T.snapshot).where(*wanted.conditions()).order_by(_T.is_open.desc(), _T.priority).limit(limit))
            shown = ("id", "customer_name", "sentence", "priority", "status")
            return {
                "customers": [
                    {
                        "id": r.id,
                        "name": r.name,
                        "tier": r.tier,
                        "hic": r.hic,
                        "open_tasks": open_tasks.get(r.id, 0),
                        "level": levels.get(r.id),
                    }
                    for r in found
                ],
                "tasks": [{name: json.loads(row.snapshot).get(name) for name in shown} for row in hits],
            }

    # -- the rest ------------------------------------------------------------------------------------------------------------------

    async def change(self, db: AsyncConnection) -> int:
        """The number of the newest change."""
        return await db.scalar(select(func.max(tables.change.c.number))) or 0

    async def last_event_at(self) -> float | None:
        async with self.engine.connect() as db:
            return await _last_arrival(db)

    async def dead_letters(self, after: str | None, limit: int = 50) -> Json:
        d, r = tables.dead_letter.c, tables.replayed.c
        statement = select(tables.dead_letter, r.at.label("replayed_at")).join(tables.replayed, r.id == d.id, isouter=True)
        if after:
            at, letter = _opened(after, float, str)
            statement = statement.where(or_(d.at < at, and_(d.at == at, d.id < letter)))
        async with self.engine.connect() as db:
            found = (await db.execute(statement.order_by(d.at.desc(), d.id.desc()).limit(limit + 1))).mappings().all()
            total = await db.scalar(select(func.count()).select_from(tables.dead_letter))
        last = found[limit - 1] if len(found) > limit else None
        letters = [rows.dead_letter(row, base64.b64decode(row["value"] or "")) for row in found[:limit]]
        return {"letters": letters, "total": total, "next": _sealed([last["at"], last["id"]]) if last else None}

    async def dead_letter(self, letter_id: str) -> Json | None:
        d, r = tables.dead_letter.c, tables.replayed.c
        statement = select(tables.dead_letter, r.at.label("replayed_at")).join(tables.replayed, r.id == d.id, isouter=True)
        async with self.engine.connect() as db:
            row = (await db.execute(statement.where(d.id == letter_id))).mappings().first()
        if row is None:
            return None
        value = base64.b64decode(row["value"] or "")
        key = base64.b64decode(row["key"]).decode("utf-8", "replace") if row["key"] else None
        shown = {"key": key, "value_text": value.decode("utf-8", "replace"), "headers": json.loads(row["headers"])}
        return {**rows.dead_letter(row, value), **shown}


async def _last_arrival(db: AsyncConnection) -> float | None:
    latest: float | None = await db.scalar(select(func.max(tables.source.c.last_arrived_at)))
    return latest


def _cursor(row: Any, wanted: TaskFilter) -> str:
    return _sealed([row.priority, row.due_at, row.id] if wanted.view == "open" else [row.changed_at, row.id])


def _beyond(after: str, wanted: TaskFilter) -> ColumnElement[bool]:
    if wanted.view == "open":
        return tuple_(_T.priority, _T.due_at, _T.id) > tuple_(*_opened(after, str, float, str))
    return tuple_(_T.changed_at, _T.id) < tuple_(*_opened(after, float, str))


def _sealed(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


class BadCursor(ValueError):
    """`after` is none that a list has given."""


def _opened(cursor: str, *kinds: type) -> list[Any]:
    """The place that a cursor names: one value of each kind."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor))
        fits = len(place) == len(kinds) and all(isinstance(part, kind) for part, kind in zip(place, kinds, strict=True))
    except (ValueError, TypeError, RecursionError):
        fits = False
    if not fits:
        raise BadCursor("`after` is not a cursor that this list has given: begin without it")
    return list(place)
