"""The real worker, watched from outside: latency from event to durable output, time to decide again after a kill, cost when idle."""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from bench import kafka, whole_job
from bench.stream import Stream
from bench.trial import PARTITIONS
from schemas.topics import TOPICS

ROOT = Path(__file__).resolve().parents[1]
RATE = 1_000
WARM_UP_S = 5.0
WITH_INPUT = ("tasks", "alerts", "decisions", "notices")
"""Outputs that name the input they come from."""


class Worker:
    """`makegood worker` as anybody would start it, in a process of its own."""

    def __init__(
        self, bootstrap: str, prefix: str, directory: Path, *, environment: Mapping[str, str] | None = None, **more: object
    ) -> None:
        self.directory = directory / prefix.rstrip(".")
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        options = {"kafka": bootstrap, "prefix": prefix, "group": prefix.rstrip("."), "instance": "one", "health-port": self.port}
        options |= {"dir": self.directory, "processes": 1} | more
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.command = [sys.executable, "-m", "makegood.cli", "worker", *words]
        self.environment = os.environ | dict(environment or {})
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; returns the moment (perf_counter)."""
        moment = time.perf_counter()
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=ROOT, env=self.environment)
        return moment

    def kill(self) -> None:
        """Kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it kindly."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def until_idle(self, limit_s: float = 120) -> None:
        """Wait until it is ready and has read everything. Raises TimeoutError."""
        deadline, quiet = time.monotonic() + limit_s, 0
        while quiet < 4:
            if time.monotonic() > deadline or (self.process is not None and self.process.poll() is not None):
                raise TimeoutError(f"the worker did not become ready: {(self.directory / 'log').read_text()[-1500:]}")
            quiet = quiet + 1 if self._at_rest() else 0
            time.sleep(0.5)

    def _at_rest(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                partitions = json.load(answer)["partitions"].values()
        except (OSError, urllib.error.URLError):
            return False
        return all(p["lag"] == 0 and not p["waiting_chunks"] for p in partitions)

    def processes(self) -> list[psutil.Process]:
        """Of the worker: itself, and those below it where it runs several."""
        assert self.process is not None
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]

    def signal(self, number: int) -> None:
        """Send a signal to each of its processes."""
        for process in self.processes():
            process.send_signal(number)

    def cpu_s(self) -> float:
        """User and system time so far."""
        return sum(used.user + used.system for used in (process.cpu_times() for process in self.processes()))

    def resident_mb(self) -> float:
        """Resident memory now, of all its processes."""
        return sum(process.memory_info().rss for process in self.processes()) / 2**20

    def proportional_mb(self) -> float:
        """The same, but what its processes share is counted once."""
        return sum(process.memory_full_info().pss for process in self.processes()) / 2**20


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_topics(bootstrap: str, prefix: str) -> None:
    """All topics of an installation."""
    kafka.make_topics(bootstrap, {prefix + topic.name: topic.config for topic in TOPICS})


@contextmanager
def running(bootstrap: str, prefix: str, directory: Path, **more: object):
    """A worker that is ready and at rest; ended at the end. `more` are options of `makegood worker`."""
    worker = Worker(bootstrap, prefix, directory, **more)
    worker.start()
    try:
        worker.until_idle()
        yield worker
    finally:
        worker.stop()


class Tap:
    """Reads what is committed, in a thread of its own, and notes when it came."""

    def __init__(self, bootstrap: str, prefix: str, names: tuple[str, ...], heard: Callable[[str, Any, float], None]) -> None:
        self.prefix, self.heard = prefix, heard
        settings = {"bootstrap.servers": bootstrap, "group.id": f"{prefix}tap", "enable.auto.commit": False}
        self.consumer = Consumer(settings | {"isolation.level": "read_committed"})
        places = [TopicPartition(prefix + name, number) for name in names for number in range(PARTITIONS)]
        for place in places:
            place.offset = self._end(place)
        self.consumer.assign(places)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _end(self, place: TopicPartition) -> int:
        """Where a partition ends now; one that was made a moment ago may not have its leader yet."""
        for _ in range(50):
            try:
                return self.consumer.get_watermark_offsets(place, timeout=10)[1]
            except KafkaException:
                time.sleep(0.2)
        raise RuntimeError(f"{place} has no leader")

    def _listen(self) -> None:
        while not self.ending.is_set():
            message = self.consumer.poll(0.1)
            if message is not None and message.error() is None:
                self.heard(message.topic().removeprefix(self.prefix), message, time.perf_counter())

    def close(self) -> None:
        """Stop reading."""
        self.ending.set()
        self.thread.join()
        self.consumer.close()


class Tide:
    """Pours facts at a steady rate, as they happen, in a thread of its own, and notes when each was handed over, by where it ended up."""

    def __init__(self, bootstrap: str, prefix: str, customers: int, rate: int = RATE) -> None:
        self.prefix, self.rate = prefix, rate
        self.sent: dict[tuple[str, int, int], float] = {}
        self.stream = Stream(customers, seed=int(time.time()))
        # Names of facts are new with each tide: what was sent before must not look like a re-delivery.
        self.stream.number = int(time.time() * 1000) % 10**10
        self.producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 1})
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._pour, daemon=True)
        self.thread.start()

    def _pour(self) -> None:
        began, number = time.perf_counter(), 0
        while not self.ending.is_set():
            ahead = began + number / self.rate - time.perf_counter()
            if ahead > 0:
                self.producer.poll(0)
                time.sleep(ahead)
            self.stream.at = datetime.now(UTC)
            topic, key, value = self.stream.one()
            self.producer.produce(self.prefix + topic, value, key, on_delivery=self._noted(topic, time.perf_counter()))
            number += 1
        self.producer.flush()

    def _noted(self, topic: str, moment: float) -> Callable[[Any, Any], None]:
        def noted(error: Any, message: Any) -> None:
            if error is None:
                self.sent[topic, message.partition(), message.offset()] = moment

        return noted

    def close(self) -> None:
        """Stop pouring."""
        self.ending.set()
        self.thread.join()


