"""`makegood console rebuild`: the read model is dropped and read anew from the topics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from console import migrate
from console.fold import READ
from console.projection import Projection, Superseded
from makegood import bus
from makegood.console import opened
from makegood.database import why
from makegood.errors import UserError
from makegood.feed import short
from makegood.settings import Settings

Told = Callable[[int, int], None]
"""Called with the records read, and those still to be read."""


async def rebuild(settings: Settings, told: Told) -> tuple[int, int]:
    """Read everything anew, up to the end as it is then: (records read, of them not shown). Raises UserError.

    Users and sessions stay. A console that runs beside goes on from here by itself. Kafka is asked before anything is dropped.
    """
    engine = opened(settings)
    try:
        await migrate.upgrade(engine)
        return await _rebuild(settings, Projection(engine), told)
    except Superseded:
        raise UserError("somebody else began to rebuild the read model in the meantime: theirs goes on, this one stops") from None
    except DBAPIError as error:
        raise UserError(f"the database at {engine.url.render_as_string()} refuses: {why(error)}") from error
    finally:
        await engine.dispose()


async def _rebuild(settings: Settings, projection: Projection, told: Told) -> tuple[int, int]:
    names = [settings.prefix + name for name in READ]
    origin, read = f"{await bus.cluster(settings.connection)}/{settings.prefix}", 0
    async with bus.tail(settings.connection, names, {}) as reader:
        left = await reader.behind()
        await projection.rebuild(origin)
        while left:
            records = short(settings, await reader.read())
            await projection.apply(records)
            read += len(records)
            async with asyncio.timeout(30):
                left = await reader.behind()
            told(read, left)
    return read, projection.unread
