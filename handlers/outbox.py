"""Telling what became of each attempt: the outbox of the ledger goes to the topic of deliveries, in order, at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import func, select, update

from handlers.ledger import Ledger
from handlers.tables import outcome
from schemas.deliveries import NoticeAttempted

Tell = Callable[[Sequence[NoticeAttempted]], Awaitable[None]]
"""Returns when the topic has all of them; raises when it may not have."""
_AT_ONCE = 500


class Outbox:
    """`wake` is set by who puts something in; what another process left behind is found by looking every `poll_s` seconds."""

    def __init__(self, ledger: Ledger, poll_s: float) -> None:
        self._ledger, self._poll_s = ledger, poll_s
        self.wake = asyncio.Event()

    async def tell_all(self, tell: Tell) -> None:
        """For ever. What `tell` raises ends it, and nothing is marked as told that may not be."""
        while True:
            self.wake.clear()
            if not await self.tell_some(tell):
                await _first(self.wake, self._poll_s)

    async def tell_some(self, tell: Tell) -> int:
        """Tell the oldest of what is untold; returns how many."""
        async with self._ledger.engine.connect() as connection:
            statement = select(outcome.c.seq, outcome.c.body).where(outcome.c.told.is_(False)).order_by(outcome.c.seq).limit(_AT_ONCE)
            rows = (await connection.execute(statement)).all()
        if rows:
            await tell([NoticeAttempted.model_validate_json(row.body) for row in rows])
            async with self._ledger.engine.begin() as connection:
                await connection.execute(update(outcome).where(outcome.c.seq.in_([row.seq for row in rows])).values(told=True))
        return len(rows)

    async def untold(self) -> int:
        """How many records are still to be told."""
        async with self._ledger.engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(outcome).where(outcome.c.told.is_(False))) or 0)


async def _first(event: asyncio.Event, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        pass
