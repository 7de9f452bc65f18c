"""The race: every contender in turn over the same events, repeated; each checked against the plain fold."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import engine_job, kafka, verify, whole_job
from bench.stream import Stream
from bench.trial import Trial

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 240

CONTENDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "makegood": ("with_makegood", {}),
    "makegood-rocksdb": ("with_makegood", {"store": "rocksdb"}),
    "aiokafka": ("with_aiokafka", {}),
    "aiokafka-eos": ("with_aiokafka", {"exactly_once": True}),
    "confluent": ("with_confluent", {}),
    "quix": ("with_quix", {}),
    "faust": ("with_faust", {}),
}
"""Name -> module and settings, in the order in which they take turns."""


class Failed(Exception):
    """A contender's process failed, or said nothing."""


@dataclass(frozen=True)
class Size:
    """How many events: `slow` for the contender that takes a hundred times as long."""

    events: int
    slow: int
    repeats: int


def run_trial(trial: Trial) -> dict[str, Any]:
    """Run a contender in a process of its own; returns what it measured. Raises Failed."""
    module = CONTENDERS[trial.contender][0]
    directory = Path(trial.directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    command = [sys.executable, "-m", f"bench.contenders.{module}", trial.to_json()]
    with (directory / "errors").open("w") as errors:
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=errors, text=True, timeout=LIMIT_S, check=False, cwd=ROOT)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{trial.contender} did not end within {LIMIT_S} s: {_last_words(directory / 'errors')}") from late
    results = [line.partition("RESULT ")[2] for line in done.stdout.splitlines() if "RESULT " in line]
    if not results:
        raise Failed(f"{trial.contender} ended with {done.returncode}: {_last_words(directory / 'errors')}")
    measured: dict[str, Any] = json.loads(results[-1])
    return measured


def _last_words(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:].strip() or "it said nothing"


def own_topics(job: str) -> dict[str, dict[str, str]]:
    """The topics that a trial of a job writes."""
    if job == "whole":
        return {name: whole_job.topic_config(name) for name in whole_job.OWN}
    return {"state": kafka.COMPACTED, "journal": kafka.LOG, engine_job.OUTPUT: kafka.LOG}


class Race:
    """One job. Inputs are produced once, and once more, shorter, for the slow contender."""

    def __init__(self, bootstrap: str, job: str, size: Size, directory: Path) -> None:
        self.bootstrap, self.job, self.size, self.directory = bootstrap, job, size, directory
        self.expected: dict[str, verify.EngineExpectation] = {}
        self.notes: dict[str, Any] = {}

    def prepare(self, contenders: list[str]) -> None:
        """Produce the inputs."""
        for slow in {name == "faust" for name in contenders}:
            inputs, count = self._inputs(slow=slow)
            if self.job == "engine":
                kafka.make_topics(self.bootstrap, {inputs + engine_job.INPUT: kafka.LOG})
                kafka.pour(self.bootstrap, ((inputs + engine_job.INPUT, key, value) for key, value in engine_job.events(count)))
                self.expected[inputs] = verify.EngineExpectation(self.bootstrap, inputs)
            else:
                kafka.make_topics(self.bootstrap, {inputs + name: whole_job.topic_config(name) for name in whole_job.SHARED})
                kafka.pour(self.bootstrap, ((inputs + topic, key, value) for topic, key, value in Stream().records(count)))

    def _inputs(self, *, slow: bool) -> tuple[str, int]:
        return (f"{self.job}-short.", self.size.slow) if slow else (f"{self.job}-long.", self.size.events)

    def run(self, contenders: list[str], say: Any) -> dict[str, dict[str, Any]]:
        """In turns; returns the median of each contender's repeats. A contender that is wrong or fails is named, and has no figures."""
        tried: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
        failures: dict[str, str] = {}
        for turn in range(self.size.repeats):
            for name in contenders:
                if name in failures:
                    continue
                try:
                    tried[name].append(measured := self._turn(name, turn))
                    say(f"{self.job} {name}: {measured['events_per_s']:,.0f} events/s, {measured['cpu_us']:.1f} us CPU an event")
                except (Failed, verify.Wrong) as failure:
                    failures[name] = str(failure)
                    say(f"{self.job} {name} FAILED: {failure}")
        kafka.remove_topics(self.bootstrap, lambda topic: topic.startswith(f"{self.job}-"))
        return {name: {"failed": failures[name]} if name in failures else _median(runs) for name, runs in tried.items()}

    def _turn(self, name: str, turn: int) -> dict[str, Any]:
        inputs, count = self._inputs(slow=name == "faust")
        prefix = f"{self.job}-{name}-{turn}."
        directory = self.directory / f"{self.job}-{name}-{turn}"
        trial = Trial(name, self.job, self.bootstrap, inputs, prefix, count, str(directory))
        trial = replace(trial, **CONTENDERS[name][1])
        kafka.make_topics(self.bootstrap, {prefix + topic: config for topic, config in own_topics(self.job).items()})
        measured = run_trial(trial)
        if turn == 0:
            measured["verified"] = self.expected[inputs].check(trial) if self.job == "engine" else verify.check_whole(trial)
        kafka.remove_topics(self.bootstrap, lambda topic: trial.group in topic)
        shutil.rmtree(directory, ignore_errors=True)
        return measured


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    keys = ("events_per_s", "cpu_us", "peak_mb")
    median = {key: statistics.median(run[key] for run in runs) for key in keys}
    return median | {"events": runs[0]["events"], "runs": [round(run["events_per_s"]) for run in runs], "verified": runs[0].get("verified")}
