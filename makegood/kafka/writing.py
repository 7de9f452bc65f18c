"""A writer that says of each record whether it is on the cluster, and if not, why. Reconnects by itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerClosed,
    TopicAuthorizationFailedError,
)
from aiokafka.partitioner import DefaultPartitioner

from makegood.kafka.clients import producer
from makegood.kafka.connection import Connection, KafkaUnavailable, friendly_errors
from makegood.kafka.gate import Gate
from makegood.kafka.reading import cluster_with
from schemas.failures import said

_PAUSE_S = 0.5
_LOOK_EVERY_S = 5.0
_LOOK_WITHIN_S = 10.0
_KNOWN_TO_BE_DOWN_S = 2.0
_PARTITIONER = DefaultPartitioner()
_REFUSED_FOR_GOOD = (MessageSizeTooLargeError, TopicAuthorizationFailedError, ClusterAuthorizationFailedError)
"""With these a broker says itself that it has not written the record."""

Place = tuple[str, int | None]
"""Topic and partition; the client chooses the partition where nobody asks which it was."""


class Stuck(Exception):
    """Kafka answers, but what is sent does not arrive there. The message says for how long."""


class Outgoing(NamedTuple):
    """A record to be written; its key decides the partition, by the rule that streams expect."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


class _Sent(NamedTuple):
    """A record that was handed to the producer: what becomes of it, or why it was not even taken."""

    fate: asyncio.Future[Any] | str
    place: Place

    @property
    def settled(self) -> bool:
        return isinstance(self.fate, str) or self.fate.done()


class MaybeWritten(str):
    """Why it is not known whether a record is on the cluster."""

    __slots__ = ()


