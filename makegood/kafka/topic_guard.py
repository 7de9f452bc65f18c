"""Settings of a topic under which records or state would be lost silently: looked for before a worker starts, and while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import structlog

from makegood import kafka
from makegood.errors import UserError
from makegood.kafka import Connection, KafkaUnavailable, TopicSpec
from makegood.kafka.topics import full_name
from schemas.topics import TOPICS, Topic

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 60.0
_OF_THE_BROKER = {
    "cleanup.policy": "delete",
    "retention.ms": "604800000",
    "retention.bytes": "-1",
    "max.message.bytes": "1048588",
    "message.timestamp.type": "CreateTime",
}
"""What holds where a topic says nothing of its own, unless the broker says otherwise."""
_UNLIMITED = -1


async def refuse_what_loses(connection: Connection, prefix: str) -> None:
    """Raises UserError where a topic's settings would lose records, with a sentence; KafkaUnavailable."""
    found = await kafka.describe(connection, [full_name(topic.name, prefix) for topic in TOPICS])
    if wrong := list(_losing(found, prefix)):
        raise UserError(f"{'; '.join(wrong)}: records that are needed would be lost. Set it right with `makegood topics apply`.")


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


def _losing(found: Mapping[str, TopicSpec], prefix: str) -> Iterator[str]:
    for topic in TOPICS:
        spec = found.get(full_name(topic.name, prefix))
        for key, wanted in _needed(topic).items() if spec is not None else ():
            has = spec.config.get(key, _OF_THE_BROKER[key])  # type: ignore[union-attr]
            if _loses(key, has, wanted):
                is_ = f"is {has}" if key in spec.config else "is not set"  # type: ignore[union-attr]
                yield f"{full_name(topic.name, prefix)}: {key} {is_}, it must be {wanted}"


def _needed(topic: Topic) -> dict[str, str]:
    wanted = {key: value for key, value in topic.config.items() if key in _OF_THE_BROKER}
    return wanted if topic.compacted else wanted | {"retention.bytes": "-1"}


def _loses(key: str, has: str, wanted: str) -> bool:
    if key in {"cleanup.policy", "message.timestamp.type"}:
        return has != wanted
    return int(has) != _UNLIMITED and (int(wanted) == _UNLIMITED or int(has) < int(wanted))
