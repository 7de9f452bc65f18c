"""Insert or replace, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_ROWS_AT_ONCE = 500


async def upsert(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *, newer: str | None = None, keep: bool = False
) -> None:
    """Insert rows; one that is there is replaced, or only by a higher value of the column `newer`, or kept. The last of a batch wins."""
    keys = [column.name for column in table.primary_key.columns]
    unique = {tuple(row[key] for key in keys): row for row in _in_order(rows, newer)}
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for start in range(0, len(unique), _ROWS_AT_ONCE):
        statement: Any = dialect.insert(table)
        if keep:
            statement = statement.on_conflict_do_nothing(index_elements=keys)
        else:
            values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
            where = statement.excluded[newer] > table.c[newer] if newer else None
            statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=where)
        await connection.execute(statement, list(unique.values())[start : start + _ROWS_AT_ONCE])


def _in_order(rows: Iterable[Mapping[str, Any]], newer: str | None) -> Iterable[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: row[newer]) if newer else rows
