"""Records as the client gives them, as ours; what it could not unpack is stepped over with one line in the log, or shown where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import structlog

from schemas.record import Record
from streams.engine.contract import unreadable as found_in

log = structlog.get_logger(__name__)


def records_of(found: Iterable[Any], *, unreadable: bool = False) -> Iterator[Record]:
    """Aiokafka's records as ours, in their order. Of what could not be unpacked nothing, or with `unreadable` a record that says so."""
    for raw in found:
        missing = found_in(raw) if raw.value is None else None
        if missing is None:
            yield Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, tuple(raw.headers))
        elif unreadable:
            headers = tuple(missing.headers)
            yield Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, missing.raw, headers, missing.fault, missing.why)
        else:
            place = {"topic": raw.topic, "partition": raw.partition, "offset": raw.offset}
            log.warning("stepped over what the client cannot unpack", **place, fault=missing.fault, error=missing.why)
