"""The database of the console: SQLite by default, PostgreSQL where a URL says so; one place that knows how they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_DRIVERS = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
_ROWS_AT_ONCE = 500


def url_of(given: str | None, directory: Path) -> str:
    """A SQLAlchemy URL with the driver that we use; without a URL, the SQLite file console.db in the directory."""
    if given is None:
        directory.mkdir(parents=True, exist_ok=True)
        return f"sqlite+aiosqlite:///{directory.absolute() / 'console.db'}"
    url = make_url(given)
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername)).render_as_string(hide_password=False)


def open_engine(url: str) -> AsyncEngine:
    """An engine; SQLite is set so that readers and the one writer do not wait for each other."""
    if not url.startswith("sqlite"):
        return create_async_engine(url, pool_pre_ping=True)
    engine = create_async_engine(url)

    @event.listens_for(engine.sync_engine, "connect")
    def _calm(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


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
