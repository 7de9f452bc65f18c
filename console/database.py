"""Insert or replace, in SQLite and in PostgreSQL; and being the only one who writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

AWAY = (DBAPIError, NoConnectionFree, OSError)
"""What is raised where the database cannot be asked."""
ROWS_AT_ONCE = 500
"""Far below the 32,767 values that PostgreSQL takes with one statement."""
_OUR_LOCK = 0x6D616B65676F6F64  # "makegood"


_DATA = ("22", "23", "54")
"""Classes of SQLSTATE that blame the data: wrong values, broken constraints, too long a key."""


def blames_the_data(error: Exception) -> bool:
    """Whether the database would refuse the same data again, however well it is."""
    if isinstance(error, OverflowError):  # SQLite's driver
        return True
    return isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")).startswith(_DATA)


def storable(text: str) -> str:
    """PostgreSQL keeps every character but this one."""
    return text.replace("\0", "\ufffd")


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction beside which no other of this kind runs, be it of another process; what it has read nobody changes."""
    async with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_OUR_LOCK})"))
        yield connection


async def upsert(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *, newer: str | None = None, keep: bool = False
) -> None:
    """Insert rows. One that is there is replaced; or only by a higher value of the column `newer`; or kept, be it of the same batch."""
    keys = [column.name for column in table.primary_key.columns]
    unique = list({tuple(row[key] for key in keys): row for row in _last_wins(rows, newer, keep=keep)}.values())
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for start in range(0, len(unique), ROWS_AT_ONCE):
        statement: Any = dialect.insert(table)
        if keep:
            statement = statement.on_conflict_do_nothing(index_elements=keys)
        else:
            values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
            where = statement.excluded[newer] > table.c[newer] if newer else None
            statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=where)
        await connection.execute(statement, unique[start : start + ROWS_AT_ONCE])


def _last_wins(rows: Sequence[Mapping[str, Any]], newer: str | None, *, keep: bool) -> Iterable[Mapping[str, Any]]:
    if newer:
        return sorted(rows, key=lambda row: row[newer])
    return reversed(rows) if keep else rows