class Writer:
    """Keeps an idempotent producer for some topics, and writes with it while `run` runs.

    `trouble` says why nothing can be written now, and is None while it can; it is looked after even when nobody writes.
    A record whose time ran out may still arrive later: whoever writes must be ready to have written it twice.
    With `stuck_s`, `run` gives up after so many seconds in which Kafka answered and yet took nothing: a new process may do better.
    With `never_late`, what is not written in its time is not sent afterwards: what can be said of a record then holds for good.
    """

    def __init__(self, connection: Connection, topics: Sequence[str], stuck_s: float | None = None, *, never_late: bool = False) -> None:
        self._connection, self._topics, self._stuck_s, self._never_late = connection, list(topics), stuck_s, never_late
        self._failing_since: float | None = None
        self._producer: Any = None
        self._gate: Gate | None = None
        self._cluster: str | None = None
        self._broken = asyncio.Event()
        self.trouble: str | None = "Kafka is not reached yet"

    async def run(self) -> None:
        """Connect, and connect again when the producer is of no more use, until cancelled. Raises Stuck, where that is asked for."""
        while True:
            try:
                self._cluster = await self._look()
                self._failing_since = None
                async with producer(self._connection) as client:
                    await self._write_with(client)
            except KafkaUnavailable as error:
                self.trouble = str(error)
            await asyncio.sleep(_PAUSE_S)

    async def _write_with(self, client: Any) -> None:
        """Until this producer is broken; nobody is given one that is about to end."""
        self._gate = Gate(client.client) if self._never_late else None
        self._broken.clear()
        self._producer, self.trouble = client, None
        try:
            await self._watch()
            self.trouble = "Kafka is being reached again"
        finally:
            self._producer = None

    async def _watch(self) -> None:
        """Until the producer is broken; meanwhile whether Kafka is there, also when nobody writes."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._broken.wait(), _PAUSE_S if self.trouble else _LOOK_EVERY_S)
            if self._broken.is_set():
                return
            try:
                if await self._look() != self._cluster:
                    return  # its numbers mean nothing there: what it sends could pass for something sent before
                self.trouble = None
                self._give_up_where_stuck()
            except KafkaUnavailable as error:
                self.trouble, self._failing_since = str(error), None

    def _give_up_where_stuck(self) -> None:
        failing_s = 0.0 if self._failing_since is None else time.monotonic() - self._failing_since
        if self._stuck_s is not None and failing_s > self._stuck_s:
            raise Stuck(f"Kafka answers, but has taken nothing for {failing_s:.0f} s")

    async def _look(self) -> str:
        """The id of the cluster, where brokers and topics are there. Raises KafkaUnavailable."""
        with friendly_errors(self._connection):
            async with asyncio.timeout(_LOOK_WITHIN_S):
                return await cluster_with(self._connection, self._topics)

    async def write(self, records: Sequence[Outgoing], within_s: float) -> list[str | None]:
        """For each record None once all replicas in sync have it, else why it is not written; a MaybeWritten, where that is not known.

        Ends within `within_s` seconds, or 2 while Kafka is known not to answer; a writer that is never late does not even try then.
        """
        client, gate = self._producer, self._gate  # the next producer may come meanwhile
        if client is None or (self._never_late and self.trouble):
            return [self.trouble or "Kafka is not reached"] * len(records)
        within_s = min(within_s, _KNOWN_TO_BE_DOWN_S) if self.trouble else within_s
        left_before = Counter(gate.left) if gate else Counter[Place]()
        sent = await self._hand_over(client, records, within_s)
        late = self.trouble or f"Kafka did not take it within {within_s:g} s"
        if gate and not all(one.settled for one in sent):
            gate.shut()
            self._broken.set()
        outcomes = [self._outcome(one, late, maybe=gate is None or gate.left[one.place] > left_before[one.place]) for one in sent]
        outcomes += [late] * (len(records) - len(sent))
        self._note(outcomes, late)
        return outcomes

    async def _hand_over(self, client: Any, records: Sequence[Outgoing], within_s: float) -> list[_Sent]:
        """Give the records to the producer, and wait for what becomes of them; those for which there was no time are missing at the end."""
        sent: list[_Sent] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                for record in records:
                    sent.append(await self._send(client, record))  # noqa: PERF401  what was sent counts when time ends
                if waiting := [one.fate for one in sent if not isinstance(one.fate, str)]:
                    await asyncio.wait(waiting)  # unlike gather, it leaves them alone when the time is over
        return sent

    def _note(self, outcomes: Sequence[str | None], late: str) -> None:
        if late in outcomes:
            self.trouble = late
        if None in outcomes:
            self._failing_since = None
        elif outcomes and self._failing_since is None:
            self._failing_since = time.monotonic()

    async def _send(self, client: Any, record: Outgoing) -> _Sent:
        place: Place = record.topic, None
        try:
            if self._never_late:
                there = sorted(await client.partitions_for(record.topic))
                place = record.topic, _PARTITIONER(record.key, there, there)
            fate = await client.send(record.topic, partition=place[1], value=record.value, key=record.key, headers=list(record.headers))
        except KafkaError as error:
            return _Sent(self._refused(error), place)
        return _Sent(fate, place)

    def _outcome(self, sent: _Sent, late: str, *, maybe: bool) -> str | None:
        """In words; `maybe` is whether the record may be on the cluster where no broker has said what became of it."""
        if isinstance(sent.fate, str):
            return sent.fate
        if not sent.fate.done():
            return MaybeWritten(late) if maybe else late
        if sent.fate.cancelled():
            why = "the connection to Kafka was closed"
            return MaybeWritten(why) if maybe else why
        error = sent.fate.exception()
        if error is None:
            return None
        why = self._refused(error)
        return MaybeWritten(why) if maybe and not isinstance(error, _REFUSED_FOR_GOOD) else why

    def _refused(self, error: BaseException) -> str:
        """In words. What the client does not try again by itself has broken it: it cannot go on without that record."""
        if isinstance(error, MessageSizeTooLargeError):
            return "the record is larger than Kafka takes"
        if not getattr(error, "retriable", False) and not isinstance(error, KafkaTimeoutError):
            self._broken.set()
        if isinstance(error, ProducerClosed):
            return "the connection to Kafka was given up"
        return f"Kafka does not take it: {said(error)}"
