"""Publishing what became of each attempt: the outbox of the ledger goes to the topic of deliveries, in order, at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import func, select, update

from handlers.ledger import Ledger
from handlers.tables import outcome
from schemas.deliveries import NoticeAttempted

Publish = Callable[[Sequence[NoticeAttempted]], Awaitable[None]]
"""Returns when the topic has all of them; raises when it may not have."""
_AT_ONCE = 500


class Outbox:
    """`wake` is set by who puts something in; what another process left behind is found by looking every `poll_s` seconds."""

    def __init__(self, ledger: Ledger, poll_s: float) -> None:
        self._ledger, self._poll_s = ledger, poll_s
        self.wake = asyncio.Event()

    async def publish_all(self, publish: Publish) -> None:
        """For ever. What `publish` raises ends it, and nothing is marked as published that may not be."""
        while True:
            self.wake.clear()
            if not await self.publish_some(publish):
                await _first(self.wake, self._poll_s)

    async def publish_some(self, publish: Publish) -> int:
        """Publish the oldest of what is not yet published; returns how many."""
        async with self._ledger.engine.connect() as connection:
            statement = select(outcome.c.seq, outcome.c.body).where(outcome.c.published.is_(False)).order_by(outcome.c.seq).limit(_AT_ONCE)
            rows = (await connection.execute(statement)).all()
        if rows:
            await publish([NoticeAttempted.model_validate_json(row.body) for row in rows])
            async with self._ledger.engine.begin() as connection:
                await connection.execute(update(outcome).where(outcome.c.seq.in_([row.seq for row in rows])).values(published=True))
        return len(rows)

    async def unpublished(self) -> int:
        """How many records are still to be published."""
        async with self._ledger.engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(outcome).where(outcome.c.published.is_(False))) or 0)


async def _first(event: asyncio.Event, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        pass
