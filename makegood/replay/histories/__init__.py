"""Histories: files of other people's events, turned into facts. A new format is one file and one row here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from makegood.errors import UserError
from makegood.replay.histories import complete_journey, incidents, jsonl, olist, online_retail
from makegood.replay.histories.records import Reader, header


class Format(NamedTuple):
    """How a format is read, the zone of its local times where the user names none, and the columns of each of its files."""

    read: Reader
    zone: str
    about: str
    files: tuple[tuple[str, ...], ...] = ()


FORMATS: dict[str, Format] = {
    "jsonl": Format(jsonl.read, "UTC", "your own facts and commands, one JSON object a line"),
    "olist": Format(olist.read, "America/Sao_Paulo", "orders and reviews of the Olist marketplace", (olist.ORDERS, olist.REVIEWS)),
    "incidents": Format(incidents.read, "UTC", "states of incidents from a ServiceNow log", (incidents.COLUMNS,)),
    "online-retail": Format(online_retail.read, "Europe/London", "invoices of the Online Retail data set", (online_retail.INVOICES,)),
    "complete-journey": Format(
        complete_journey.read,
        "America/New_York",
        "baskets of the Complete Journey data set",
        (complete_journey.BASKETS, complete_journey.PEOPLE),
    ),
}


def check(name: str, paths: Sequence[Path]) -> None:
    """Look at the first line of each file. Raises UserError where it is of another format, and says of which it seems to be."""
    for path in paths:
        columns = set(header(path))
        if name not in _fitting(columns):
            raise UserError(_wrong_format(name, path, columns))


def _fitting(columns: set[str]) -> list[str]:
    """The formats that have a file of such columns; JSON Lines where there is none."""
    return [name for name, form in FORMATS.items() if any(set(file) <= columns for file in form.files)] or ["jsonl"]


def _wrong_format(name: str, path: Path, columns: set[str]) -> str:
    fitting, files = _fitting(columns), FORMATS[name].files
    if not columns:
        return f"{path} is empty"
    looks = fitting[0] if fitting != ["jsonl"] or any(column.startswith("{") for column in columns) else None
    hint = f"; it looks like --format {looks}" if looks else ""
    if not files:
        return f"{path} is not {name}{hint}"
    nearest = min(files, key=lambda file: len(set(file) - columns))
    return f"{path} is not {name}: it has no column {', '.join(c for c in nearest if c not in columns)}{hint}"
