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
from makegood.config.database import open_engine, url_of, why
from makegood.config.settings import Settings
from makegood.doctor.finding import Finding

PARTS = (("console", console.__file__), ("handlers", handlers.__file__))
_WITHIN_S = 10


async def databases(settings: Settings) -> list[Finding]:
    """One finding for each service that keeps tables."""
    return [await _database(settings, service, Path(str(file)).parent / "migrations") for service, file in PARTS]


async def _database(settings: Settings, service: str, migrations: Path) -> Finding:
    if settings.database_url is None and not (settings.directory / f"{service}.db").exists():
        return Finding(True, f"the database of {service} is made by its first start, as a SQLite file in {settings.directory}")
    engine = open_engine(url_of(settings.database_url, settings.directory, service))
    where = engine.url.render_as_string()
    try:
        async with asyncio.timeout(_WITHIN_S), engine.connect() as connection:
            version = await connection.run_sync(_version, f"{service}_alembic_version")
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return Finding(False, f"the database {where} does not answer: {why(error)}")
    finally:
        await engine.dispose()
    return _judged(service, where, version, migrations)


def _version(connection: Any, table: str) -> str | None:
    if not inspect(connection).has_table(table):
        return None
    return str(connection.execute(text(f"SELECT version_num FROM {table}")).scalar())  # noqa: S608  the name is ours


def _judged(service: str, where: str, version: str | None, migrations: Path) -> Finding:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    scripts = ScriptDirectory.from_config(config)
    if version is None:
        return Finding(True, f"the database {where} answers; {service} makes its tables at its first start")
    if version == scripts.get_current_head():
        return Finding(True, f"the database {where} answers; the tables of {service} are of this version")
    if version in {script.revision for script in scripts.walk_revisions()}:
        return Finding(True, f"the database {where} answers; {service} brings its tables to this version when it starts")
    return Finding(False, f"the tables of {service} in {where} are of a newer Makegood ({version}): run that one, it knows them")
