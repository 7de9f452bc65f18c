"""`make test-protocol`: so many trials, each told if it is not sound, with the command that runs it again.

usage: python -m tests.faults.protocol [--trials 1000] [--first-seed 1] [--lanes 16] [--without-rule] [--only END_TXN] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.protocol.plan import Kind
from tests.faults.protocol.trial import ground, trials


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Seeded trials of the transaction protocol.")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=16, help="so many trials side by side")
    parser.add_argument("--without-rule", action="store_true", help="let the client send the end of a transaction again: shows the damage")
    parser.add_argument("--only", choices=[kind.name for kind in Kind], help="hold requests of this kind alone, five in each trial")
    parser.add_argument("--keep", type=Path, help="keep logs and brokers' data here")
    return parser.parse_args()


async def run(given: argparse.Namespace, directory: Path) -> int:
    """Exit status: 0 when all are sound."""
    only, began, unsound, count, restarts, held = given.only and Kind[given.only], time.monotonic(), [], 0, 0, 0
    seeds = range(given.first_seed, given.first_seed + given.trials)
    async with ground(directory, with_rule=not given.without_rule, only=only) as at:
        async for outcome in trials(at, seeds, given.lanes):
            count, restarts, held = count + 1, restarts + outcome.restarts, held + len(outcome.held)
            if not outcome.sound:
                unsound.append(outcome.seed)
                print(f"NOT SOUND: {outcome}\n  again: make test-protocol TRIALS=1 SEED={outcome.seed}{_more(given)}", flush=True)
            took = time.monotonic() - began
            print(
                f"{count} of {given.trials} trials, {len(unsound)} not sound; {held} held, {restarts} restarts; {took:.0f} s, {took / count:.1f} s each",
                flush=True,
            )
    print(f"seeds {seeds[0]} to {seeds[-1]}: {len(unsound)} not sound {unsound}")
    return 1 if unsound else 0


def _more(given: argparse.Namespace) -> str:
    words = [word for word in ("--without-rule" if given.without_rule else "", f"--only {given.only}" if given.only else "") if word]
    return f' ARGS="{" ".join(words)}"' if words else ""


def main() -> None:
    given = _arguments()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
        sys.exit(asyncio.run(run(given, given.keep)))
    with tempfile.TemporaryDirectory(prefix="protocol-") as directory:
        sys.exit(asyncio.run(run(given, Path(directory))))


if __name__ == "__main__":
    main()
