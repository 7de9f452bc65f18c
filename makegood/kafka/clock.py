"""The broker's clock beside ours: a record in a topic of its own, stamped by the broker, tells."""

from __future__ import annotations

import secrets
import time

from makegood.kafka.clients import admin, producer
from makegood.kafka.connection import Connection
from makegood.kafka.topic_admin import TopicSpec, ensure_topics

_STAMPED = {"message.timestamp.type": "LogAppendTime", "retention.ms": "3600000"}


async def clock_ahead_s(connection: Connection, prefix: str) -> tuple[float, float]:
    """How many seconds the broker's clock is ahead of ours (negative: behind), give or take so many. Leaves no topic. Raises KafkaUnavailable."""
    topic = f"{prefix}clock-{secrets.token_hex(4)}"
    await ensure_topics(connection, [TopicSpec(topic, 1, 1, _STAMPED)])
    try:
        async with producer(connection) as client:
            await client.send_and_wait(topic, b"what time is it?")  # the first also finds the way
            before = time.time()
            stamped = (await client.send_and_wait(topic, b"and now?")).timestamp / 1000
            after = time.time()
    finally:
        async with admin(connection) as client:
            await client.delete_topics([topic])
    return stamped - (before + after) / 2, (after - before) / 2
