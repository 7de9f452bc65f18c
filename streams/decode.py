"""Bytes to message; what does not become one becomes a dead letter that says why and keeps every byte."""

from __future__ import annotations

import base64
from typing import Any

from pydantic import ValidationError

from schemas.cloudevents import merge
from schemas.inputs import INPUT, SCHEMA_VERSION, AnyInput
from schemas.traffic import DeadLetter, Fault
from streams.engine.contract import Record

_validate_json = INPUT.validator.validate_json
_MOST_ERROR = 2_000

_FAULTS = {
    "json_invalid": Fault.NOT_JSON,
    "union_tag_invalid": Fault.UNKNOWN_TYPE,
    "union_tag_not_found": Fault.UNKNOWN_TYPE,
}


def decode(record: Record) -> AnyInput:
    """The message in a record; raises ValueError (pydantic's ValidationError is one) where there is none."""
    value = record.value
    if value is None:
        raise ValueError("the record has no value")
    try:
        message: AnyInput = _validate_json(value)
    except ValidationError:
        # CloudEvents attributes stand in for fields that the body lacks. All of them are required fields, so a body that is whole
        # never comes here, and what it says wins.
        merged = merge(record.headers, value) if record.headers else value
        if merged is value:
            raise
        message = _validate_json(merged)
    return message


def fault_of(error: BaseException) -> tuple[Fault, str]:
    """The kind of a decoding error, and its words."""
    if isinstance(error, ValidationError):
        first: Any = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        text = f"{where}: {first['msg']}" if where else str(first["msg"])
        return _FAULTS.get(first["type"], Fault.NOT_VALID), text[:_MOST_ERROR]
    return Fault.NOT_VALID, str(error)[:_MOST_ERROR] or repr(error)


def dead_letter(topic: str, partition: int, record: Record, fault: Fault, error: str) -> DeadLetter:
    """The record, whole, with the reason."""
    return DeadLetter(
        id=f"{topic}-{partition}-{record.offset}",
        topic=topic,
        partition=partition,
        offset=record.offset,
        timestamp=record.timestamp / 1000,
        key=_text(record.key),
        value=_text(record.value),
        headers=tuple((name, base64.b64encode(value or b"").decode()) for name, value in record.headers),
        fault=fault,
        error=error.encode("utf-8", "replace").decode(),
        schema_version=SCHEMA_VERSION,
    )


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()
