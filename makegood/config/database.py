"""The database of the console and of the handlers: SQLite by default, PostgreSQL where a URL says so."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from makegood.config import private_files
from makegood.errors import UserError
from schemas.failures import said

CONNECT_WITHIN_S = 5
ANSWER_WITHIN_S = 20
"""A server that hangs is distinguished from one that is busy by these; without them a question would wait for ever."""
_DRIVERS = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}

_MOST_SAID = 200
_NO_URL = "database_url is no address of a database that we can use: write postgresql://USER:PASSWORD@HOST:PORT/NAME"


def url_of(given: SecretStr | None, directory: Path, name: str) -> str:
    """A SQLAlchemy URL with the driver that we use; without a URL, the SQLite file `name`.db in the directory, which is made.

    Raises UserError.
    """
    if given is None:
        private_files.folder(directory)
        return f"sqlite+aiosqlite:///{directory.absolute() / name}.db"
    try:
        url = make_url(given.get_secret_value())
    except (ArgumentError, ValueError):
        raise UserError(_NO_URL) from None
    if url.drivername not in {*_DRIVERS, *_DRIVERS.values()}:
        raise UserError(_NO_URL)
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername)).render_as_string(hide_password=False)


def password_in(url: str) -> str | None:
    """The password in a URL; None where it is no URL, or has none."""
    try:
        return make_url(url).password
    except (ArgumentError, ValueError):
        return None


def why(error: BaseException) -> str:
    """What the database says of an error: one line, without the statement, and without the row that PostgreSQL shows below."""
    return said(error, _MOST_SAID)


def open_engine(url: str) -> AsyncEngine:
    """An engine, whose errors show no values; SQLite is set so that readers and the one writer do not wait for each other."""
    if not url.startswith("sqlite"):
        limits = {"timeout": CONNECT_WITHIN_S, "command_timeout": ANSWER_WITHIN_S} if "+asyncpg" in url else {}
        return create_async_engine(url, pool_pre_ping=True, connect_args=limits, hide_parameters=True)
    engine = create_async_engine(url, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _calm(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def _let_go(connection: Any, _: Any, __: Any) -> None:
        # A task that is cancelled within a statement leaves a connection that SQLite ends only once its cursors are garbage; until then it would
        # keep its lock, and everybody who writes would wait, for nothing.
        with suppress(Exception, asyncio.CancelledError):  # also where it is cancelled once more
            connection.rollback()

    return engine
