"""The committed digests: counts of each kind that a person can read, then a digest for every output, or for every hundred."""

from __future__ import annotations

import json
from collections import Counter
from itertools import zip_longest
from pathlib import Path

from tests.streams.golden.cases import CASES
from tests.streams.golden.normal_form import Normal, digest, kind

FOLDER = Path(__file__).with_name("digests")
HOW = """
To see what differs, record on both versions of the code, and compare:
    python -m tests.streams.golden record OLD.jsonl     (before the change)
    python -m tests.streams.golden record NEW.jsonl     (with it)
    python -m tests.streams.golden compare OLD.jsonl NEW.jsonl
Where the difference is meant: python -m tests.streams.golden note"""


def path_of(name: str) -> Path:
    """The file of a case."""
    return FOLDER / f"{name}.txt"


def text_of(name: str, outputs: list[Normal]) -> str:
    """The file that belongs to these outputs."""
    return "\n".join([*_head(outputs), *_digests(name, outputs), ""])


def _head(outputs: list[Normal]) -> list[str]:
    counts = Counter(map(kind, outputs))
    return [f"# {len(outputs)} outputs", *(f"# {count:>6} {name}" for name, count in sorted(counts.items()))]


def _digests(name: str, outputs: list[Normal]) -> list[str]:
    size = CASES[name].chunk
    return [digest(outputs[start : start + size]) for start in range(0, len(outputs), size)]


def difference(name: str, outputs: list[Normal]) -> str | None:
    """What differs from the committed digests, in readable form with the first output that does; None where nothing does."""
    noted, found = path_of(name).read_text("utf-8").splitlines(), text_of(name, outputs).splitlines()
    if noted == found:
        return None
    counts = [f"  noted {line[2:]}" for line in noted if line.startswith("#") and line not in found]
    counts += [f"  now   {line[2:]}" for line in found if line.startswith("#") and line not in noted]
    return "\n".join([f"{name} is decided otherwise than noted.", *counts, *_first(name, noted, outputs), HOW])


def _first(name: str, noted: list[str], outputs: list[Normal]) -> list[str]:
    pairs = zip_longest((line for line in noted if not line.startswith("#")), _digests(name, outputs))
    place = next((number for number, (was, now) in enumerate(pairs) if was != now), None)
    if place is None:
        return []
    size = CASES[name].chunk
    first = outputs[place * size] if place * size < len(outputs) else "no more outputs"
    where = f"Output {place * size} of {len(outputs)}" if size == 1 else f"Some of the {size} outputs from {place * size} on"
    return [f"{where} is the first that differs; now:", json.dumps(first, indent=2, ensure_ascii=False)]
