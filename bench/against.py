"""Ratios to an earlier commit: its tree in a temporary folder, with packages of its own on our interpreter, and turns that alternate with ours."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bench import kafka

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 600


class Measure(NamedTuple):
    """A part: what bench.turn does for it, and which of its figures are compared."""

    do: str
    figures: tuple[str, ...]
    needs: str = ""
    """The job whose inputs are made before."""


PARTS = {
    "engine": Measure("job", ("events_per_s", "cpu_us", "peak_mb"), "engine"),
    "whole": Measure("job", ("events_per_s", "cpu_us", "peak_mb"), "whole"),
    "latency": Measure("latency", ("p50_ms", "p99_ms", "all_inputs_p50_ms", "all_inputs_p99_ms", "cpu_share", "resident_mb")),
    "restart": Measure("restart", ("median_s",)),
    "recovery": Measure("recovery", ("records_per_s", "state_mb")),
}


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    engine: int
    whole: int
    latency_s: float
    restarts: int
    customers: int
    turns: int


class Tree(NamedTuple):
    """A commit that can be run: its folder, and the interpreter that has its packages."""

    name: str
    folder: Path
    python: Path


class Failed(Exception):
    """A tree could not be made, or a turn failed."""


@contextmanager
def tree_of(commit: str, directory: Path) -> Iterator[Tree]:
    """The tree of a commit, for the time of the block. Raises Failed."""
    folder = directory / f"tree-{commit}"
    try:
        _run(["git", "worktree", "add", "--detach", str(folder), commit], ROOT)
        yield Tree(commit, folder, _install(folder))
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=ROOT, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=False, capture_output=True)


def _install(folder: Path) -> Path:
    """What the commit's own lock says, for the interpreter that we run on."""
    python, uv = folder / ".venv-bench" / "bin" / "python", str(ROOT / ".venv" / "bin" / "uv")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv-bench")], folder)
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    _run([*install, "--require-hashes", "-r", "requirements/bench.txt"], folder)
    _run([*install, "--no-deps", "--no-build-isolation", "--editable", "."], folder)
    return python


def _run(words: list[str], folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        raise Failed(f"{Path(words[0]).name} {words[1]} ... {words[-1]} ended with {done.returncode}: {done.stderr[-1500:]}")
    return done.stdout


def turn(tree: Tree, **told: Any) -> dict[str, Any]:
    """One turn, as bench.turn does it, in a process of that tree. Raises Failed."""
    text = Path(__file__).with_name("turn.py").read_text()
    said = _run([str(tree.python), "-c", text, json.dumps(told)], tree.folder)
    measured: dict[str, Any] = json.loads([line for line in said.splitlines() if line.startswith("RESULT ")][-1].removeprefix("RESULT "))
    return measured


class Comparison:
    """Ours and another commit, in turns."""

    def __init__(self, theirs: Tree, bootstrap: str, directory: Path, size: Size, say: Callable[[str], None]) -> None:
        self.trees = (Tree("ours", ROOT, Path(sys.executable)), theirs)
        self.bootstrap, self.directory, self.size, self.say = bootstrap, directory, size, say

    def run(self, part: str) -> dict[str, Any]:
        """A part: of each figure the medians of both, and of the ratios of each turn the median. Raises Failed."""
        measure = PARTS[part]
        if measure.needs:
            for tree in self.trees:
                turn(tree, do="pour", **self._told(part, tree))
        tried: dict[str, list[dict[str, Any]]] = {tree.name: [] for tree in self.trees}
        for number in range(self.size.turns):
            for tree in self.trees if number % 2 == 0 else reversed(self.trees):
                tried[tree.name].append(measured := turn(tree, do=measure.do, turn=number, **self._told(part, tree)))
                self.say(f"{part} {tree.name}: " + ", ".join(f"{name} {measured[name]:,.2f}" for name in measure.figures))
        kafka.remove_topics(self.bootstrap, lambda topic: topic.startswith(f"against-{part}-"))
        return {name: _compared(*([run[name] for run in runs] for runs in tried.values())) for name in measure.figures}

    def _told(self, part: str, tree: Tree) -> dict[str, Any]:
        own = f"against-{part}-{tree.name}"
        told: dict[str, Any] = {"bootstrap": self.bootstrap, "directory": str(self.directory / own), "prefix": f"{own}."}
        sizes = {"latency": {"seconds": self.size.latency_s}, "restart": {"times": self.size.restarts}}
        sizes["recovery"] = {"customers": self.size.customers}
        return told | sizes.get(part, {"job": part, "events": getattr(self.size, part, 0)})


def _compared(ours: list[float], theirs: list[float]) -> dict[str, Any]:
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    median = {"ours": statistics.median(ours), "theirs": statistics.median(theirs), "times": statistics.median(ratios)}
    return {name: round(value, 4) for name, value in median.items()} | {"turns": [round(ratio, 3) for ratio in ratios]}
