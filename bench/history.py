"""history.jsonl: a line for each run that was recorded: the commit, and the figures that can be compared from one machine to another, or nearly."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FILE = "history.jsonl"
HAND_LOOPS = ("aiokafka", "aiokafka-eos", "confluent")
"""Contenders that make the same decisions, at their best."""

Data = dict[str, Any]


def commit_of(name: str = "HEAD") -> str:
    """The short hash of a commit. Raises SystemExit where there is none of this name."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "--verify", f"{name}^{{commit}}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"there is no commit {name}: {done.stderr.strip()}")
    return done.stdout.strip()


def _changed() -> bool:
    """Whether what was measured differs from its commit; the bench's own results do not count."""
    words = ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results.*", ":!bench/plots", f":!bench/{FILE}"]
    return bool(subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip())


def ratio(results: Data, job: str, *others: str) -> float | None:
    """Ours to the best of others, in events a second."""
    figures = results["extra"].get(job, {})
    ours = figures.get("makegood", {}).get("events_per_s")
    best = max((figures.get(other, {}).get("events_per_s") or 0.0 for other in others), default=0.0)
    return round(ours / best, 3) if ours and best else None


def figures(results: Data, parts: list[str]) -> Data:
    """What a run of these parts is remembered by."""
    latency = results["latency_at_1000_per_s"]
    by_part: dict[str, Data] = {
        "engine": {
            name: ratio(results, "engine", other)
            for name, other in (("engine_times_eos_loop", "aiokafka-eos"), ("engine_times_quix", "quix"))
        },
        "whole": {
            "whole_times_best_loop": ratio(results, "whole", *HAND_LOOPS),
            "whole_cpu_us": results["whole"].get("makegood", {}).get("cpu_us"),
        },
        "latency": {name: latency.get(name) for name in ("p50_ms", "p99_ms", "cpu_share")},
        "scale": {"recovery_records_per_s": results["recovery_records_per_s"]},
        "restart": {"restart_s": results["restart_to_first_decision_s"]},
        "processes": {"two_processes": results.get("two_processes_times_one", {}).get("by_processor_time")},
    }
    return {name: value for part in parts for name, value in by_part.get(part, {}).items() if value is not None}


def append(directory: Path, results: Data, parts: list[str]) -> None:
    """Remember a run; nothing where it measured nothing that is remembered."""
    if found := figures(results, parts):
        commit = commit_of() + ("+" if _changed() else "")
        entry = {"commit": commit, "date": results["date"], "machine": results["machine"], "figures": found}
        with (directory / FILE).open("a") as file:
            file.write(json.dumps(entry) + "\n")


def read(directory: Path) -> list[Data]:
    """One entry for each commit, in the order of first mention: what was measured last of it counts."""
    path = directory / FILE
    entries: dict[str, Data] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        entry = json.loads(line)
        known = entries.setdefault(entry["commit"], {"commit": entry["commit"], "figures": {}})
        known["figures"] |= entry["figures"]
    return list(entries.values())
