"""The database of the console and of the handlers: SQLite by default, PostgreSQL where a URL says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event, make_url
from sqlalchemy.engine import Dialect
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
        return _postgres(url)
    engine = create_async_engine(url)

    @event.listens_for(engine.sync_engine, "connect")
    def _calm(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _postgres(url: str) -> AsyncEngine:
    limits = {"timeout": CONNECT_WITHIN_S, "command_timeout": ANSWER_WITHIN_S}
    engine = create_async_engine(url, pool_pre_ping=True, connect_args=limits if "+asyncpg" in url else {})

    @event.listens_for(engine.sync_engine, "do_connect")
    def _connect(dialect: Dialect, _: Any, words: Any, named: Any) -> Any:
        """What the driver says of a server that starts or stops is none of the errors that SQLAlchemy knows."""
        from asyncpg import PostgresError

        try:
            return dialect.connect(*words, **named)
        except PostgresError as error:
            raise ConnectionRefusedError(str(error)) from error

    return engine
