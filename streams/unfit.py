"""What cannot be decided as it came, though it can be read: it says that it happens in the future, or leads to what is too large."""

from __future__ import annotations

from schemas.message import instant
from schemas.topics import TOPICS
from schemas.traffic import Fault

_MOST_BYTES = {topic.name: topic.most_bytes for topic in TOPICS}


class Unfit(Exception):
    """An input becomes a dead letter, and nothing of what it would have led to is written."""

    def __init__(self, fault: Fault, why: str) -> None:
        super().__init__(why)
        self.fault = fault


def in_time(at: float, came_in: float, most_ahead_s: float) -> None:
    """Raises Unfit for what is dated (`at`) too far ahead of when it came in: until then it would hold up every deadline of its customer.

    All in seconds, since 1970. Where nothing is known of when it came in (0, or less, as Kafka has it), what it says is believed.
    """
    if at > came_in + most_ahead_s and came_in > 0:
        why = f"dated {instant(at):%Y-%m-%d %H:%M} UTC, came in {instant(came_in):%Y-%m-%d %H:%M} UTC: more than {most_ahead_s / 3600:g} h ahead"
        raise Unfit(Fault.DATED_AHEAD, why)


def fits(topic: str, key: bytes, value: bytes | None) -> bytes | None:
    """The value, where its topic takes so large a record. Raises Unfit for what led to it: no record may stop those behind it."""
    if value is not None and len(key) + len(value) > _MOST_BYTES[topic]:
        raise Unfit(Fault.TOO_LARGE, f"what comes of it for {topic} has {len(key) + len(value)} bytes, more than {_MOST_BYTES[topic]}")
    return value
