"""Bodies of the JSON API: one fact, many, or CloudEvents; each record becomes a fact or says where it is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from gateway.api_keys import Caller
from gateway.responses import Detail, Refusal, details_of
from gateway.settings import Permission
from gateway.translate.payload import parse
from gateway.translate.translation import BadPayload
from schemas import tolerant_reader
from schemas.cloudevents import merge
from schemas.customers import Trust
from schemas.facts import AliasLinked, AnyFact, CustomerProfiled, ErasureRequested
from schemas.inputs import FACT
from schemas.wording import counted

JSON = "application/json"
CLOUD_EVENT = "application/cloudevents+json"
CLOUD_EVENTS = "application/cloudevents-batch+json"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines")
_ATTRIBUTES = {"type": "type", "id": "id", "source": "source", "time": "occurred_at"}
_NO_FACT = "it is no fact: "


def fact_of(value: Any) -> AnyFact:
    """A parsed record as a fact. Raises Refusal (422) with places."""
    if not isinstance(value, dict):
        raise Refusal(422, f"{_NO_FACT}a fact is an object", [Detail(where="$", why="Input should be an object")])
    try:
        return tolerant_reader.convert(FACT, value)
    except ValidationError as error:
        details = details_of(error, frozenset({str(value.get("type"))}))
    except Exception:  # noqa: BLE001  a validator of the language that stumbles over hostile shapes: it is no fact all the same
        details = [Detail(where="$", why="a value is of a kind that no fact has")]
    raise Refusal(422, f"{_NO_FACT}{details[0].where}: {details[0].why}", details) from None


def single(raw: bytes, kind: str, headers: Mapping[str, str]) -> Any:
    """The record of a body, with attributes of CloudEvents merged into it. Raises Refusal."""
    if kind == JSON:
        carried = [(f"ce_{name[3:]}", value.encode("latin-1")) for name, value in headers.items() if name.startswith("ce-")]
        return _parsed(merge(carried, raw) if carried else raw)
    return _from_cloud_event(_parsed(raw))


def many(raw: bytes, kind: str, most: int) -> list[Any]:
    """The records of a body, each parsed, or the Refusal that it alone deserves. Raises Refusal when the body as a whole is wrong."""
    records = list(_lines(raw, most)) if kind in LINES else _array(raw, kind)
    if not records:
        raise Refusal(400, "there are no records in it")
    if len(records) > most:
        raise Refusal(400, f"it holds more than {counted(most, 'record')}: send fewer at once")
    return records


def checked(value: Any, caller: Caller, now: datetime, most_ahead_h: float) -> AnyFact:
    """A record as a fact that this caller may write now. Raises Refusal."""
    if isinstance(value, Refusal):
        raise value
    fact = fact_of(value)
    if not caller.may_write(fact.source):
        raise Refusal(403, f"the key {caller.name} may not write facts of this source", [Detail(where="$.source", why="not allowed")])
    needs = _needs(fact)
    if needs is not None and needs[0] not in caller.may:
        permission, where = needs
        why = f"the key {caller.name} may not write {_WITHHELD[permission]}: {caller.line_for(permission)}"
        raise Refusal(403, why, [Detail(where=where, why="not allowed")])
    not_too_far_ahead(fact, now, most_ahead_h)
    return fact


_WITHHELD: dict[Permission, str] = {
    "erasures": "requests to erase a customer",
    "links": "statements about whose an alias is (a guess, trust = 0, it may)",
}


def _needs(fact: AnyFact) -> tuple[Permission, str] | None:
    """The permission that a fact needs, and what of it does."""
    if isinstance(fact, ErasureRequested):
        return "erasures", "$.type"
    if isinstance(fact, AliasLinked) and fact.trust > Trust.GUESSED:
        return "links", "$.trust"
    if isinstance(fact, CustomerProfiled) and fact.customer.aliases and not fact.customer.guessed:
        return "links", "$.customer.aliases"
    return None


def not_too_far_ahead(fact: AnyFact, now: datetime, most_ahead_h: float) -> None:
    """Raises Refusal (422) for a fact of a future in which its customer would be stuck."""
    if fact.occurred_at - now > timedelta(hours=most_ahead_h):
        why = f"the fact says that it happened more than {counted(most_ahead_h, 'hour', digits=1)} from now: is the sender's clock right?"
        raise Refusal(422, why, [Detail(where="$.occurred_at", why=why)])


def _parsed(raw: bytes) -> Any:
    if not raw.strip():
        raise Refusal(400, "the body is empty")
    try:
        return parse(raw)
    except BadPayload as bad:
        raise Refusal(400, bad.why, [Detail(where=bad.where, why=bad.why)]) from None


def _array(raw: bytes, kind: str) -> list[Any]:
    values = _parsed(raw)
    if not isinstance(values, list):
        raise Refusal(400, "a batch is a JSON array, or one JSON object a line with Content-Type application/x-ndjson")
    return [_or_refusal(value) for value in values] if kind == CLOUD_EVENTS else values


def _or_refusal(value: Any) -> Any:
    try:
        return _from_cloud_event(value)
    except Refusal as refusal:
        return refusal


def _lines(raw: bytes, most: int) -> Iterator[Any]:
    """Empty lines count for nothing. Stops soon after `most`: the caller refuses it anyway."""
    for number, line in enumerate(line for line in raw.split(b"\n") if line.strip()):
        if number > most:
            return
        try:
            yield _parsed(line)
        except Refusal as refusal:
            yield refusal


def _from_cloud_event(event: Any) -> Any:
    """A structured CloudEvent as the record in its data; attributes fill what the data lacks."""
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        raise Refusal(
            422, "a CloudEvent carries a fact as a JSON object in data", [Detail(where="$.data", why="Input should be an object")]
        )
    carried = {field: event[name] for name, field in _ATTRIBUTES.items() if isinstance(event.get(name), str)}
    return carried | {name: value for name, value in event["data"].items() if value is not None}  # what the fact says itself wins
