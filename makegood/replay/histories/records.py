"""What a history turns into: records for the input topics, and how files are read and local times are placed."""

from __future__ import annotations

import csv
import gzip
import heapq
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from makegood.errors import UserError
from makegood.kafka.input_records import InputRecord, of_fact
from schemas.facts import Fact
from schemas.tolerant_reader import NotUnderstood
from schemas.topics import TOPICS

_MOST_STRANGE = 1000
"""Names of fields."""


@dataclass
class Meter:
    """How far the reading is, in bytes of the files as they lie on the disk, and what could not be read."""

    total: int = 0
    done: int = 0
    skipped: int = 0
    first_skipped: str = ""
    not_understood: Counter[NotUnderstood] = field(default_factory=Counter)
    """Fields of records that no such message has, each with how often it came; of so many different ones at most."""

    def strange(self, fields: Iterable[NotUnderstood]) -> None:
        """A record had these fields, which no such message has."""
        self.not_understood.update(field for field in fields if field in self.not_understood or len(self.not_understood) < _MOST_STRANGE)

    def skip(self, path: Path, line: int, why: object) -> None:
        """A row or line of a file makes no fact."""
        self.skipped += 1
        self.first_skipped = self.first_skipped or f"{path.name}, line {line}: {' '.join(str(why).split())[:200]}"


class _Counted(io.RawIOBase):
    """A file that tells the meter what was read of it."""

    def __init__(self, path: Path, meter: Meter) -> None:
        self._file, self._meter = path.open("rb", buffering=0), meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer) or 0
        self._meter.done += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def lines(path: Path, meter: Meter) -> Iterator[bytes]:
    """The lines of a file, gzip or plain, without their ends; one that is longer than a record may be is empty, and the meter is told.

    Raises UserError when it cannot be read.
    """
    try:
        raw = io.BufferedReader(_Counted(path, meter), 1 << 18)
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        with gzip.open(raw) if packed else raw as file:
            for number, line in enumerate(_bounded(file), 1):
                if len(line) > _LONGEST:
                    meter.skip(path, number, f"the line is longer than a record may be, {_LONGEST} bytes")
                elif number == 1 and line.startswith(_UTF_16) and b"\0" in line:
                    raise UserError(f"{path} is UTF-16: save it as UTF-8")
                yield line.rstrip(b"\r\n") if len(line) <= _LONGEST else b""
    except FileNotFoundError:
        raise UserError(f"there is no file {path}") from None
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error


_LONGEST = min(topic.most_bytes for topic in TOPICS)
"""Bytes of a line: what is longer fits in no topic."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def _bounded(file: io.BufferedIOBase) -> Iterator[bytes]:
    """Lines, of which one that is too long is cut after one byte too many: a small gzip file may hold a line of any length."""
    most = _LONGEST + 1
    while line := file.readline(most):
        yield line
        while len(line) == most and not line.endswith(b"\n"):
            line = file.readline(most)


def header(path: Path) -> list[str]:
    """The column names of a CSV file."""
    first = next(lines(path, Meter()), b"")
    return next(csv.reader([first.decode("utf-8-sig", "replace")]), [])


Row = dict[str, str]


def rows(path: Path, needed: Sequence[str], meter: Meter) -> Iterator[tuple[int, Row]]:
    """The rows of a CSV file, each with the number of its last line. Raises UserError when it lacks a column or is no CSV."""
    text = (line.decode("utf-8-sig", "replace") for line in lines(path, meter))
    reader = csv.DictReader(line + "\n" for line in text)
    try:
        if missing := [name for name in needed if name not in (reader.fieldnames or ())]:
            raise UserError(f"{path} has no column {', '.join(missing)}: is it of another --format?")
        for row in reader:
            yield reader.line_num, {name: value or "" for name, value in row.items() if name is not None}
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num} is no CSV: {error}") from error


def facts(path: Path, needed: Sequence[str], meter: Meter, make: Callable[[Row], Iterable[Fact]]) -> Iterator[Fact]:
    """What `make` makes of each row. A row of which it makes nothing (ValueError) is counted, and the next one read."""
    for line, row in rows(path, needed, meter):
        try:
            made = list(make(row))
        except ValueError as error:  # pydantic's ValidationError is one
            meter.skip(path, line, error)
            continue
        yield from made


def in_order(stream: Iterable[Fact], late_s: float = 26 * 3600) -> Iterator[Fact]:
    """The facts by event time, where none comes more than `late_s` seconds after a later one.

    Files are sorted by local time, which clock changes disturb by an hour; and a log tells at times what happened the day before.
    """
    heap: list[tuple[float, int, Fact]] = []
    newest = float("-inf")
    for number, fact in enumerate(stream):
        heapq.heappush(heap, (fact.at, number, fact))
        newest = max(newest, fact.at)
        while heap[0][0] <= newest - late_s:
            yield heapq.heappop(heap)[2]
    while heap:
        yield heapq.heappop(heap)[2]


def merged(streams: Iterable[Iterable[Fact]]) -> Iterator[InputRecord]:
    """Several files as one history, by event time."""
    return map(of_fact, heapq.merge(*map(in_order, streams), key=lambda fact: fact.at))


def zone(name: str) -> ZoneInfo:
    """A time zone by name. Raises UserError for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UserError(f"there is no time zone {name!r}; one is called, for example, Europe/Berlin") from None


def local(text: str, where: ZoneInfo) -> datetime:
    """A local time as it stands in a file. One that a clock change skipped or doubled is read as before the change.

    Raises ValueError where there is none.
    """
    if not text:
        raise ValueError("there is no time")
    return datetime.fromisoformat(text).replace(tzinfo=where)


def local_if_any(text: str, where: ZoneInfo) -> datetime | None:
    """The same, or None for nothing."""
    return local(text, where) if text else None


Reader = Callable[[Sequence[Path], ZoneInfo, Meter], Iterator[InputRecord]]
