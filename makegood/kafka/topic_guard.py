"""Topics that are gone, and settings under which records or state would be lost silently: looked for before and while a worker runs."""

from __future__ import annotations

import asyncio

import structlog

from makegood.errors import UserError
from makegood.kafka import Connection, KafkaUnavailable, topics
from streams.engine.hole_check import SURE_AFTER_S, gone

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 15.0
"""Twice before a transaction has outlived its time that waits for a topic that is gone."""
_HARMLESS = frozenset({"min.cleanable.dirty.ratio"})


async def refuse_what_loses(connection: Connection, prefix: str) -> None:
    """Raises UserError where a topic's settings would lose records, with a sentence; KafkaUnavailable."""
    differing = await topics.differences(connection, prefix=prefix)
    if losing := {topic: kept for topic, keys in differing.items() if (kept := {k: v for k, v in keys.items() if k not in _HARMLESS})}:
        raise UserError(f"{topics.rendered(losing)}: records that are needed would be lost. Set it right with `makegood topics apply`.")


async def refuse_what_is_gone(connection: Connection, prefix: str) -> None:
    """Raises UserError where a topic was deleted, with a sentence; KafkaUnavailable."""
    if missing := await topics.missing(connection, prefix=prefix):
        await asyncio.sleep(SURE_AFTER_S)
        if missing := [name for name in await topics.missing(connection, prefix=prefix) if name in missing]:
            raise UserError(gone(missing))


async def watch(connection: Connection, prefix: str) -> str:
    """Look again and again; returns with a sentence once a topic is gone, or its settings lose records."""
    while True:
        await asyncio.sleep(LOOK_AGAIN_S)
        try:
            await refuse_what_is_gone(connection, prefix)
            await refuse_what_loses(connection, prefix)
        except KafkaUnavailable as error:
            log.debug("the topics could not be looked at", error=str(error))
        except UserError as wrong:
            return str(wrong)
