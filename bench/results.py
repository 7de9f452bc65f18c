"""results.json: read, filled part by part, written. Only what was measured again is replaced."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from bench import machine

NAMES = ("makegood", "makegood-rocksdb", "faust", "quix", "aiokafka", "aiokafka-eos", "confluent")
"""Contenders with a place of their own; all their figures stand under `extra`."""


class Results:
    """The document, as it will be written."""

    def __init__(self, data: dict[str, Any]) -> None:
        empty = {"machine": "", "date": "", "engine": {}, "whole": {}, "recovery_records_per_s": None, "latency_at_1000_per_s": {}}
        empty |= {"restart_to_first_decision_s": None, "idle_cpu_share": None, "memory_mb_per_100k_customers": None}
        empty |= {"two_processes_times_one": {}, "against": {}, "extra": {}}
        self.data: dict[str, Any] = empty | data
        self.extra: dict[str, Any] = self.data["extra"]

    @classmethod
    def read(cls, directory: Path) -> Results:
        """What is there, or the beginning of it."""
        try:
            data = json.loads((directory / "results.json").read_text())
        except (OSError, ValueError):
            data = {}
        return cls(data)

    def write(self, directory: Path) -> None:
        """Write it."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "results.json").write_text(json.dumps(self.data, indent=2) + "\n")

    def note(self, part: str, *, quick: bool, took_s: float, load: float) -> None:
        """When and how a part was measured."""
        self.data["machine"], self.data["date"] = machine.describe(), time.strftime("%Y-%m-%d")
        parts = self.extra.setdefault("parts", {})
        parts[part] = {"date": time.strftime("%Y-%m-%d %H:%M"), "quick": quick, "took_s": round(took_s), "load_before": load}

    def race(self, job: str, measured: dict[str, dict[str, Any]]) -> None:
        """The figures of a job: two of each contender in their place, all of them under `extra`."""
        details = self.extra.setdefault(job, {})
        for name, figures in measured.items():
            details[name] = _rounded(figures)
            if name in NAMES:
                self.data[job].pop(name, None)
            if name in NAMES and "failed" not in figures:
                self.data[job][name] = {"events_per_s": round(figures["events_per_s"]), "cpu_us": round(figures["cpu_us"], 2)}

    def scale(self, rows: list[dict[str, Any]]) -> None:
        """One row for each number of customers; the last one gives recovery and memory."""
        self.extra["scale"] = [_rounded(row) for row in rows]
        last = rows[-1]
        self.data["recovery_records_per_s"] = round(last["recovery_records_per_s"])
        self.data["memory_mb_per_100k_customers"] = round(last["state_mb"] / last["customers"] * 100_000, 1)

    def latency(self, figures: dict[str, Any]) -> None:
        """Milliseconds from event to durable output, and the worker's share of a core."""
        self.data["latency_at_1000_per_s"] = _rounded({key: figures[key] for key in ("p50_ms", "p99_ms", "cpu_share")})
        self.extra["latency"] = _rounded(figures)

    def restart(self, figures: dict[str, Any]) -> None:
        """Seconds from the start of the process to its first transaction."""
        self.data["restart_to_first_decision_s"] = round(figures["median_s"], 2)
        self.extra["restart"] = _rounded(figures)

    def idle(self, figures: dict[str, Any]) -> None:
        """Share of a core."""
        self.data["idle_cpu_share"] = round(figures["cpu_share"], 4)
        self.extra["idle"] = _rounded(figures)

    def processes(self, figures: dict[str, Any]) -> None:
        """How much more two processes decide than one."""
        self.data["two_processes_times_one"] = _rounded({key: figures[key] for key in ("by_the_clock", "by_processor_time")})
        self.extra["processes"] = _rounded(figures)

    def against(self, commit: str, part: str, figures: dict[str, Any]) -> None:
        """Ratios of a part to an earlier commit."""
        self.data["against"].setdefault(commit, {})[part] = figures

    def failures(self) -> list[str]:
        """Contenders that failed or came to a wrong result."""
        return [
            f"{job} {name}: {figures['failed'].splitlines()[-1]}"
            for job in ("engine", "whole")
            for name, figures in self.extra.get(job, {}).items()
            if "failed" in figures
        ]


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
