"""Writing with an answer for each record: it is on the cluster, or it is not yet, and why. Reconnects by itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from makegood.bus.clients import producer
from makegood.bus.connection import BusError, Connection
from makegood.bus.reading import partitions_of

_PAUSE_S = 1.0
_LOOK_EVERY_S = 5.0
_KNOWN_TO_BE_DOWN_S = 2.0


class Stuck(Exception):
    """Kafka answers, but what is sent does not arrive there. The message says for how long."""


class Outgoing(NamedTuple):
    """A record to be written; its key decides the partition, by the rule that streams expect."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


class Writer:
    """Keeps an idempotent producer for some topics, and writes with it while `run` runs.

    `trouble` says why nothing can be written now, and is None while it can; it is looked after even when nobody writes.
    A record whose time ran out may still arrive later: whoever writes must be ready to have written it twice.
    With `stuck_s`, `run` gives up after so many seconds in which Kafka answered and yet took nothing: a new process may do better.
    """

    def __init__(self, connection: Connection, topics: Sequence[str], stuck_s: float | None = None) -> None:
        self._connection, self._topics, self._stuck_s = connection, list(topics), stuck_s
        self._failing_since: float | None = None
        self._producer: Any = None
        self._broken = asyncio.Event()
        self.trouble: str | None = "Kafka is not reached yet"

    async def run(self) -> None:
        """Connect, and connect again when the producer is of no more use, until cancelled. Raises Stuck, where that is asked for."""
        while True:
            try:
                await self._look()
                self._failing_since = None
                async with producer(self._connection) as self._producer:
                    self._broken.clear()
                    self.trouble = None
                    await self._watch()
                self.trouble = "Kafka is being reached again"
            except BusError as error:
                self.trouble = str(error)
            self._producer = None
            await asyncio.sleep(_PAUSE_S)

    async def _watch(self) -> None:
        """Until the producer is broken; meanwhile whether Kafka is there, also when nobody writes."""
        while not self._broken.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._broken.wait(), _PAUSE_S if self.trouble else _LOOK_EVERY_S)
            try:
                await self._look()
                self.trouble = None
                self._give_up_where_stuck()
            except BusError as error:
                self.trouble, self._failing_since = str(error), None

    def _give_up_where_stuck(self) -> None:
        failing_s = 0.0 if self._failing_since is None else time.monotonic() - self._failing_since
        if self._stuck_s is not None and failing_s > self._stuck_s:
            raise Stuck(f"Kafka answers, but has taken nothing for {failing_s:.0f} s")

    async def _look(self) -> None:
        """Whether brokers and topics are there. Raises BusError."""
        await partitions_of(self._connection, self._topics)

    async def write(self, records: Sequence[Outgoing], within_s: float) -> list[str | None]:
        """For each record None once all replicas in sync have it, else why it is not written.

        Ends within `within_s` seconds, or 2 while Kafka is known not to answer.
        """
        if self._producer is None:
            return [self.trouble or "Kafka is not reached"] * len(records)
        within_s = min(within_s, _KNOWN_TO_BE_DOWN_S) if self.trouble else within_s
        sent: list[asyncio.Future[Any] | str] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                for record in records:
                    sent.append(await self._send(record))  # noqa: PERF401  what was sent counts when time ends
                if waiting := [one for one in sent if not isinstance(one, str)]:
                    await asyncio.wait(waiting)  # unlike gather, it leaves them alone when the time is over
        late = self.trouble or f"Kafka did not take it within {within_s:g} s"
        outcomes = [self._outcome(one, late) for one in sent] + [late] * (len(records) - len(sent))
        if late in outcomes:
            self.trouble = late
        if None in outcomes:
            self._failing_since = None
        elif outcomes and self._failing_since is None:
            self._failing_since = time.monotonic()
        return outcomes

    async def _send(self, record: Outgoing) -> asyncio.Future[Any] | str:
        try:
            made: asyncio.Future[Any] = await self._producer.send(
                record.topic, value=record.value, key=record.key, headers=list(record.headers)
            )
        except KafkaError as error:
            return self._refused(error)
        return made

    def _outcome(self, sent: asyncio.Future[Any] | str, late: str) -> str | None:
        if isinstance(sent, str):
            return sent
        if not sent.done():
            return late
        if sent.cancelled():
            return "the connection to Kafka was closed"
        error = sent.exception()
        return None if error is None else self._refused(error)

    def _refused(self, error: BaseException) -> str:
        """In words. What the client does not try again by itself has broken it: it cannot go on without that record."""
        if isinstance(error, MessageSizeTooLargeError):
            return "the record is larger than Kafka takes"
        if not getattr(error, "retriable", False) and not isinstance(error, KafkaTimeoutError):
            self._broken.set()
        return f"Kafka does not take it: {error or type(error).__name__}"
