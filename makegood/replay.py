"""Replay: run a history through Makegood, in this process without a broker, or through Kafka and the workers there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from makegood import bus, private, topics
from makegood.errors import UserError
from makegood.histories.records import HistoryRecord
from makegood.settings import Settings
from makegood.summary import Summary
from schemas.cloudevents import headers_of
from schemas.policy import Policy
from schemas.topics import INPUTS
from streams.chunks.decided import Output
from streams.chunks.partitioner import partition_of
from streams.offline import Offline

OUTPUTS = ("tasks", "alerts", "decisions", "notices", "waiting", "dead-letters")
PARTITIONS = 4
IN_STEP = 500
"""Events that are decided together where a history is replayed in step."""
STALLED_S = 20.0
"""Without any progress of the workers for so long, we stop waiting and say so."""
Told = Callable[[int], None]


def offline(history: Iterator[HistoryRecord], policy: Policy, out: Path, told: Told, *, partitions: int = PARTITIONS) -> Summary:
    """Run in this process; writes one JSON Lines file per output topic into `out`, whole or not at all."""
    summary = Summary()
    with ExitStack() as stack:
        stack.enter_context(private.as_the_user_makes_files())
        out.mkdir(parents=True, exist_ok=True)
        files = {name: stack.enter_context((out / f".{name}.jsonl").open("wb")) for name in OUTPUTS}
        machine = Offline(policy, partitions, lambda output: _write(files, summary, output))
        clock = float("-inf")
        for number, record in enumerate(history, 1):
            if record.at is not None and record.at > clock:
                _pass_time(machine, clock, record.at)
                clock = record.at
            summary.heard(record.kind, record.at)
            machine.feed(record.topic, partition_of(record.key, partitions), record.key.encode(), record.value)
            if not number % 200:
                told(number)
    for name in OUTPUTS:
        (out / f".{name}.jsonl").replace(out / f"{name}.jsonl")
    return summary


def _pass_time(machine: Offline, since: float, until: float) -> None:
    """Let the time between two events pass in steps of an hour or so: what falls due is told when it does, not at the next event."""
    step = max(3600.0, (until - since) / 1000)
    while since + step < until:  # never where `since` is minus infinity
        since += step
        machine.advance(since)
    machine.advance(until)


def _write(files: Mapping[str, IO[bytes]], summary: Summary, output: Output) -> None:
    summary.told(output.topic, output.key, output.value)
    if output.value is not None:
        files[output.topic].write(output.value + b"\n")


async def through_kafka(
    history: Iterator[HistoryRecord], settings: Settings, told: Told, *, wait: bool, say: Callable[[str], None], in_step: int = IN_STEP
) -> Summary:
    """Write the history to the input topics; with `wait`, until the workers have decided it, and sum up what they did.

    With `in_step` they decide each so many records, and what follows from them, before more is written: percentiles and deadlines then
    keep up with the events as they once did. Poured in at once, years of one topic would be read before the first day of another.
    Raises UserError when no worker moves.
    """
    summary, connection = Summary(), settings.connection
    partitions = await topics.partition_count(connection, prefix=settings.prefix)
    before = await bus.offsets(connection, [settings.prefix + name for name in OUTPUTS])
    inputs = [settings.prefix + name for name in INPUTS]
    async with bus.producer(connection) as producer, bus.watch(connection, settings.group, inputs) as behind:
        sends = bus.Sends(producer)
        for number, record in enumerate(history, 1):
            summary.heard(record.kind, record.at)
            await produce(sends, settings, record, partitions)
            if wait and in_step and not number % in_step:
                await sends.settled()
                await _until_decided(behind, settings, pause_s=0.02)
            if not number % 200:
                told(number)
        await sends.settled()
        if wait:
            say("waiting for the workers")
            await _until_decided(behind, settings, pause_s=0.5)
            await _sum_up(summary, settings, before)
    return summary


@asynccontextmanager
async def stepping(settings: Settings) -> AsyncIterator[Callable[[Iterable[HistoryRecord]], Awaitable[None]]]:
    """What comes writes records, and returns when the workers have decided them and all that follows. Raises UserError when none moves."""
    partitions = await topics.partition_count(settings.connection, prefix=settings.prefix)
    inputs = [settings.prefix + name for name in INPUTS]
    async with bus.producer(settings.connection) as producer, bus.watch(settings.connection, settings.group, inputs) as behind:

        async def decided(records: Iterable[HistoryRecord]) -> None:
            sends = bus.Sends(producer)
            for record in records:
                await produce(sends, settings, record, partitions)
            await sends.settled()
            await _until_decided(behind, settings, pause_s=0.02)

        yield decided


async def produce(sends: bus.Sends, settings: Settings, record: HistoryRecord, partitions: int) -> None:
    """Hand over a record, keyed and placed as streams expect."""
    at = None if record.at is None else datetime.fromtimestamp(record.at, UTC)
    await sends.send(
        settings.prefix + record.topic,
        value=record.value,
        key=record.key.encode() or None,
        partition=partition_of(record.key, partitions),
        timestamp_ms=None if record.at is None else max(0, int(record.at * 1000)),
        headers=headers_of(record.kind, record.id, record.source, at) if at is not None and record.id else [],
    )


async def _until_decided(behind: Callable[[], Awaitable[int]], settings: Settings, *, pause_s: float) -> None:
    """Wait until the group has committed every input, loops included, twice in a row."""
    moved_at, last, quiet = time.monotonic(), -1, 0
    while quiet < 2:  # noqa: PLR2004  a record may still be between two of our topics
        left = await behind()
        if left != last:
            moved_at, last = time.monotonic(), left
        elif left and time.monotonic() - moved_at > STALLED_S:
            raise UserError(
                f"{left:,} records are not decided and nothing has moved for {STALLED_S:.0f} s: does a worker run? Start one with "
                f"`makegood worker --clock events --group {settings.group}`, then replay again: what came before has no second effect"
            )
        quiet = quiet + 1 if not left else 0
        await asyncio.sleep(pause_s)


async def _sum_up(summary: Summary, settings: Settings, before: dict[tuple[str, int], tuple[int, int]]) -> None:
    for name in OUTPUTS:
        start = {partition: end for (topic, partition), (_, end) in before.items() if topic == settings.prefix + name}
        async for record in bus.read_topic(settings.connection, settings.prefix + name, start=start):
            summary.told(name, record.key or b"", record.value)
