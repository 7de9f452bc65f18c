"""Folds the inputs in journal order with the pure functions and compares: every input once, state and outputs equal, nothing twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from makegood import kafka
from makegood.config import policy_file
from makegood.kafka import Connection
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


async def read(connection: Connection, prefix: str, topic: str, partitions: int) -> list[list[kafka.Record]]:
    """The committed records of a topic, by partition."""
    found: list[list[kafka.Record]] = [[] for _ in range(partitions)]
    async for record in kafka.read_topic(connection, prefix + topic, unreadable=True):
        found[record.partition].append(record)
    return found


async def _read_at_rest(connection: Connection, prefix: str, partitions: int, tries: int = 20):
    """Every topic, by name, read while nothing was written: a deadline that falls due meanwhile would be in one topic and not in another."""
    names = (*INPUTS, *OUTPUTS, "journal", "state")
    full = [prefix + name for name in names]
    for _ in range(tries):
        before = await kafka.offsets(connection, full)
        topics = {name: await read(connection, prefix, name, partitions) for name in names}
        after = await kafka.offsets(connection, full)
        if {k: end for k, (_, end) in before.items()} == {k: end for k, (_, end) in after.items()}:
            return topics
        await asyncio.sleep(1)
    raise AssertionError(f"the topics never came to rest in {tries} readings")


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
