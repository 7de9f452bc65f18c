"""Listings: a table for people, JSON for programs; ids are whole in both, on a screen as in a pipe."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import typer

Row = Mapping[str, Any]
_ENOUGH = 10_000
"""Columns of a pipe: nobody reads it through a window."""


def show(rows: Sequence[Row], *, as_json: bool, ids: Sequence[str] = (), title: str | None = None, caption: str | None = None) -> None:
    """Print rows, column by column as the first has them. Columns in `ids` are never cut or folded, however narrow the screen."""
    if as_json:
        typer.echo(json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=2, default=_written))
        return
    if not rows:
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, caption=caption)
    for name, value in rows[0].items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        table.add_column(name.replace("_", " "), justify="right" if number else "left", no_wrap=name in ids)
    for row in rows:
        table.add_row(*(escape(_text(value)) for value in row.values()))
    screen = Console()
    Console(width=max(screen.width, _needed(rows, ids)) if screen.is_terminal else _ENOUGH).print(table)


def _written(value: Any) -> str:
    """For programs: an instant in ISO 8601, in UTC to the millisecond, as everywhere."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if isinstance(value, bool) or value is None:
        return "yes" if value else ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _needed(rows: Sequence[Row], ids: Sequence[str]) -> int:
    """The least width at which every id is whole: the other columns may shrink to a word."""
    widths = {name: max([len(name), *(len(_text(row[name])) for row in rows)]) for name in rows[0]}
    return sum((width if name in ids else min(width, 8)) + 3 for name, width in widths.items()) + 1
