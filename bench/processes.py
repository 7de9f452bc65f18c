"""Two processes against one: the real worker over a backlog of the whole job, in turns; by the clock, and by processor time."""

from __future__ import annotations

import json
import signal
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import kafka, live, whole_job
from bench.stream import Stream

CUSTOMERS = 20_000
LIMIT_S = 300
SESSION_S = 12
POURED_WITHIN_S = 8
"""The worker stands still while the backlog is poured in: the group must not take its partitions away meanwhile."""
SETTLED_S = 5
"""A group may be rebalanced once more after all partitions were at rest."""
COUNTS = (1, 2)


class Applied:
    """Counts in the journal which events are applied, and notes when the last was."""

    def __init__(self, total: int) -> None:
        self.total, self.count, self.last = total, 0, 0.0
        self.complete = threading.Event()

    def __call__(self, _: str, message: Any, at: float) -> None:
        """Hear an entry of the journal."""
        inputs = json.loads(message.value())["inputs"]
        self.count += sum(stretch["next"] - stretch["first"] for stretch in inputs if stretch["topic"] in whole_job.SHARED)
        if self.count >= self.total and not self.complete.is_set():
            self.last = at
            self.complete.set()


def _turn(bootstrap: str, directory: Path, processes: int, events: int, prefix: str) -> dict[str, float]:
    live.make_topics(bootstrap, prefix)
    records = [(prefix + topic, key, value) for topic, key, value in Stream(CUSTOMERS).records(events)]
    options = {"processes": processes, "clock": "events"}
    with live.running(bootstrap, prefix, directory, environment={"MAKEGOOD_SESSION_TIMEOUT_S": str(SESSION_S)}, **options) as worker:
        time.sleep(SETTLED_S)
        worker.until_idle()
        applied, assignments = Applied(len(records)), _assignments(worker)
        tap = live.Tap(bootstrap, prefix, ("journal",), applied)
        worker.signal(signal.SIGSTOP)
        stopped = time.perf_counter()
        kafka.pour(bootstrap, records)
        cpu, began = worker.cpu_s(), time.perf_counter()
        worker.signal(signal.SIGCONT)
        if not applied.complete.wait(LIMIT_S):
            raise TimeoutError(f"{applied.count} of {len(records)} events were applied within {LIMIT_S} s")
        used, memory = worker.cpu_s() - cpu, worker.proportional_mb()
        tap.close()
        if began - stopped > POURED_WITHIN_S or _assignments(worker) != assignments:
            raise RuntimeError("the group was rebalanced meanwhile, which costs what is not to be measured here: is the machine busy?")
    kafka.remove_topics(bootstrap, lambda topic: topic.startswith(prefix))
    return {"events_per_s": events / (applied.last - began), "cpu_us": used / events * 1e6, "memory_mb": memory}


def _assignments(worker: live.Worker) -> int:
    """How often partitions were assigned to a process of the worker, by its log."""
    return (worker.directory / "log").read_text().count("partitions assigned")


def two_against_one(bootstrap: str, directory: Path, *, events: int, turns: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Medians of both, and the ratios. `by_processor_time` is how much more two processes decide that have a core each.

    On a machine with as many cores as broker, bench and processes need, that and `by_the_clock` are the same.
    """
    tried: dict[int, list[dict[str, float]]] = {count: [] for count in COUNTS}
    for number in range(turns):
        for count in COUNTS if number % 2 == 0 else reversed(COUNTS):
            tried[count].append(measured := _turn(bootstrap, directory, count, events, f"processes-{count}-{number}."))
            say(f"processes {count}: {measured['events_per_s']:,.0f} events/s, {measured['cpu_us']:.1f} us CPU an event")
    one, two = (_median(tried[count]) for count in COUNTS)
    ratios = {"by_the_clock": two["events_per_s"] / one["events_per_s"], "by_processor_time": 2 * one["cpu_us"] / two["cpu_us"]}
    return {"one": one, "two": two, "events": events, "turns": turns} | ratios


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(run[name] for run in runs), 4) for name in runs[0]}
