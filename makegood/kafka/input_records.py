"""Records for the input topics, written as a producer would, and in step with the workers that decide them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from makegood.errors import UserError
from makegood.kafka.clients import PendingSends
from makegood.kafka.clients import producer as producer_of
from makegood.kafka.connection import KafkaSettings
from makegood.kafka.reading import watch
from makegood.kafka.topics import partition_count
from schemas.cloudevents import headers_of
from schemas.facts import Fact
from schemas.topics import INPUTS, topic_of
from schemas.wording import counted
from streams.engine.partitioner import partition_of

STALLED_S = 20.0
"""Without any progress of the workers for so long, we stop waiting and say so."""


class InputRecord(NamedTuple):
    """A record for an input topic. `at` is the event time in seconds since 1970, None for what is no fact."""

    topic: str
    key: str
    value: bytes
    kind: str
    at: float | None
    id: str = ""
    source: str = ""


def of_fact(fact: Fact) -> InputRecord:
    """A fact as a record."""
    kind = str(fact.type)  # type: ignore[attr-defined]
    return InputRecord(
        topic_of(kind), fact.customer.key, fact.model_dump_json(exclude_none=True).encode(), kind, fact.at, fact.id, fact.source
    )


@asynccontextmanager
async def stepping(settings: KafkaSettings) -> AsyncIterator[Callable[[Iterable[InputRecord]], Awaitable[None]]]:
    """Yields a function that writes records and returns when the workers have decided them and all that follows. Raises UserError when none moves."""
    partitions = await partition_count(settings.connection, prefix=settings.prefix)
    inputs = [settings.prefix + name for name in INPUTS]
    async with producer_of(settings.connection) as producer, watch(settings.connection, settings.group, inputs) as behind:

        async def decided(records: Iterable[InputRecord]) -> None:
            pending = PendingSends(producer)
            for record in records:
                await produce(pending, settings, record, partitions)
            await pending.settled()
            await until_decided(behind, settings, pause_s=0.02)

        yield decided


async def produce(pending: PendingSends, settings: KafkaSettings, record: InputRecord, partitions: int) -> None:
    """Hand over a record, keyed and placed as streams expect."""
    at = None if record.at is None else datetime.fromtimestamp(record.at, UTC)
    await pending.send(
        settings.prefix + record.topic,
        value=record.value,
        key=record.key.encode() or None,
        partition=partition_of(record.key, partitions),
        headers=headers_of(record.kind, record.id, record.source, at) if at is not None and record.id else [],
    )


async def until_decided(behind: Callable[[], Awaitable[int]], settings: KafkaSettings, *, pause_s: float) -> None:
    """Wait until the group has committed every input, loops included, twice in a row."""
    moved_at, last, quiet = time.monotonic(), -1, 0
    while quiet < 2:  # noqa: PLR2004  a record may still be between two of our topics
        left = await behind()
        if left != last:
            moved_at, last = time.monotonic(), left
        elif left and time.monotonic() - moved_at > STALLED_S:
            raise UserError(
                f"not decided: {counted(left, 'record')}, and nothing has moved for {STALLED_S:.0f} s. Does a worker run? Start one with "
                f"`makegood worker --clock events --group {settings.group}`, then replay again: what came before has no second effect"
            )
        quiet = quiet + 1 if not left else 0
        await asyncio.sleep(pause_s)
