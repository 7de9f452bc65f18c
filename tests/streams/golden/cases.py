"""What is folded: events of the bench, for many customers and for few, and the real histories, each with all its deadlines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from bench.stream import Stream
from makegood.config import policy_file
from makegood.replay.histories import FORMATS
from makegood.replay.histories.records import Meter, zone
from streams.engine.contract import Output
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.conftest import shared
from tests.streams.golden.normal_form import Normal, normal

PARTITIONS = 4
BENCH_EVENTS, FACTS = 8_000, 4_000
"""So many events of a case, if nobody says otherwise: enough for every kind of decision, few enough for the fast suite."""
HOUR, AFTERWARDS = 3_600.0, 60 * 86_400.0
"""For so long after the last event deadlines still fall due."""
EVERYONE = 'version = "everyone"\n[high_impact]\neveryone = true\n'
"""The histories know no profiles: everybody matters, or hardly anything would be decided."""


class Input(NamedTuple):
    """A record for an input topic, and its event time in seconds since 1970."""

    at: float
    topic: str
    key: str
    value: bytes


class Case(NamedTuple):
    """The inputs of so many events, the policy that overlays the built-in one, how many events are usual, and how many outputs share a digest."""

    inputs: Callable[[int], Iterator[Input]]
    policy: str = 'version = "golden"\n'
    events: int = BENCH_EVENTS
    chunk: int = 1


def of_bench(customers: int, events: int) -> Iterator[Input]:
    """The bench's own events: a few of many customers each, or many of few."""
    stream = Stream(customers)
    for topic, key, value in stream.records(events):
        yield Input(stream.at.timestamp(), topic, key.decode(), value)


def of_history(name: str, files: tuple[str, ...], events: int) -> Iterator[Input]:
    """The first facts of a history, as the offline replay reads it. Skips the test where the shared data is absent."""
    paths, history = [shared("data", file) for file in files], FORMATS[name]
    for record in islice(history.read(paths, zone(history.zone), Meter()), events):
        assert record.at is not None
        yield Input(record.at, record.topic, record.key, record.value)


def _history(name: str, *files: str) -> Case:
    return Case(partial(of_history, name, files), EVERYONE, FACTS, chunk=100)


CASES: dict[str, Case] = {
    "bench-20000": Case(partial(of_bench, 20_000)),
    "bench-600": Case(partial(of_bench, 600)),
    "olist": _history("olist", "olist_orders.csv.gz", "olist_reviews.csv.gz"),
    "online-retail": _history("online-retail", "online_retail.csv.gz"),
    "incidents": _history("incidents", "incidents.csv.gz"),
    "complete-journey": _history("complete-journey", "complete_journey.csv.gz", "complete_journey_demographics.csv.gz"),
}


def decided(name: str, events: int | None = None) -> list[Normal]:
    """Everything that goes out, in order, in its normal form."""
    case, found = CASES[name], list[Output]()
    machine, clock = Offline(policy_file.parse(case.policy, name), PARTITIONS, found.append), float("-inf")
    for at, topic, key, value in case.inputs(events or case.events):
        if at > clock:
            _pass_time(machine, clock, at)
            clock = at
        machine.feed(topic, partition_of(key, PARTITIONS), key.encode(), value)
    _pass_time(machine, clock, clock + AFTERWARDS)
    return [normal(output.topic, output.key, output.value) for output in found]


def _pass_time(machine: Offline, since: float, until: float) -> None:
    """Let deadlines fall due in steps of an hour or so, as the offline replay does."""
    step = max(HOUR, (until - since) / 1000)
    while since + step < until:  # never where `since` is minus infinity
        since += step
        machine.advance(since)
    machine.advance(until)
