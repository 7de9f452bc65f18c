"""The histories: which files, from when to when they are judged, over which horizon; and how their rows become facts."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

DAY = 86_400.0
WEEK = 7 * DAY


def _utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


class History(NamedTuple):
    """A set: decisions are taken every Monday 00:00 from `start` to `end` less the horizon. Times are seconds since 1970."""

    name: str
    start: float
    end: float
    horizon_days: int

    @property
    def mondays(self) -> list[float]:
        """The moments of decision."""
        weekday = datetime.fromtimestamp(self.start, UTC).weekday()
        first = self.start + ((-weekday) % 7) * DAY
        last = self.end - self.horizon_days * DAY
        return [first + number * WEEK for number in range(int((last - first) // WEEK) + 1)]


SETS = {
    name: History(name, _utc(start), _utc(end), horizon)
    for name, start, end, horizon in (
        ("cdnow", "1997-09-01", "1998-07-01", 90),
        ("online_retail", "2011-05-02", "2011-12-10", 60),
        ("grocery", "2006-10-02", "2007-12-31", 60),
        ("complete_journey", "2017-05-01", "2018-01-01", 30),
    )
}
BANKING = "banking77"


class Row(NamedTuple):
    """A purchase, or what is none (a return): then its amount is negative, and it counts nowhere but in the fold."""

    at: float
    customer: str
    amount: float
    counts: bool

    @property
    def day(self) -> int:
        """Days since 1970."""
        return int(self.at // DAY)


class Unusable(Exception):
    """A file that is there and cannot be read: the message says why."""


def file_of(folder: Path, name: str) -> Path | None:
    """The file of a set, packed or plain; None where there is none."""
    return next((path for path in (folder / f"{name}.csv.gz", folder / f"{name}.csv") if path.is_file()), None)


def records(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file. Raises Unusable where it lacks a column or cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if missing := [name for name in needed if name not in (reader.fieldnames or ())]:
                raise Unusable(f"{path} has no column {', '.join(missing)}")
            yield from reader
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise Unusable(f"{path} cannot be read: {error}") from error


def purchases(path: Path) -> list[Row]:
    """The rows of a set by time. Local times are read as UTC; without an `amount` each purchase is worth one."""
    try:
        rows = [_row(record) for record in records(path, ("ts", "customer_id"))]
    except ValueError as error:
        raise Unusable(f"{path}: {error}") from error
    return sorted((row for row in rows if row.customer), key=lambda row: row.at)


def _row(record: dict[str, str]) -> Row:
    counts, amount = (record.get("kind") or "purchase") == "purchase", float(record.get("amount") or 1.0)
    return Row(_utc(record["ts"]), record["customer_id"], abs(amount) if counts else -abs(amount), counts)
