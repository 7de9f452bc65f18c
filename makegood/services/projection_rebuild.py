"""`makegood console rebuild`: the read model is dropped and read anew from the topics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from console import migrate
from console.fold import READ
from console.projection import Projection, Superseded
from makegood import kafka
from makegood.config.database import why
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.services.console import open_database
from makegood.services.projection_feed import short

OnProgress = Callable[[int, int], None]
"""Called with the records read, and those still to be read."""


async def rebuild(settings: Settings, on_progress: OnProgress) -> tuple[int, int]:
    """Read everything anew, up to the end as it is then: (records read, of them not shown). Raises UserError.

    Users and sessions stay. A console that runs beside goes on from here by itself. Kafka is asked before anything is dropped.
    """
    engine = open_database(settings)
    try:
        await migrate.upgrade(engine)
        return await _rebuild(settings, Projection(engine), on_progress)
    except Superseded:
        raise UserError("somebody else began to rebuild the read model in the meantime: theirs goes on, this one stops") from None
    except DBAPIError as error:
        raise UserError(f"the database at {engine.url.render_as_string()} refuses: {why(error)}") from error
    finally:
        await engine.dispose()


async def _rebuild(settings: Settings, projection: Projection, on_progress: OnProgress) -> tuple[int, int]:
    names = [settings.prefix + name for name in READ]
    origin, read = f"{await kafka.cluster(settings.connection)}/{settings.prefix}", 0
    async with kafka.tail(settings.connection, names, {}) as reader:
        left = await reader.behind()
        await projection.rebuild(origin)
        while left > 0:
            records = short(settings, await reader.read())
            await projection.apply(records)
            read += len(records)
            async with asyncio.timeout(30):
                left = await reader.behind()
            on_progress(read, left)
    return read, projection.unread
