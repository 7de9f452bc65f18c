"""Bytes to message; what does not become one becomes a dead letter that says why and keeps every byte."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from schemas import tolerant_reader
from schemas.cloudevents import merge
from schemas.failures import said
from schemas.inputs import INPUT, SCHEMA_VERSION, AnyInput
from schemas.topics import BY_NAME
from schemas.traffic import Cut, DeadLetter, Fault
from streams.decide import fact_reader
from streams.engine.contract import Record, unreadable

_validate_json = INPUT.validator.validate_json
_MOST_ERROR = 2_000
_MOST_IN_A_LETTER = BY_NAME["dead-letters"].most_bytes - (32 << 10)
"""Characters of key, value and headers in a dead letter; the rest is for what it says beside them, its error above all."""
_MOST_KEY, _MOST_HEADERS = 16 << 10, 64 << 10
"""Of a record that is cut: bytes of its key, characters of its headers."""

_FAULTS = {
    "json_invalid": Fault.NOT_JSON,
    "union_tag_invalid": Fault.UNKNOWN_TYPE,
    "union_tag_not_found": Fault.UNKNOWN_TYPE,
}


def decode(record: Record) -> Any:
    """The message in a record, a fact as the fold reads it; raises ValueError (pydantic's ValidationError is one) where there is none."""
    value = record.value
    if value is None:
        found = unreadable(record)
        raise ValueError("the record has no value") if found is None else NotUnpacked(found.fault, found.why)
    if (fact := fact_reader.read(value)) is not None:
        return fact
    try:
        message: AnyInput = _validate_json(value)
    except ValidationError:
        # CloudEvents attributes stand in for fields that the body lacks. All of them are required fields, so a body that is whole
        # never comes here, and what it says wins.
        merged = merge(record.headers, value) if record.headers else value
        message = tolerant_reader.mended(INPUT, value) if merged is value else tolerant_reader.read(INPUT, merged)
    return fact_reader.as_read(message)


class NotUnpacked(ValueError):
    """The client could not unpack a record, or the batch that it stood in."""

    def __init__(self, fault: str, why: str) -> None:
        super().__init__(why)
        self.fault = Fault(fault)


def fault_of(error: BaseException) -> tuple[Fault, str]:
    """The kind of a decoding error, and its words."""
    if isinstance(error, NotUnpacked):
        return error.fault, str(error)[:_MOST_ERROR]
    if isinstance(error, ValidationError):
        first: Any = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        text = f"{where}: {first['msg']}" if where else str(first["msg"])
        return _FAULTS.get(first["type"], Fault.NOT_VALID), text[:_MOST_ERROR]
    return Fault.NOT_VALID, str(error)[:_MOST_ERROR] or said(error)


def dead_letter(topic: str, partition: int, record: Record, fault: Fault, error: str) -> DeadLetter:
    """The record with the reason: whole where it fits in the topic of dead letters, else cut."""
    key, value, headers, cut = _kept(record)
    return DeadLetter(
        id=f"{topic}-{partition}-{record.offset}",
        topic=topic,
        partition=partition,
        offset=record.offset,
        timestamp=record.timestamp / 1000,
        key=_text(key),
        value=_text(value),
        headers=tuple((name, base64.b64encode(content or b"").decode()) for name, content in headers),
        fault=fault,
        error=error.encode("utf-8", "replace").decode(),
        schema_version=SCHEMA_VERSION,
        cut=cut,
    )


def _kept(record: Record) -> tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]], Cut | None]:
    """Key, value and headers as a dead letter can hold them; with what they were, where that is less."""
    key, value, headers = record.key, bytes_of(record), record.headers
    if sum(map(_in_a_letter, (key, value))) + sum(map(_of_a_header, headers)) <= _MOST_IN_A_LETTER:
        return key, value, headers, None
    digest = None if value is None else hashlib.sha256(value).hexdigest()
    cut = Cut(key_bytes=_length(key), value_bytes=_length(value), value_sha256=digest, headers=len(headers))
    kept, left = [], _MOST_HEADERS
    for header in headers:
        left -= _of_a_header(header)
        if left < 0:
            break
        kept.append(header)
    short = None if key is None else key[:_MOST_KEY]
    left = _MOST_IN_A_LETTER - _in_a_letter(short) - sum(map(_of_a_header, kept))
    return short, None if value is None else value[: left // 4 * 3], kept, cut


def bytes_of(record: Record) -> bytes | None:
    """The value of a record; of what could not be unpacked, its bytes as they lie in the log."""
    found = unreadable(record) if record.value is None else None
    return record.value if found is None else found.raw


def _in_a_letter(raw: bytes | None) -> int:
    """Characters of base64."""
    return 0 if raw is None else (len(raw) + 2) // 3 * 4


def _of_a_header(header: tuple[str, bytes]) -> int:
    """Bytes at most: each character of the name may be one that JSON escapes, with the brackets and quotation marks around."""
    name, content = header
    return 6 * len(name) + _in_a_letter(content) + 8


def _length(raw: bytes | None) -> int | None:
    return None if raw is None else len(raw)


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()
