"""The search: customers and tasks in which all words occur."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import tables
from console.queries import Queries, TaskFilter
from console.reader import Reader
from console.rows import Json

_C, _T, _A = tables.customer.c, tables.task.c, tables.alert.c


async def search(queries: Queries, q: str, reader: Reader, limit: int = 20) -> Json:
    """Customers who matter most first, tasks those that are open first."""
    async with queries.engine.connect() as db:
        tasks = select(_T.snapshot).where(*TaskFilter(view="all", q=q).conditions())
        hits = await db.execute(tasks.order_by(_T.is_open.desc(), _T.priority, _T.due_at, _T.id).limit(limit))
        return {"customers": await customers(db, q, limit), "tasks": [_task(json.loads(row.snapshot), reader) for row in hits]}


def _task(known: Json, reader: Reader) -> Json:
    shown = {name: known.get(name) for name in ("id", "customer", "customer_name", "priority", "status")}
    return {**shown, "sentence": reader.says_data(known["why"])}


async def customers(db: AsyncConnection, q: str, limit: int) -> list[Json]:
    """Found by name, id, owner, or by an e-mail address or other alias."""
    wanted = select(_C.id, _C.name, _C.tier, _C.hic).where(*[_occurs(word) for word in q.casefold().split()])
    found = (await db.execute(wanted.order_by(_C.hic.desc(), _C.tier, _C.name, _C.id).limit(limit))).all()
    ids = [row.id for row in found]
    counted = await db.execute(select(_T.customer, func.count()).where(_T.customer.in_(ids), _T.is_open).group_by(_T.customer))
    tasks: dict[str, int] = {row[0]: row[1] for row in counted}
    levels = await _levels(db, ids)
    return [
        {"id": r.id, "name": r.name, "tier": r.tier, "hic": r.hic, "open_tasks": tasks.get(r.id, 0), "level": levels.get(r.id)}
        for r in found
    ]


def _occurs(word: str) -> ColumnElement[bool]:
    a = tables.alias.c
    called = select(a.customer).where(a.alias.contains(word, autoescape=True))
    return or_(_C.words.contains(word, autoescape=True), _C.id.in_(called))


async def _levels(db: AsyncConnection, ids: Sequence[str]) -> dict[str, Any]:
    active = await db.execute(select(_A.customer, _A.snapshot).where(_A.customer.in_(ids), _A.active))
    return {row.customer: json.loads(row.snapshot)["level"] for row in active}
