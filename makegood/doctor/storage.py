"""The databases of console and handlers: they answer, and their tables are of this version or will be made so at start."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

import console
import handlers
from makegood.database import open_engine, url_of, why
from makegood.doctor.finding import Finding
from makegood.settings import Settings

PARTS = (("console", console.__file__), ("handlers", handlers.__file__))
_WITHIN_S = 10


async def databases(settings: Settings) -> list[Finding]:
    """One finding for each part that keeps tables."""
    return [await _database(settings, part, Path(str(file)).parent / "migrations") for part, file in PARTS]


async def _database(settings: Settings, part: str, migrations: Path) -> Finding:
    if settings.database_url is None and not (settings.directory / f"{part}.db").exists():
        return Finding(True, f"the database of {part} is made by its first start, as a SQLite file in {settings.directory}")
    engine = open_engine(url_of(settings.database_url, settings.directory, part))
    where = engine.url.render_as_string()
    try:
        async with asyncio.timeout(_WITHIN_S), engine.connect() as connection:
            version = await connection.run_sync(_version, f"{part}_alembic_version")
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return Finding(False, f"the database {where} does not answer: {why(error)}")
    finally:
        await engine.dispose()
    return _judged(part, where, version, migrations)


def _version(connection: Any, table: str) -> str | None:
    if not inspect(connection).has_table(table):
        return None
    return str(connection.execute(text(f"SELECT version_num FROM {table}")).scalar())  # noqa: S608  the name is ours


def _judged(part: str, where: str, version: str | None, migrations: Path) -> Finding:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    scripts = ScriptDirectory.from_config(config)
    if version is None:
        return Finding(True, f"the database {where} answers; {part} makes its tables at its first start")
    if version == scripts.get_current_head():
        return Finding(True, f"the database {where} answers; the tables of {part} are of this version")
    if version in {script.revision for script in scripts.walk_revisions()}:
        return Finding(True, f"the database {where} answers; {part} brings its tables to this version when it starts")
    return Finding(False, f"the tables of {part} in {where} are of a newer Makegood ({version}): run that one, it knows them")
