"""Replay: run a history through Makegood, in this process without a broker, or through Kafka and the workers there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from makegood import kafka
from makegood.config import private_files
from makegood.config.settings import Settings
from makegood.kafka import topics
from makegood.kafka.input_records import InputRecord, produce, until_decided
from makegood.replay.summary import Summary
from schemas.policy import Policy
from schemas.topics import INPUTS
from streams.engine.contract import Output
from streams.engine.partitioner import partition_of
from streams.offline import Offline

OUTPUTS = ("tasks", "alerts", "decisions", "notices", "enriched", "unresolved", "dead-letters")
PARTITIONS = 4
IN_STEP = 500
"""Events that are decided together where a history is replayed in step."""
OnProgress = Callable[[int], None]


def offline(
    history: Iterator[InputRecord],
    policy: Policy,
    out: Path,
    on_progress: OnProgress,
    *,
    partitions: int = PARTITIONS,
    now: float | None = None,
) -> Summary:
    """Run in this process; writes one JSON Lines file per output topic into `out`, whole or not at all.

    Everything comes in at `now` (seconds since 1970): time does not pass beyond what the policy lets a fact be ahead of it. Without it
    each comes in when it happened.
    """
    summary = Summary(came_in=now)
    latest = float("inf") if now is None else now + policy.arrival.most_ahead_hours * 3600
    with ExitStack() as stack:
        stack.enter_context(private_files.as_the_user_makes_files())
        out.mkdir(parents=True, exist_ok=True)
        files = {name: stack.enter_context((out / f".{name}.jsonl").open("wb")) for name in OUTPUTS}
        machine = Offline(policy, partitions, lambda output: _write(files, summary, output), now=now)
        clock = float("-inf")
        for number, record in enumerate(history, 1):
            at = record.at if record.at is not None and record.at <= latest else None
            if at is not None and at > clock:
                _pass_time(machine, clock, at)
                clock = at
            summary.read(record.kind, at)
            machine.feed(record.topic, partition_of(record.key, partitions), record.key.encode(), record.value)
            if not number % 200:
                on_progress(number)
    for name in OUTPUTS:
        (out / f".{name}.jsonl").replace(out / f"{name}.jsonl")
    return summary


def _pass_time(machine: Offline, since: float, until: float) -> None:
    """Let the time between two events pass in steps of an hour or so: what falls due is decided when it does, not at the next event."""
    step = max(3600.0, (until - since) / 1000)
    while since + step < until:  # never where `since` is minus infinity
        since += step
        machine.advance(since)
    machine.advance(until)


def _write(files: Mapping[str, IO[bytes]], summary: Summary, output: Output) -> None:
    summary.written(output.topic, output.key, output.value)
    if output.value is not None:
        files[output.topic].write(output.value + b"\n")


async def through_kafka(
    history: Iterator[InputRecord],
    settings: Settings,
    on_progress: OnProgress,
    *,
    wait: bool,
    say: Callable[[str], None],
    in_step: int = IN_STEP,
) -> Summary:
    """Write the history to the input topics; with `wait`, until the workers have decided it, and sum up what they did.

    With `in_step` they decide each so many records, and what follows from them, before more is written: percentiles and deadlines then
    keep up with the events as they once did. Poured in at once, years of one topic would be read before the first day of another.
    Raises UserError when no worker moves.
    """
    summary, connection = Summary(), settings.connection
    partitions = await topics.partition_count(connection, prefix=settings.prefix)
    before = await kafka.offsets(connection, [settings.prefix + name for name in OUTPUTS])
    inputs = [settings.prefix + name for name in INPUTS]
    async with kafka.producer(connection) as producer, kafka.watch(connection, settings.group, inputs) as behind:
        pending = kafka.PendingSends(producer)
        for number, record in enumerate(history, 1):
            summary.read(record.kind, record.at)
            await produce(pending, settings, record, partitions)
            if wait and in_step and not number % in_step:
                await pending.settled()
                await until_decided(behind, settings, pause_s=0.02)
            if not number % 200:
                on_progress(number)
        await pending.settled()
        if wait:
            say("waiting for the workers")
            await until_decided(behind, settings, pause_s=0.5)
            await _sum_up(summary, settings, before)
    return summary


async def _sum_up(summary: Summary, settings: Settings, before: dict[tuple[str, int], tuple[int, int]]) -> None:
    for name in OUTPUTS:
        start = {partition: end for (topic, partition), (_, end) in before.items() if topic == settings.prefix + name}
        async for record in kafka.read_topic(settings.connection, settings.prefix + name, start=start):
            summary.written(name, record.key or b"", record.value)
