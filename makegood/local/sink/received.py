"""What came: the last messages in memory, grouped by idempotency key, and whether the sink is to play sick."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Channel = Literal["slack", "webhook", "email", "other"]
KEPT = 500


@dataclass(frozen=True, slots=True)
class Received:
    """One message that was taken. `verified` is whether the signature was right, None where there was nothing to verify it with."""

    number: int
    at: float
    channel: Channel
    path: str
    key: str
    title: str
    lines: tuple[str, ...]
    link: str = ""
    verified: bool | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Sickness:
    """How it answers for a while: a status, a pause to ask for, a delay; `until` in seconds since 1970."""

    status: int
    retry_after: float | None
    delay_s: float
    until: float
    channel: str | None


@dataclass(slots=True)
class Shelf:
    """The last KEPT messages. `clock` gives seconds since 1970."""

    clock: Callable[[], float] = time.time
    kept: deque[Received] = field(default_factory=lambda: deque(maxlen=KEPT))
    turned_away: int = 0
    sickness: Sickness | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    version: int = 0
    _count: int = 0

    async def take(self, channel: Channel, path: str, key: str, title: str, lines: tuple[str, ...], **more: Any) -> Received:
        """Put a message on the shelf and wake who watches."""
        self._count += 1
        received = Received(self._count, self.clock(), channel, path, key or f"(no key) {self._count}", title, lines, **more)
        self.kept.append(received)
        await self._wake()
        return received

    async def turn_away(self) -> None:
        """Count a message that was answered sickly."""
        self.turned_away += 1
        await self._wake()

    async def behave(self, sickness: Sickness | None) -> None:
        """From now on answer so."""
        self.sickness = sickness
        await self._wake()

    async def forget(self) -> None:
        """Empty the shelf."""
        self.kept.clear()
        self.turned_away = 0
        await self._wake()

    async def _wake(self) -> None:
        async with self.changed:
            self.version += 1
            self.changed.notify_all()

    def sick(self, channel: str) -> Sickness | None:
        """How to answer this channel now; None when well."""
        sick = self.sickness
        return sick if sick is not None and self.clock() < sick.until and sick.channel in {None, channel} else None

    def groups(self) -> list[list[Received]]:
        """Messages of one key and channel together, the latest first, each group in the order in which it came."""
        found: dict[tuple[str, str], list[Received]] = {}
        for one in self.kept:
            found.setdefault((one.channel, one.key), []).append(one)
        return sorted(found.values(), key=lambda group: -group[-1].number)

    def report(self) -> dict[str, Any]:
        """All of it, for tests and for people with curl."""
        now = self.clock()
        sick = None if self.sickness is None or self.sickness.until <= now else asdict(self.sickness)
        return {"received": [asdict(one) for one in reversed(self.kept)], "turned_away": self.turned_away, "behaves": sick}
