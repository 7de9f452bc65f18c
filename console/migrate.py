"""Bring the tables of users and sessions to the newest version; two processes may do so at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import AsyncEngine

from console.database import alone


async def upgrade(engine: AsyncEngine) -> None:
    """Run what is missing of the migrations; nothing, if nothing is."""
    async with alone(engine) as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Any) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
