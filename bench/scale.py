"""By the number of customers, from ten thousand to a million: recovery, memory, throughput, cost and latency of the real worker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from bench import engine_job, kafka, live, whole_job
from bench.customers import customer_id
from bench.race import run_trial
from bench.results import Results
from bench.stream import SPAN, Stream
from bench.trial import PARTITIONS, Trial
from streams.engine.partitioner import partition_of
from streams.decide.context import MetricChanged
from streams.decide.percentiles import Histograms
from streams.decide.record import pack
from streams.decide.table import CUSTOMERS
from streams.offline import Offline

Record = tuple[str, bytes, bytes]


class Scale:
    """State records are those of a real run, copied to more customers under other names."""

    def __init__(self, bootstrap: str, directory: Path, *, quick: bool) -> None:
        self.bootstrap, self.directory = bootstrap, directory
        self.models = 1_500 if quick else 15_000
        self.facts = 10_000 if quick else 100_000
        self.latency_s = 5 if quick else 10

    def run(self, steps: tuple[int, ...], results: Results, say: Callable[[str], None]) -> None:
        """One row for each number of customers."""
        templates = Templates(self.models)
        rows = []
        for customers in steps:
            rows.append(row := self._row(customers, templates))
            say("scale " + ", ".join(f"{key} {value:,.1f}" for key, value in row.items()))
            kafka.remove_topics(self.bootstrap, lambda topic, prefix=f"scale-{customers}": topic.startswith(prefix))
        results.scale(rows)
        results.extra["engine_state"] = engine = self._engine_state(steps[-1])
        say("engine state " + ", ".join(f"{key} {value:,.1f}" for key, value in engine.items()))

    def _row(self, customers: int, templates: Templates) -> dict[str, Any]:
        prefix = f"scale-{customers}."
        live.make_topics(self.bootstrap, prefix)
        self._pour_state(prefix, templates.records(customers))
        stream = Stream(customers, seed=9, start=datetime.now(UTC), span=SPAN / 10_000)
        stream.number = 10**9
        facts = ((prefix + topic, key, value) for topic, key, value in stream.records(self.facts, profiles=False))
        kafka.pour(self.bootstrap, facts)
        measured = run_trial(self._trial("whole", prefix, self.facts))
        latency = live.latency(self.bootstrap, self.directory, seconds=self.latency_s, prefix=prefix, customers=customers, profiles=False)
        return _row(customers, measured) | {
            "events_per_s": measured["events_per_s"],
            "cpu_us": measured["cpu_us"],
            "peak_mb": measured["peak_mb"],
            "p50_ms": latency["p50_ms"],
            "p99_ms": latency["p99_ms"],
            "cpu_share_at_1000_per_s": latency["cpu_share"],
        }

    def _engine_state(self, customers: int) -> dict[str, Any]:
        """Recovery and memory with the small state of the engine job."""
        prefix = "scale-engine."
        kafka.make_topics(self.bootstrap, {prefix + name: kafka.LOG for name in ("state", "journal", engine_job.INPUT, engine_job.OUTPUT)})
        states = ((customer_id(n).encode(), orjson.dumps([n, 25, 12, 6.514321 + n / 1e7, 1.75e9 + n])) for n in range(customers))
        self._pour_state(prefix, states)
        row = _row(customers, run_trial(self._trial("engine", prefix, 0, recover_only=True)))
        kafka.remove_topics(self.bootstrap, lambda topic: topic.startswith(prefix))
        return row

    def _trial(self, job: str, prefix: str, total: int, **more: Any) -> Trial:
        directory = self.directory / f"{prefix}{job}"
        shutil.rmtree(directory, ignore_errors=True)
        return Trial("makegood", job, self.bootstrap, prefix, prefix, total, str(directory), **more)

    def _pour_state(self, prefix: str, records: Iterator[tuple[bytes, bytes] | tuple[bytes, bytes, int]]) -> None:
        """Customers' records go to their partition; records of a partition name it."""
        by_partition: dict[bytes, int] = {}

        def named() -> Iterator[Record]:
            for key, value, *number in records:
                where = number[0] if number else partition_of(key.removeprefix(b"c:").decode(), PARTITIONS)
                by_partition[b""] = where
                yield prefix + "state", key, value

        kafka.pour(self.bootstrap, named(), lambda _: by_partition[b""])


def _row(customers: int, measured: dict[str, Any]) -> dict[str, Any]:
    return {
        "customers": customers,
        "recovered": measured["recovered"],
        "recovery_s": measured["recovery_s"],
        "recovery_records_per_s": measured["recovered"] / measured["recovery_s"],
        "state_mb": measured["after_mb"] - measured["before_mb"],
        "resident_mb": measured["after_mb"],
    }


class Templates:
    """The state of some thousand customers after ten facts each, up to now."""

    def __init__(self, customers: int) -> None:
        now = datetime.now(UTC)
        offline = Offline(whole_job.policy(), PARTITIONS, lambda output: None)
        for topic, key, value in Stream(customers, start=now - SPAN).records(customers * 10):
            offline.feed(topic, partition_of(key.decode(), PARTITIONS), key, value)
        offline.advance(now.timestamp())
        state = {key: value for _, key, value in offline.state()}
        self.customers = [state[key] for number in range(customers) if (key := b"c:" + customer_id(number).encode()) in state]
        self.names = [CUSTOMERS.decode(raw).id.encode() for raw in self.customers]
        segments = [CUSTOMERS.decode(raw).segment for raw in self.customers]
        self.metrics = [(None, None) if s is None else (s.business, s.satisfaction) for s in segments]
        self.common = {key: state[key] for key in (b"~policy", b"~thresholds") if key in state}

    def records(self, count: int) -> Iterator[tuple[bytes, bytes] | tuple[bytes, bytes, int]]:
        """State records of so many customers, then those of the partitions, which name theirs."""
        histograms = [Histograms() for _ in range(PARTITIONS)]
        for number in range(count):
            model = number % len(self.customers)
            name = customer_id(number)
            yield b"c:" + name.encode(), self.customers[model].replace(self.names[model], name.encode())
            ours = histograms[partition_of(name, PARTITIONS)]
            for metric, value in zip(("business", "satisfaction"), self.metrics[model], strict=True):
                if value is not None:
                    ours.apply(MetricChanged(metric, None, value))
        for number, histogram in enumerate(histograms):
            histogram.changes = 0
            yield b"~histograms", pack(histogram), number
            for key, value in self.common.items():
                yield key, value, number
