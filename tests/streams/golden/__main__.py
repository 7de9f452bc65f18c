"""Record what is decided, compare two recordings, or note the digests anew: `python -m tests.streams.golden --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.streams.golden import noted
from tests.streams.golden.cases import CASES, decided
from tests.streams.golden.comparison import compared
from tests.streams.golden.normal_form import Normal, line


def _each(options: argparse.Namespace) -> Iterator[tuple[str, list[Normal]]]:
    """The outputs of the cases that are asked for; one without its data is left out, with a word."""
    for name in options.case or CASES:
        try:
            outputs = decided(name, options.events)
        except pytest.skip.Exception as absent:
            print(f"{name}: left out, {absent}", file=sys.stderr)
            continue
        print(f"{name}: {len(outputs):,} outputs", file=sys.stderr)
        yield name, outputs


def record(options: argparse.Namespace) -> None:
    """Write every output as a line, in order."""
    with options.out.open("w", encoding="utf-8") as file:
        for name, outputs in _each(options):
            file.writelines(f"{line({'case': name, **output})}\n" for output in outputs)


def compare(options: argparse.Namespace) -> None:
    """Print what differs."""
    print(compared(options.old, options.new, frozenset(options.without)))


def note(options: argparse.Namespace) -> None:
    """Write the digests that the test compares with."""
    for name, outputs in _each(options):
        noted.path_of(name).write_text(noted.text_of(name, outputs), "utf-8")


def options_of(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.streams.golden", description=__doc__)
    parts = parser.add_subparsers(required=True)
    folding = argparse.ArgumentParser(add_help=False)
    folding.add_argument("--case", action="append", choices=CASES, help="only this one (may be repeated); default: all")
    one = parts.add_parser("record", parents=[folding], help="write every output as a line of JSON, to compare two versions of the code")
    one.add_argument("out", type=Path)
    one.add_argument("--events", type=int, help="so many of each case; default: as the test folds")
    one.set_defaults(run=record)
    two = parts.add_parser("compare", help="print how many outputs of two recordings are equal, and which fields of the others differ")
    two.add_argument("old", type=Path)
    two.add_argument("new", type=Path)
    two.add_argument("--without", action="append", default=[], metavar="FIELD", help="a field that does not count, for example basis.input")
    two.set_defaults(run=compare)
    three = parts.add_parser("note", parents=[folding], help="write the digests that the test compares with, where a difference is meant")
    three.set_defaults(run=note, events=None)
    return parser.parse_args(words)


if __name__ == "__main__":
    chosen = options_of(sys.argv[1:])
    chosen.run(chosen)