# -- latency ------------------------------------------------------------------------------------------------------------------------


def latency(
    bootstrap: str, directory: Path, *, seconds: float, prefix: str = "latency.", customers: int = 20_000, profiles: bool = True
) -> dict[str, Any]:
    """Milliseconds from handing a fact to the producer until a read-committed reader has what came of it, while 1,000 a second flow."""
    make_topics(bootstrap, prefix)
    if profiles:
        stream = Stream(customers, start=datetime.now(UTC))
        kafka.pour(bootstrap, ((prefix + topic, key, value) for topic, key, value in map(stream.profile, range(customers))))
    with running(bootstrap, prefix, directory) as worker:
        heard: list[tuple[str, Any, float]] = []
        tap = Tap(bootstrap, prefix, ("journal", *WITH_INPUT), lambda name, message, at: heard.append((name, message, at)))
        tide = Tide(bootstrap, prefix, customers)
        time.sleep(WARM_UP_S)
        began, cpu = time.perf_counter(), worker.cpu_s()
        time.sleep(seconds)
        ended, share = time.perf_counter(), worker.cpu_s() - cpu
        tide.close()
        time.sleep(1)
        tap.close()
        resident = worker.resident_mb()
    sent = {place: at for place, at in tide.sent.items() if began <= at <= ended}
    return _latencies(sent, heard) | {"cpu_share": share / (ended - began), "resident_mb": resident, "customers": customers}


def _latencies(sent: dict[tuple[str, int, int], float], heard: list[tuple[str, Any, float]]) -> dict[str, Any]:
    outputs, inputs = [], []
    named = {f"{topic}-{partition}-{offset}": moment for (topic, partition, offset), moment in sent.items()}
    for name, record, at in heard:
        message = json.loads(record.value())
        if name == "journal":
            inputs += [at - moment for place in _applied(message, record.partition()) if (moment := sent.get(place)) is not None]
        else:
            if (moment := named.get(message["basis"]["input"])) is not None:
                outputs.append(at - moment)
    return {
        "p50_ms": _quantile(outputs, 0.5),
        "p99_ms": _quantile(outputs, 0.99),
        "outputs": len(outputs),
        "all_inputs_p50_ms": _quantile(inputs, 0.5),
        "all_inputs_p99_ms": _quantile(inputs, 0.99),
        "inputs": len(inputs),
        "inputs_sent": len(sent),
    }


def _applied(entry: dict[str, Any], number: int) -> list[tuple[str, int, int]]:
    return [(s["topic"], number, offset) for s in entry["inputs"] for offset in range(s["first"], s["next"])]


def _quantile(seconds: list[float], share: float) -> float:
    if not seconds:
        raise RuntimeError("nothing was heard: no output came of what was sent")
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))] * 1000


# -- after a kill -------------------------------------------------------------------------------------------------------------------


def restart(bootstrap: str, directory: Path, *, times: int, prefix: str = "restart.", customers: int = 20_000) -> dict[str, Any]:
    """Seconds from starting a worker that was killed with -9 to the first transaction that it commits, under 1,000 facts a second."""
    make_topics(bootstrap, prefix)
    worker, took = Worker(bootstrap, prefix, directory), []
    heard: list[tuple[int, float]] = []
    tap = Tap(bootstrap, prefix, ("journal",), lambda _, message, at: heard.append((message.timestamp()[1], at)))
    worker.start()
    tide = None
    try:
        worker.until_idle()
        tide = Tide(bootstrap, prefix, customers)
        for _ in range(times):
            time.sleep(4)
            worker.kill()
            wall = time.time() * 1000
            took.append(_first_after(heard, wall, worker.start()))
    finally:
        if tide is not None:
            tide.close()
        worker.stop()
        tap.close()
    return {"median_s": statistics.median(took), "worst_s": max(took), "times_s": [round(s, 2) for s in took]}


def _first_after(heard: list[tuple[int, float]], wall_ms: float, began: float, limit_s: float = 60) -> float:
    seen = len(heard)
    while time.perf_counter() < began + limit_s:
        for stamp, at in heard[seen:]:
            if stamp > wall_ms and at > began:
                return at - began
        time.sleep(0.01)
    raise TimeoutError(f"no transaction within {limit_s} s of the restart")


# -- nothing to do ------------------------------------------------------------------------------------------------------------------


def idle(bootstrap: str, directory: Path, *, seconds: float, prefix: str = "idle.") -> dict[str, Any]:
    """The share of a core that a worker takes with all input topics assigned and nothing in them."""
    make_topics(bootstrap, prefix)
    with running(bootstrap, prefix, directory) as worker:
        time.sleep(5)
        began, cpu = time.perf_counter(), worker.cpu_s()
        time.sleep(seconds)
        share = (worker.cpu_s() - cpu) / (time.perf_counter() - began)
        return {"cpu_share": share, "input_topics": len(whole_job.INPUTS), "partitions": PARTITIONS, "resident_mb": worker.resident_mb()}
