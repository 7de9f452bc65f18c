"""Live updates: what changed since a number, as server-sent events, and a beat every few seconds so that silence means trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from fastapi.sse import ServerSentEvent
from sqlalchemy import func, select

from console import rows, tables
from console.queries import Queries
from console.rows import Json

BEAT_S = 3.0
AT_ONCE = 300
"""Changes read in one go."""


class Live:
    """One for the process: the projection wakes it, each browser follows it on its own."""

    def __init__(self, queries: Queries, lag: Callable[[], int | None]) -> None:
        self.queries, self.lag = queries, lag
        self._woken = asyncio.Event()
        self._loaders: dict[str, Callable[[Sequence[str]], Awaitable[dict[str, Json]]]] = {
            "task": self._tasks,
            "alert": self._alerts,
            "command": self._commands,
            "verdict": self._verdicts,
            "delivery": self._deliveries,
            "dead_letter": self._dead_letters,
            "happening": self._happenings,
        }

    def wake(self) -> None:
        """Something changed."""
        self._woken.set()
        self._woken = asyncio.Event()

    async def follow(self, after: int | None) -> AsyncIterator[ServerSentEvent]:
        """Events after the change `after` (None: from now on), for ever. A number from before what is kept asks for a reset."""
        first, last = await self._range()
        if after is None:
            after = last
        elif after > last or after < first - 1:
            after = last
            yield ServerSentEvent(event="reset", data={"change": last}, id=str(last), retry=1000)
        yield await self._beat(after)
        while True:
            woken = self._woken
            async for number, event in self._since(after):
                after = number
                if event is not None:
                    yield event
            try:
                await asyncio.wait_for(woken.wait(), BEAT_S)
            except TimeoutError:
                yield await self._beat(after)

    async def _range(self) -> tuple[int, int]:
        number = tables.change.c.number
        async with self.queries.engine.connect() as db:
            first, last = (await db.execute(select(func.min(number), func.max(number)))).one()
        return first or 1, last or 0

    async def _beat(self, change: int) -> ServerSentEvent:
        now, latest = self.queries.clock(), await self.queries.last_event_at()
        told = {"server_time": rows.iso(now), "last_event_at": rows.iso(latest), "change": change, "lag": self.lag()}
        return ServerSentEvent(event="beat", data=told)

    async def _since(self, after: int) -> AsyncIterator[tuple[int, ServerSentEvent | None]]:
        """Each change with its event, as things stand now; None for what is gone, or shown again by a later change of the same stretch."""
        c = tables.change.c
        while True:
            async with self.queries.engine.connect() as db:
                found = (await db.execute(select(tables.change).where(c.number > after).order_by(c.number).limit(AT_ONCE))).all()
            loaded = {
                kind: await load(sorted({row.ref for row in found if row.kind == kind}))
                for kind, load in self._loaders.items()
                if any(row.kind == kind for row in found)
            }
            last = {(row.kind, row.ref): row.number for row in found}
            for row in found:
                data = loaded[row.kind].get(row.ref) if last[row.kind, row.ref] == row.number else None
                event = "command" if row.kind == "verdict" else row.kind
                yield row.number, None if data is None else ServerSentEvent(event=event, data=data, id=str(row.number))
            if len(found) < AT_ONCE:
                return
            after = found[-1].number

    # -- what each kind of change shows --------------------------------------------------------------------------------------------

    async def _tasks(self, ids: Sequence[str]) -> dict[str, Json]:
        return {row["id"]: row for row in await self.queries.task_rows(ids)}

    async def _alerts(self, ids: Sequence[str]) -> dict[str, Json]:
        a = tables.alert.c
        found = await self._rows(select(a.id, a.snapshot).where(a.id.in_(ids)))
        return {row["id"]: rows.alert(row["snapshot"], self.queries.currency) for row in found}

    async def _commands(self, ids: Sequence[str]) -> dict[str, Json]:
        found = await self._rows(rows.with_verdicts().where(tables.command.c.id.in_(ids)))
        return {row["id"]: row for row in rows.commands(found)}

    async def _verdicts(self, inputs: Sequence[str]) -> dict[str, Json]:
        found = await self._rows(rows.with_verdicts().where(tables.command.c.input.in_(inputs)))
        return {raw["input"]: row for raw, row in zip(found, rows.commands(found), strict=True)}

    async def _deliveries(self, ids: Sequence[str]) -> dict[str, Json]:
        found = await self._rows(select(tables.delivery).where(tables.delivery.c.id.in_(ids)))
        return {row["id"]: {"task": row["about"], **rows.delivery(row)} for row in found}

    async def _dead_letters(self, ids: Sequence[str]) -> dict[str, Json]:
        found = {letter: await self.queries.dead_letter(letter) for letter in ids}
        return {letter: {k: v for k, v in row.items() if k != "value_text"} for letter, row in found.items() if row is not None}

    async def _happenings(self, ids: Sequence[str]) -> dict[str, Json]:
        found = await self._rows(select(tables.happening).where(tables.happening.c.id.in_(ids)))
        return {row["id"]: happening(row) for row in found}

    async def _rows(self, statement: Any) -> Sequence[Any]:
        async with self.queries.engine.connect() as db:
            return list((await db.execute(statement)).mappings())


def happening(row: Any) -> Json:
    """What happened to a part, as the board gets it."""
    return {"at": rows.iso(row["at"]), "part": row["part"], "state": row["state"], "sentence": row["sentence"]}
