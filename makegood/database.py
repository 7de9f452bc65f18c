"""The database of the console and of the handlers: SQLite by default, PostgreSQL where a URL says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_WITHIN_S = 5
ANSWER_WITHIN_S = 20
"""A server that hangs is told from one that is busy by these; without them a question would wait for ever."""
_DRIVERS = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}


def url_of(given: SecretStr | None, directory: Path, name: str) -> str:
    """A SQLAlchemy URL with the driver that we use; without a URL, the SQLite file `name`.db in the directory, which is made."""
    if given is None:
        directory.mkdir(parents=True, exist_ok=True)
        return f"sqlite+aiosqlite:///{directory.absolute() / name}.db"
    url = make_url(given.get_secret_value())
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername)).render_as_string(hide_password=False)


def open_engine(url: str) -> AsyncEngine:
    """An engine; SQLite is set so that readers and the one writer do not wait for each other."""
    if not url.startswith("sqlite"):
        limits = {"timeout": CONNECT_WITHIN_S, "command_timeout": ANSWER_WITHIN_S} if "+asyncpg" in url else {}
        return create_async_engine(url, pool_pre_ping=True, connect_args=limits)
    engine = create_async_engine(url)

    @event.listens_for(engine.sync_engine, "connect")
    def _calm(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
