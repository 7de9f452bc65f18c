"""Live updates: what changed since a number, as server-sent events, and a beat every few seconds so that silence means trouble."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi.sse import ServerSentEvent
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from console import dead_letters, rows, tables
from console.database import AWAY
from console.pipeline_health import PipelineHealth
from console.queries import Queries
from console.reader import Reader
from console.rows import Json

BEAT_S = 3.0
AT_ONCE = 300
"""Changes read in one go."""
REMEMBERED = 2_000
"""Events kept for all tabs to share; who is further behind reads the database."""
BEGUN = "begun"
"""The first change of each read model: whoever sees it looked at another one before."""
MOST_READERS = 16
"""Languages and time zones for which the event of a change is remembered; for others it is made anew."""
Render = Callable[[Reader], Json]
StillAuthorized = Callable[[], Awaitable[bool]]
"""Whether who follows may still do so."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change, read once for all who follow; None where there is nothing to show any longer, or not yet."""

    number: int
    name: str
    render: Render | None
    events: dict[Reader, ServerSentEvent] = field(default_factory=dict)
    """Made once for all who read in one language and time zone."""

    def event(self, reader: Reader) -> ServerSentEvent | None:
        if self.render is None or reader in self.events:
            return self.events.get(reader)
        made = _event(self.name, self.render(reader), self.number)
        if len(self.events) < MOST_READERS:
            self.events[reader] = made
        return made


