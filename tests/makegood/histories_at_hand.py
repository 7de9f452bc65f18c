"""Small histories in the vendors' shapes, written where a test asks for them, and what reading them gives."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from makegood.kafka.input_records import InputRecord
from makegood.replay.histories import FORMATS
from makegood.replay.histories.records import Meter, zone


def write_csv(path: Path, columns: str, *lines: str) -> Path:
    """A CSV file of these columns (divided by commas) and lines; gzip where the name says so."""
    text = "\n".join([columns, *lines]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def read(name: str, *paths: Path, where: str | None = None, meter: Meter | None = None) -> list[InputRecord]:
    form = FORMATS[name]
    return list(form.read(paths, zone(where or form.zone), meter or Meter()))


def facts(name: str, *paths: Path, **more) -> list[dict]:
    return [json.loads(record.value) for record in read(name, *paths, **more)]


def first_rows(source: Path, target: Path, count: int) -> Path:
    """The header and the first rows of a file, plain."""
    with gzip.open(source, "rt", newline="") as whole, target.open("w", newline="") as part:
        rows = csv.reader(whole)
        csv.writer(part).writerows(row for _, row in zip(range(count + 1), rows, strict=False))
    return target


def times(records: Sequence[InputRecord]) -> list[float]:
    return [record.at for record in records]
