"""`python -m bench.run`: every part of the bench, one after the other; each part writes its results before the next begins."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import against, history, machine, plots, race, report
from bench.race import CONTENDERS
from bench.results import Results
from makegood.local.broker import Cluster

HERE = Path(__file__).resolve().parent
PORT = 39092


@dataclass(frozen=True)
class Size:
    """How much a run measures: events of each job, of them for the contender that takes a hundred times as long, and turns."""

    engine: race.Size
    whole: race.Size
    processes: int
    steps: tuple[int, ...]
    latency_s: float
    restarts: int
    idle_s: float

    @classmethod
    def full(cls) -> Size:
        """To compare."""
        engine, whole = race.Size(500_000, 60_000, 3), race.Size(200_000, 25_000, 3)
        return cls(engine, whole, 80_000, (10_000, 100_000, 300_000, 1_000_000), 30, 5, 20)

    @classmethod
    def short(cls, events: int | None, turns: int) -> Size:
        """To try the bench, or a change: a part takes a minute or two."""
        engine, whole = race.Size(events or 100_000, 10_000, turns), race.Size(events or 30_000, 5_000, turns)
        return cls(engine, whole, events or 20_000, (1_000, 10_000), 8, 1, 5)


class Bench:
    """One run: a broker of its own in a directory of its own, both gone at the end."""

    def __init__(self, options: argparse.Namespace, bootstrap: str, directory: Path, results: Results) -> None:
        self.short = options.short
        self.size = Size.short(options.events, options.turns or 1) if options.short else Size.full()
        self.contenders = options.contender or list(CONTENDERS)
        self.bootstrap, self.directory, self.results = bootstrap, directory, results
        self.comparison: against.Comparison | None = None

    def engine(self) -> None:
        """The engine alone."""
        self._race("engine", self.size.engine)

    def whole(self) -> None:
        """The whole job."""
        self._race("whole", self.size.whole)

    def _race(self, job: str, size: race.Size) -> None:
        running = race.Race(self.bootstrap, job, size, self.directory)
        running.prepare(self.contenders)
        self.results.race(job, running.run(self.contenders, say))

    def scale(self) -> None:
        """Recovery, memory, throughput and latency by the number of customers."""
        from bench.scale import Scale

        Scale(self.bootstrap, self.directory, quick=self.short).run(self.size.steps, self.results, say)

    def latency(self) -> None:
        """From event to durable output at 1,000 events a second."""
        from bench import live

        self.results.latency(live.latency(self.bootstrap, self.directory, seconds=self.size.latency_s))

    def restart(self) -> None:
        """From kill -9 and start to the first new decision."""
        from bench import live

        self.results.restart(live.restart(self.bootstrap, self.directory, times=self.size.restarts))

    def idle(self) -> None:
        """A worker with nothing to do."""
        from bench import live

        self.results.idle(live.idle(self.bootstrap, self.directory, seconds=self.size.idle_s))

    def processes(self) -> None:
        """Two processes of a worker against one."""
        from bench.processes import two_against_one

        size = self.size
        self.results.processes(two_against_one(self.bootstrap, self.directory, events=size.processes, turns=size.whole.repeats, say=say))

    def against(self, part: str) -> None:
        """A part of an earlier commit beside ours."""
        assert self.comparison is not None
        self.results.against(self.comparison.trees[1].name, part, self.comparison.run(part))

    @contextlib.contextmanager
    def beside(self, commit: str | None) -> Iterator[None]:
        """With an earlier commit at hand, where one was named."""
        if commit is None:
            yield
            return
        say(f"commit {commit} is set up")
        size = against.Size(
            self.size.engine.events,
            self.size.whole.events,
            self.size.latency_s,
            self.size.restarts,
            self.size.steps[min(1, len(self.size.steps) - 1)],
            self.size.engine.repeats,
        )
        with against.tree_of(commit, self.directory) as theirs:
            self.comparison = against.Comparison(theirs, self.bootstrap, self.directory, size, say)
            yield


PARTS: dict[str, Callable[[Bench], None]] = {
    "engine": Bench.engine,
    "whole": Bench.whole,
    "scale": Bench.scale,
    "latency": Bench.latency,
    "restart": Bench.restart,
    "idle": Bench.idle,
    "processes": Bench.processes,
}
AGAINST: dict[str, Callable[[Bench], None]] = {f"against-{part}": partial(Bench.against, part=part) for part in against.PARTS}
"""Parts that need an earlier commit."""


def say(line: str) -> None:
    """Progress, for whoever watches."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