class ChangeStream:
    """One for the process: the projection wakes it; the first tab to notice reads what is new, for all of them."""

    def __init__(self, queries: Queries, health: PipelineHealth) -> None:
        self.queries, self.health, self.reads = queries, health, 0
        self._woken, self._wakes, self._seen = asyncio.Event(), 0, -1
        self._recent: deque[Change] = deque(maxlen=REMEMBERED)
        self._read_to: int | None = None
        self._last_event_at: float | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()
        self._ended = False
        self._loaders: dict[str, Callable[[Sequence[str]], Awaitable[dict[str, Render]]]] = {
            "task": self._tasks,
            "alert": self._alerts,
            "command": self._commands,
            "verdict": self._verdicts,
            "delivery": self._deliveries,
            "dead_letter": self._dead_letters,
            "service_event": self._service_events,
            "erased": self._erased,
        }

    def wake(self) -> None:
        """Something changed."""
        self._wakes += 1
        self._woken.set()
        self._woken = asyncio.Event()

    def end(self) -> None:
        """The process stops: everybody who follows is let go at once."""
        self._ended = True
        self.wake()

    async def follow(self, after: int | None, still_authorized: StillAuthorized, reader: Reader) -> AsyncIterator[ServerSentEvent]:
        """Events after the change `after` (None: from now on) as the reader gets them, until they are not welcome any longer.

        A number from before what is kept, or of another read model, asks the board to begin anew. Where the database goes away, the
        beats go on and say so.
        """
        first, last = await self._range()
        if after is not None and not first - 1 <= after <= last:
            yield _event("reset", {"change": last}, last)
        after = after if after is not None and first - 1 <= after <= last else last
        yield await self._beat(after)
        beat_at, trouble = time.monotonic() + BEAT_S, self.health.trouble
        while not self._ended:
            woken = self._woken
            with suppress(*AWAY):
                async for change in self._news(after):
                    after = change.number
                    if (event := change.event(reader)) is not None:
                        yield event
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), max(0.0, beat_at - time.monotonic()))
            if time.monotonic() >= beat_at or self.health.trouble != trouble:
                with suppress(*AWAY):
                    if not await still_authorized():
                        return
                trouble = self.health.trouble
                yield await self._beat(after)
                beat_at = time.monotonic() + BEAT_S

    # -- reading, once for all -----------------------------------------------------------------------------------------------------

    async def _news(self, after: int) -> AsyncIterator[Change]:
        """What came after the change `after`: from what all share, else from the database."""
        await self._catch_up()
        recent = list(self._recent)
        shared_from = recent[0].number if recent else (self._read_to or 0) + 1
        while after < shared_from - 1:
            older = [change for change in await self._read(after) if change.number < shared_from]
            for change in older:
                yield change
            if len(older) < AT_ONCE:
                break
            after = older[-1].number
        for change in recent:
            if change.number > after:
                yield change

    async def _catch_up(self) -> None:
        """Read what is new, unless another tab just did; and every few seconds anyway: another process may have written."""
        wakes = self._wakes
        async with self._reading:
            if self._seen >= wakes and time.monotonic() - self._read_at < BEAT_S:
                return
            if self._read_to is None:
                _, self._read_to = await self._range()
            while fresh := await self._read(self._read_to):
                self._recent.extend(fresh)
                self._read_to = fresh[-1].number
            self._seen, self._read_at = wakes, time.monotonic()

    async def _range(self) -> tuple[int, int]:
        number = tables.change.c.number
        async with self.queries.engine.connect() as db:
            first, last = (await db.execute(select(func.min(number), func.max(number)))).one()
        return first or 1, last or 0

    async def _beat(self, change: int) -> ServerSentEvent:
        health = self.health
        with suppress(*AWAY):
            self._last_event_at = await self.queries.last_event_at()
        times = {"server_time": rows.iso(self.queries.clock()), "last_event_at": rows.iso(self._last_event_at)}
        known = {"lag": health.lag, "behind": health.behind, "trouble": health.trouble, "trouble_since": rows.iso(health.trouble_since)}
        return _event("beat", {**times, "change": change, **known})

    async def _read(self, after: int) -> list[Change]:
        """The next changes with their events, as things stand now; what is shown again by a later one of them is shown there."""
        self.reads += 1
        c = tables.change.c
        async with self.queries.engine.connect() as db:
            found = (await db.execute(select(tables.change).where(c.number > after).order_by(c.number).limit(AT_ONCE))).all()
        by_kind: dict[str, list[str]] = {}
        for row in found:
            by_kind.setdefault(row.kind, []).append(row.ref)
        loaded = {kind: await self._loaders[kind](sorted(set(refs))) for kind, refs in by_kind.items() if kind in self._loaders}
        last = {(row.kind, row.ref): row.number for row in found}
        return [_change(row, loaded if last[row.kind, row.ref] == row.number else {}) for row in found]

    # -- what each kind of change shows --------------------------------------------------------------------------------------------

    async def _tasks(self, ids: Sequence[str]) -> dict[str, Render]:
        return {row.id: row.render for row in await self.queries.task_rows(ids)}

    async def _alerts(self, ids: Sequence[str]) -> dict[str, Render]:
        return {row.id: row.render for row in await self.queries.alert_rows(ids)}

    async def _commands(self, ids: Sequence[str]) -> dict[str, Render]:
        found = await self._rows(rows.with_verdicts().where(tables.command.c.id.in_(ids)))
        return {row.id: row.render for row in rows.commands(found)}

    async def _verdicts(self, inputs: Sequence[str]) -> dict[str, Render]:
        found = await self._rows(rows.with_verdicts().where(tables.command.c.input.in_(inputs)))
        return {raw["input"]: row.render for raw, row in zip(found, rows.commands(found), strict=True)}

    async def _deliveries(self, ids: Sequence[str]) -> dict[str, Render]:
        found = await self._rows(select(tables.delivery).where(tables.delivery.c.id.in_(ids)))
        return {row["id"]: _for_everybody(rows.delivery(row)) for row in found}

    async def _dead_letters(self, ids: Sequence[str]) -> dict[str, Render]:
        return {row["id"]: _for_everybody(row) for row in await dead_letters.several(self.queries, ids)}

    async def _service_events(self, ids: Sequence[str]) -> dict[str, Render]:
        found = await self._rows(select(tables.service_event).where(tables.service_event.c.id.in_(ids)))
        return {row["id"]: _for_everybody(rows.service_event(row)) for row in found}

    async def _erased(self, customers: Sequence[str]) -> dict[str, Render]:
        return {customer: _for_everybody({"customer": customer}) for customer in customers}

    async def _rows(self, statement: Any) -> Sequence[Any]:
        db: AsyncConnection
        async with self.queries.engine.connect() as db:
            return list((await db.execute(statement)).mappings())


_NAME = {"verdict": "command"}
"""How the board calls a kind of change, where not by its own name."""


def _change(row: Any, loaded: dict[str, dict[str, Render]]) -> Change:
    if row.kind == BEGUN:
        return Change(row.number, "reset", _for_everybody({"change": row.number}))
    return Change(row.number, _NAME.get(row.kind, row.kind), loaded.get(row.kind, {}).get(row.ref))


def _for_everybody(row: Json) -> Render:
    """What holds no sentence of ours."""
    return lambda _: row


def _event(name: str, data: Json, number: int | None = None) -> ServerSentEvent:
    text = json.dumps(data, ensure_ascii=False)
    return ServerSentEvent(event=name, raw_data=text, id=None if number is None else str(number), retry=1000 if name == "reset" else None)
