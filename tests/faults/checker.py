"""Folds the inputs in journal order with the pure functions and compares: every input once, state and outputs equal, nothing twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition

from makegood import kafka
from makegood.config import policy_file
from makegood.kafka import Connection
from makegood.kafka.unpacking import records_of
from schemas.topics import INPUTS, TOPICS, Role
from schemas.traffic import JournalEntry
from streams.app import folds
from streams.engine.contract import Output, StopWorker, Unreadable
from streams.engine.position import KEY as POSITION
from streams.refold import first_policy, refold

LOOPS = {topic.name for topic in TOPICS if topic.role is Role.LOOP}
OUTPUTS = [topic.name for topic in TOPICS if topic.role is Role.OUTPUT and topic.name != "journal"]


@dataclass
class Verdict:
    """What the checker found; `faults` is empty when all is well."""

    faults: list[str] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    other_code: bool = False
    """Some of it was decided by another version of the code, or of its data: what went round the loops is not comparable then."""

    @property
    def sound(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        return f"{dict(self.counts)} " + ("sound" if self.sound else "; ".join(self.faults[:8]))


async def _read_at_rest(connection: Connection, prefix: str, partitions: int, tries: int = 20) -> dict[str, list[list[kafka.Record]]]:
    """The committed records of every topic, by name and partition, until none has more: a deadline that falls due meanwhile would be in one
    topic and not in another. One client reads them all: one for each topic costs a small machine more than what it reads.
    """
    names = (*INPUTS, *OUTPUTS, "journal", "state")
    topics: dict[str, list[list[kafka.Record]]] = {name: [[] for _ in range(partitions)] for name in names}
    places = [TopicPartition(prefix + name, number) for name in names for number in range(partitions)]
    async with kafka.consumer(connection) as reader:
        reader.assign(places)
        for place, first in (await reader.beginning_offsets(places)).items():
            reader.seek(place, first)
        for _ in range(tries):
            ends = await reader.end_offsets(places)
            await _read_up_to(ends, reader, prefix, topics)
            if await reader.end_offsets(places) == ends:
                return topics
            await asyncio.sleep(1)
    raise AssertionError(f"the topics never came to rest in {tries} readings")


async def _read_up_to(ends: Mapping[TopicPartition, int], reader: Any, prefix: str, topics: dict[str, list[list[kafka.Record]]]) -> None:
    """Add what comes up to these offsets at least. Found by position: control and aborted records take offsets too."""
    while [place for place, end in ends.items() if await reader.position(place) < end]:
        batches = await reader.getmany(timeout_ms=200)
        for record in records_of((raw for batch in batches.values() for raw in batch), unreadable=True):
            topics[record.topic.removeprefix(prefix)][record.partition].append(record)


class _Folded:
    """A record of the bus as a fold wants it."""

    __slots__ = ("headers", "key", "offset", "timestamp", "value")

    def __init__(self, record: kafka.Record) -> None:
        self.offset, self.key, self.value = record.offset, record.key, record.value
        self.headers, self.timestamp = list(record.headers), record.timestamp_ms


def _folded(record: kafka.Record) -> _Folded | Unreadable:
    if record.fault is None:
        return _Folded(record)
    known = {"raw": record.value, "fault": record.fault, "why": record.why, "next": record.offset + 1}
    return Unreadable(record.offset, record.timestamp_ms, **known, key=record.key, headers=record.headers)


async def check(bootstrap: str, prefix: str, partitions: int) -> Verdict:
    """Read every topic and compare it with what the inputs, folded in journal order, must have led to."""
    connection, verdict = Connection(bootstrap), Verdict()
    topics = await _read_at_rest(connection, prefix, partitions)
    looped: Counter = Counter()
    for partition in range(partitions):
        _check_partition(partition, partitions, topics, looped, verdict)
    if verdict.other_code:
        return verdict
    sent = Counter((t, r.partition, r.key, r.value) for t in LOOPS - {"timers"} for by_partition in topics[t] for r in by_partition)
    for what, count in ((looped - sent), "lost from"), ((sent - looped), "too many in"):
        for (topic, partition, key, _), n in what.items():
            verdict.faults.append(f"{n} {count} {topic}-{partition} of key {key!r}")
    return verdict


def _check_partition(partition: int, partitions: int, topics, looped: Counter, verdict: Verdict) -> None:
    journal = [JournalEntry.model_validate_json(record.value) for record in topics["journal"][partition]]
    inputs = {name: [_folded(record) for record in topics[name][partition]] for name in INPUTS}
    verdict.counts["inputs"] += sum(map(len, inputs.values()))
    verdict.counts["transactions"] += len(journal)
    policy = first_policy(journal, policy_file.load(None))
    try:
        expected = refold(partition, journal, inputs, folds(policy, partitions))
    except StopWorker as refusal:
        verdict.faults.append(str(refusal))
        return
    for name, records in inputs.items():
        missed = [record.offset for record in records if record.offset >= expected.applied.get(name, 0)]
        if missed:
            verdict.faults.append(f"{name}-{partition}: {len(missed)} records from offset {missed[0]} on were never applied")
    found = len(verdict.faults)
    _compare_state(partition, topics["state"][partition], expected.state, verdict)
    _compare_outputs(partition, topics, expected.outputs, looped, verdict)
    if expected.others:
        verdict.other_code = True
        verdict.faults[found:] = [f"partition {partition}: {expected.explains()}"] if len(verdict.faults) > found else []


def _compare_outputs(partition: int, topics, expected: list[Output], looped: Counter, verdict: Verdict) -> None:
    outputs: dict[str, list[tuple[bytes, bytes | None]]] = {name: [] for name in OUTPUTS}
    for output in expected:
        if output.topic in LOOPS:
            looped[(output.topic, output.partition, output.key, output.value)] += 1
        else:
            outputs[output.topic].append((output.key, output.value))
    for name in OUTPUTS:
        got = [(record.key, record.value) for record in topics[name][partition]]
        verdict.counts[name] += len(got)
        if name == "unresolved":  # compacted: what counts is the last record of each key
            got, outputs[name] = sorted(dict(got).items()), sorted(dict(outputs[name]).items())
            got, outputs[name] = [e for e in got if e[1] is not None], [e for e in outputs[name] if e[1] is not None]
        if got != outputs[name]:
            more, less = Counter(got) - Counter(outputs[name]), Counter(outputs[name]) - Counter(got)
            verdict.faults.append(f"{name}-{partition}: {sum(more.values())} too many, {sum(less.values())} lost, of {len(outputs[name])}")


def _compare_state(partition: int, changelog: list[kafka.Record], expected: dict[bytes, bytes], verdict: Verdict) -> None:
    actual = {key: value for key, value in {r.key: r.value for r in changelog}.items() if value is not None and key != POSITION}
    verdict.counts["state records"] += len(actual)
    wrong = [key for key in expected.keys() | actual.keys() if expected.get(key) != actual.get(key)]
    if wrong:
        verdict.faults.append(f"state-{partition}: {len(wrong)} of {len(expected)} records differ, for example {wrong[0]!r}")