@contextlib.contextmanager
def cluster(port: int) -> Iterator[tuple[str, Path]]:
    """A broker for this run only: its address and a directory to work in."""
    directory = Path(tempfile.mkdtemp(prefix="makegood-bench-"))
    broker = Cluster(directory / "kafka", first_port=port, heap_mb=1024)
    try:
        broker.start()
        yield broker.bootstrap, directory
    finally:
        broker.stop()
        shutil.rmtree(directory, ignore_errors=True)


def options_of(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=[*PARTS, *AGAINST], metavar="PART", help=f"one of {', '.join([*PARTS, *AGAINST])}"
    )
    parser.add_argument("--contender", action="append", choices=CONTENDERS, metavar="NAME", help=f"one of {', '.join(CONTENDERS)}")
    parser.add_argument("--against", metavar="COMMIT", help="ratios to this commit, whose turns alternate with ours")
    parser.add_argument("--quick", action="store_true", help="a short run: small counts, one turn each: to try the bench, not to compare")
    parser.add_argument("--events", type=int, help="a short run with so many events of a job")
    parser.add_argument("--turns", type=int, help="turns of a short run [default: 1]")
    parser.add_argument(
        "--out", type=Path, help="where results.json, results.md, plots/ and history.jsonl go [default: bench/; short: nowhere]"
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"the broker's port [default: {PORT}]")
    options = parser.parse_args(words)
    options.short = options.quick or options.events is not None or options.turns is not None
    if options.against:
        options.against = history.commit_of(options.against)
    elif wanted := [part for part in options.only or [] if part in AGAINST]:
        parser.error(f"{wanted[0]} needs --against COMMIT")
    return options


def main() -> int:
    """Run the parts; returns 1 when a contender failed or was wrong, or a part could not be measured."""
    options = options_of(sys.argv[1:])
    out: Path | None = options.out or (None if options.short else HERE)
    results = Results({}) if out is None else Results.read(out)
    parts = PARTS | (AGAINST if options.against else {})
    with cluster(options.port) as (bootstrap, directory):
        bench = Bench(options, bootstrap, directory, results)
        with bench.beside(options.against):
            failed = [name for name in options.only or parts if not _measure(name, parts[name], bench, out)]
    failed += results.failures()
    if out is None:
        print(report.page(results.data, whole=False))
    else:
        _write(results, out, [name for name in options.only or parts if name not in failed], record=not options.short)
    for name in failed:
        say(f"FAILED: {name}")
    return 1 if failed else 0


def _measure(name: str, part: Callable[[Bench], None], bench: Bench, out: Path | None) -> bool:
    """Whether a part could be measured; what was is written at once."""
    say(f"part {name}")
    began, load = time.monotonic(), machine.load()
    try:
        part(bench)
    except Exception as error:  # the parts after it are worth having
        say(f"part {name} FAILED: {error!r}")
        return False
    bench.results.note(name, quick=bench.short, took_s=time.monotonic() - began, load=load)
    if out is not None:
        bench.results.write(out)
    say(f"part {name} took {time.monotonic() - began:.0f} s")
    return True


def _write(results: Results, out: Path, measured: list[str], *, record: bool) -> None:
    if record:
        history.append(out, results.data, measured)
    plots.draw(results.data, out / "plots")
    plots.draw_history(recorded := history.read(out), out / "plots")
    (out / "results.md").write_text(report.page(results.data, history=bool(recorded)))


if __name__ == "__main__":
    sys.exit(main())
