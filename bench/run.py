"""`python -m bench.run`: every part of the bench, one after the other; each part writes its results before the next begins."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import machine, plots, report
from bench.race import CONTENDERS, Race, Size
from bench.results import Results
from makegood.local.broker import Cluster

HERE = Path(__file__).resolve().parent
PORT = 39092


class Bench:
    """One run: a broker of its own in a directory of its own, both gone at the end."""

    def __init__(self, options: argparse.Namespace, bootstrap: str, directory: Path, results: Results) -> None:
        self.quick = options.quick
        self.contenders = options.only or list(CONTENDERS)
        self.bootstrap, self.directory, self.results = bootstrap, directory, results

    def engine(self) -> None:
        """The engine alone."""
        self._race("engine", Size(100_000, 10_000, 1) if self.quick else Size(500_000, 60_000, 3))

    def whole(self) -> None:
        """The whole job."""
        self._race("whole", Size(30_000, 5_000, 1) if self.quick else Size(200_000, 25_000, 3))

    def _race(self, job: str, size: Size) -> None:
        race = Race(self.bootstrap, job, size, self.directory)
        race.prepare(self.contenders)
        self.results.race(job, race.run(self.contenders, say))

    def scale(self) -> None:
        """Recovery, memory, throughput and latency by the number of customers."""
        from bench.scale import Scale

        steps = (1_000, 10_000) if self.quick else (10_000, 100_000, 300_000, 1_000_000)
        Scale(self.bootstrap, self.directory, quick=self.quick).run(steps, self.results, say)

    def latency(self) -> None:
        """From event to durable output at 1,000 events a second."""
        from bench import live

        self.results.latency(live.latency(self.bootstrap, self.directory, seconds=8 if self.quick else 30))

    def restart(self) -> None:
        """From kill -9 and start to the first new decision."""
        from bench import live

        self.results.restart(live.restart(self.bootstrap, self.directory, times=1 if self.quick else 5))

    def idle(self) -> None:
        """A worker with nothing to do."""
        from bench import live

        self.results.idle(live.idle(self.bootstrap, self.directory, seconds=5 if self.quick else 20))


PARTS: dict[str, Callable[[Bench], None]] = {
    "engine": Bench.engine,
    "whole": Bench.whole,
    "scale": Bench.scale,
    "latency": Bench.latency,
    "restart": Bench.restart,
    "idle": Bench.idle,
}


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
    parser.add_argument("--quick", action="store_true", help="small counts, one turn each: to try the bench, not to compare")
    parser.add_argument("--part", action="append", choices=PARTS, help="this part only; may be given several times")
    parser.add_argument("--only", action="append", choices=CONTENDERS, metavar="NAME", help=f"this contender only: {', '.join(CONTENDERS)}")
    parser.add_argument("--out", type=Path, default=HERE, help="where results.json, results.md and plots/ go [default: bench/]")
    parser.add_argument("--port", type=int, default=PORT, help=f"the broker's port [default: {PORT}]")
    return parser.parse_args(words)


def main() -> int:
    """Run the parts; returns 1 when a contender failed or was wrong, or a part could not be measured."""
    options = options_of(sys.argv[1:])
    results, failed = Results.read(options.out), []
    with cluster(options.port) as (bootstrap, directory):
        bench = Bench(options, bootstrap, directory, results)
        for name in options.part or PARTS:
            say(f"part {name}")
            began, load = time.monotonic(), machine.load()
            try:
                PARTS[name](bench)
            except Exception as error:  # the parts after it are worth having
                say(f"part {name} FAILED: {error!r}")
                failed.append(name)
                continue
            results.note(name, quick=options.quick, took_s=time.monotonic() - began, load=load)
            results.write(options.out)
            say(f"part {name} took {time.monotonic() - began:.0f} s")
    written: dict[str, Any] = results.data
    plots.draw(written, options.out / "plots")
    (options.out / "results.md").write_text(report.page(written))
    failed += results.failures()
    for name in failed:
        say(f"FAILED: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
