"""Bring the tables of the delivery ledger to the newest version; two processes may do so at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_LOCK = 0x6D616B65676F6F64
"""Any number that nobody else takes; PostgreSQL lets one process at a time hold it."""


async def upgrade(engine: AsyncEngine) -> None:
    """Run what is missing of the migrations; nothing, if nothing is."""
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
        else:
            await connection.exec_driver_sql("begin immediate")
        await connection.run_sync(_upgrade)


def _upgrade(connection: Any) -> None:
    command.upgrade(config_of(connection), "head")


def config_of(connection: Any) -> Config:
    """The configuration of Alembic for this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
