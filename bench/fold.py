"""`python -m bench.fold`: processor time of the fold alone, against an earlier commit: both fold the same stretches by turns on one core.

With `--enriched` against itself instead: what it costs to send the topic `enriched` too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STRETCH = 400
"""Events folded at one turn: short enough that both versions meet the same moments of the machine."""


# -- one version, in a process of its own: it knows no more of the tree it runs in than its bench did at 550a05a ------------------------


def serve(customers: int, events: int, *, enriched: bool = False) -> None:
    """Fold a stretch for each line read, and answer with its processor time in seconds; after the last begin anew, with an empty state."""
    from bench.stream import Stream
    from bench.trial import calm

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    records = [
        SimpleNamespace(offset=n, key=key, value=value, headers=(), timestamp=0)
        for n, (_, key, value) in enumerate(Stream(customers).records(events))
    ]
    calm()
    print("ready", flush=True)
    while True:
        fold = Folding(enriched=enriched)
        for start in range(0, events, STRETCH):
            if not sys.stdin.readline():
                return
            began = time.process_time()
            fold.apply(records[start : start + STRETCH])
            print(time.process_time() - began, flush=True)


class Folding:
    """One partition with its state in a dictionary; what it sends to itself is applied at once, and timers fall due after each stretch."""

    def __init__(self, *, enriched: bool = False) -> None:
        from bench.whole_job import policy
        from schemas.topics import BY_NAME, Role
        from streams.app import folds

        self._loops = frozenset(name for name, topic in BY_NAME.items() if topic.role is Role.LOOP)
        self._state: dict[bytes, bytes] = {}
        chosen = policy()
        if enriched:
            chosen = chosen.model_copy(update={"enriched": chosen.enriched.model_copy(update={"send": True})})
        self._fold = folds(chosen, 1)(0, self._state.get)

    def apply(self, records: list[Any]) -> None:
        """Fold a stretch, all that comes back of it, and the timers that are due by then. All under one topic: it is but part of a name."""
        again = self._decide("feedback", records)
        while again or (again := self._fold.due(self._fold.watermark)):
            again = self._decide("timers", [SimpleNamespace(offset=0, key=o.key, value=o.value, headers=(), timestamp=0) for o in again])

    def _decide(self, topic: str, records: list[Any]) -> list[Any]:
        decided = self._fold.decide(topic, records)
        for key, value in decided.writes.items():
            if value is None:
                self._state.pop(key, None)
            else:
                self._state[key] = value
        return [output for output in decided.outputs if output.topic in self._loops]


# -- two versions by turns --------------------------------------------------------------------------------------------------------------


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """The files of a commit in a directory of their own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="makegood-fold-") as directory:
        packed = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", directory], input=packed, check=True)
        yield Path(directory)


class Version:
    """A process that folds by the code of `tree`. `least` is the least time of each stretch over all rounds, in seconds."""

    def __init__(self, tree: Path, customers: int, events: int, *more: str) -> None:
        command = [sys.executable, "-P", str(Path(__file__).resolve()), "--serve", f"--customers={customers}", f"--events={events}", *more]
        environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(command, cwd=tree, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.least = [float("inf")] * -(-events // STRETCH)
        if self._answer() != "ready":
            raise SystemExit(f"the fold of {tree} does not start")

    def turn(self, stretch: int) -> None:
        """Fold the next stretch, which is this one."""
        assert self._process.stdin is not None
        print("next", file=self._process.stdin, flush=True)
        self.least[stretch] = min(self.least[stretch], float(self._answer()))

    def end(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def compare(trees: list[tuple[Path, *tuple[str, ...]]], customers: int, events: int, rounds: int) -> list[float]:
    """Microseconds of processor time an event, for each tree, with the words of the command line that its process is given besides."""
    with ExitStack() as stack:
        versions = []
        for tree, *more in trees:
            versions.append(Version(tree, customers, events, *more))
            stack.callback(versions[-1].end)
        for number in range(rounds):
            for stretch in range(len(versions[0].least)):
                for version in versions if (number + stretch) % 2 else reversed(versions):
                    version.turn(stretch)
        return [sum(version.least) / events * 1e6 for version in versions]


def options_of(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.fold", description=__doc__)
    parser.add_argument("--against", default="550a05a", metavar="COMMIT", help="the earlier version [default: 550a05a]")
    parser.add_argument("--customers", type=int, action="append", help="may be given several times [default: 20000 and 600]")
    parser.add_argument("--events", type=int, default=16_000)
    parser.add_argument("--rounds", type=int, default=5, help="of each stretch the least time counts [default: 5]")
    parser.add_argument("--enriched", action="store_true", help="against the present version that does not send the topic enriched")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each number of customers")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main() -> None:
    """Print what both cost, and the ratio: below 1, the present version is the faster one."""
    options = options_of(sys.argv[1:])
    if options.serve:
        serve(options.customers[0], options.events, enriched=options.enriched)
        return
    with ExitStack() as stack:
        earlier = ROOT if options.enriched else stack.enter_context(tree_of(options.against))
        now_with = ("--enriched",) if options.enriched else ()
        against = "without" if options.enriched else options.against
        for customers in options.customers or (20_000, 600):
            before, now = compare([(earlier,), (ROOT, *now_with)], customers, options.events, options.rounds)
            found = {"customers": customers, "events": options.events, "us": now, "us_before": before, "ratio": now / before}
            text = f"{customers:>7,} customers: {now:.1f} us an event, {against} {before:.1f}: {now / before:.3f}x"
            print(json.dumps(found) if options.json else text, flush=True)


if __name__ == "__main__":
    main()
