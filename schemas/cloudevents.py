"""CloudEvents 1.0 in Kafka's binary mode: attributes travel as `ce_` headers, our message is the body."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

_FIELDS = {"ce_type": "type", "ce_id": "id", "ce_source": "source", "ce_time": "occurred_at"}
_VERSION = ("ce_specversion", b"1.0")
_CONTENT = ("content-type", b"application/json")


def merge(headers: Sequence[tuple[str, bytes]], body: bytes) -> bytes:
    """The body with type, id, source and occurred_at filled from `ce_` headers where it lacks them.

    What the body says itself wins. A body that is not a JSON object comes back untouched, and so does any body without `ce_` headers:
    whether it is a message at all is for the decoder to say.
    """
    given = {_FIELDS[name]: value for name, value in headers if name in _FIELDS}
    if not given:
        return body
    try:
        message = json.loads(body)
        attributes = {field: value.decode() for field, value in given.items()}
    except (ValueError, RecursionError, AttributeError):  # not JSON, not UTF-8, nested beyond reason, a header without a value
        return body
    if not isinstance(message, dict):
        return body
    lacking = {field: value for field, value in attributes.items() if message.get(field) is None}
    return json.dumps({**message, **lacking}).encode() if lacking else body


def headers_of(message_type: str, message_id: str, source: str, time: datetime) -> list[tuple[str, bytes]]:
    """The headers that an output carries. `time` is written in UTC to the millisecond."""
    return headers_at(message_type, message_id, source, _written(time))


def headers_at(message_type: str, message_id: str, source: str, written: bytes) -> list[tuple[str, bytes]]:
    """The same for a time that is written already, in UTC to the millisecond: `2026-11-28T17:00:00.000Z`."""
    return [_VERSION, ("ce_id", message_id.encode()), *_kind_of(source, message_type), ("ce_time", written), _CONTENT]


@lru_cache(maxsize=64)
def _kind_of(source: str, message_type: str) -> tuple[tuple[str, bytes], ...]:
    return ("ce_source", source.encode()), ("ce_type", message_type.encode())


@lru_cache(maxsize=256)  # one event's outputs share their time
def _written(time: datetime) -> bytes:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
