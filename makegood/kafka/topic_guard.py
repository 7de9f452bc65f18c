"""Settings of a topic under which records or state would be lost silently: looked for before a worker starts, and while it runs."""

from __future__ import annotations

import asyncio

import structlog

from makegood.errors import UserError
from makegood.kafka import Connection, KafkaUnavailable, topics

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 60.0
_HARMLESS = frozenset({"min.cleanable.dirty.ratio"})


async def refuse_what_loses(connection: Connection, prefix: str) -> None:
    """Raises UserError where a topic's settings would lose records, with a sentence; KafkaUnavailable."""
    differing = await topics.differences(connection, prefix=prefix)
    if losing := {topic: kept for topic, keys in differing.items() if (kept := {k: v for k, v in keys.items() if k not in _HARMLESS})}:
        raise UserError(f"{topics.rendered(losing)}: records that are needed would be lost. Set it right with `makegood topics apply`.")


async def watch(connection: Connection, prefix: str) -> str:
    """Look again and again; returns with a sentence once a topic's settings lose records."""
    while True:
        await asyncio.sleep(LOOK_AGAIN_S)
        try:
            await refuse_what_loses(connection, prefix)
        except KafkaUnavailable as error:
            log.debug("the topics could not be looked at", error=str(error))
        except UserError as wrong:
            return str(wrong)
