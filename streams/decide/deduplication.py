"""Is a fact news? What was delivered before, and what a later version has replaced, changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, get_args
from zlib import crc32

import msgspec

from schemas.decisions import About, Verdict
from schemas.facts import AnyFact, Fact
from streams.decide import satisfaction, tickets
from streams.decide.aspect import Aspect
from streams.decide.context import Context, object_hash
from streams.decide.state import Customer, Why
from streams.decide.wording import moment, name, why

EVENTS = frozenset({"ticket.commented", "usage.recorded", "employee.feedback", "payment.failed"})
"""Facts of which one object has many, none replacing another: told apart by their own id and by what they say."""
COUNTED = frozenset({"ticket.reopened", "ticket.reassigned"})
"""Facts that are counted one by one where the source gives no number: told apart by their time, in whatever order they come."""
_encode = msgspec.msgpack.Encoder(enc_hook=vars).encode  # a score, and answers, as their fields
_CONTENT_BITS = 20
_CONTENT_MASK = (1 << _CONTENT_BITS) - 1
_KEY, _KEY_SPARED, _VERSION = 6, 15, 8
ENTRY = _KEY + _VERSION
"""Bytes that an applied object takes: its key, and the version."""
_FAMILY = {"survey.amended": "survey.answered"}
"""What a fact is a later version of, where that has a type of its own."""


def _own_fields(kind: type[Fact]) -> Callable[[Any], Any]:
    names = [name for name in kind.model_fields if name not in Fact.model_fields and name != "type"]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda fact: [getattr(fact, name) for name in names]


_OWN = {str(kind.model_fields["type"].default): _own_fields(kind) for kind in get_args(AnyFact)}
"""What each type of fact holds beside what every fact does."""


def is_news(customer: Customer, fact: AnyFact, context: Context) -> bool:
    """Whether the fact is to be applied; if so it is remembered, and if not the decision log says why.

    Versions are compared within (source, family of facts, object). A fact without one is as of its time; two of the same instant that
    say something else are both news.
    """
    key, version = _packed(_key(fact)), _version(fact)
    place = _place_of(key, customer.seen)
    if place < 0:
        _remember(customer, customer.seen, key, version, context)
        return True
    seen, others = _version_at(place, customer.seen), customer.seen[:place] + customer.seen[place + ENTRY :]
    if version > seen or (fact.version is None and version != seen and _time_of(version) == _time_of(seen)):
        _remember(customer, others, key, version, context)
        return True
    customer.seen = others + customer.seen[place : place + ENTRY]
    if version < seen and (satisfaction.lacks(customer, fact) or tickets.lacks(customer, fact)):
        return True  # the comment overtook its score: what is later wins field by field, and nobody has a score yet
    verdict = Verdict.DUPLICATE_IGNORED if version == seen else Verdict.STALE_IGNORED
    context.log(verdict, customer.id, fact.id, About.FACT, fact.at, _because(fact, seen))
    return False


# -- what was applied, as bytes: an entry each, the one that was heard of last at the end ---------------------------------------------------


def _packed(key: int) -> bytes:
    """48 of its 63 bits: that one of a thousand known objects is taken for another has a chance of 1 in 280,000 million."""
    return (key >> _KEY_SPARED).to_bytes(_KEY, "big")


def _place_of(key: bytes, seen: bytes) -> int:
    """Where the entry of a key begins; -1 where there is none. The same bytes across two entries are no key."""
    place = seen.find(key)
    while place > 0 and place % ENTRY:
        place = seen.find(key, place + 1)
    return place


def _version_at(place: int, seen: bytes) -> int:
    return int.from_bytes(seen[place + _KEY : place + ENTRY], "big", signed=True)


def _remember(customer: Customer, others: bytes, key: bytes, version: int, context: Context) -> None:
    seen, most = others + key + version.to_bytes(_VERSION, "big", signed=True), context.policy.identity.remember_objects * ENTRY
    customer.seen = seen[-most:] if len(seen) > most else seen


def _from_numbers(seen: dict[int, int]) -> bytes:
    """Version 1 held keys and versions as numbers."""
    return b"".join(_packed(key) + version.to_bytes(_VERSION, "big", signed=True) for key, version in seen.items())


# -- what a fact is told by -----------------------------------------------------------------------------------------------------------------


def _key(fact: AnyFact) -> int:
    kind = fact.type
    if kind in EVENTS:
        return object_hash(fact.source, f"{kind}\0{fact.id}\0{_content(fact)}")
    family = _FAMILY.get(kind, kind)
    if kind in COUNTED and fact.times is None:  # type: ignore[union-attr]
        return object_hash(fact.source, f"{family}\0{fact.object}\0{_version(fact)}")
    return object_hash(fact.source, f"{family}\0{fact.object}")


def _version(fact: AnyFact) -> int:
    """The source's own version; else milliseconds since 1970, and behind them a digest of what the fact says."""
    if fact.version is not None or fact.type in EVENTS:
        return fact.version or 0
    return int(fact.at * 1000) << _CONTENT_BITS | _content(fact) & _CONTENT_MASK


def _time_of(version: int) -> int:
    return version >> _CONTENT_BITS


def _content(fact: AnyFact) -> int:
    """A digest of what distinguishes this fact beside its id, object and time."""
    return crc32(_encode(_OWN[fact.type](fact)))


def _because(fact: AnyFact, seen: int) -> Why:
    what = {"source": fact.source, "object": name(fact.object)}
    if fact.version is not None:
        return why("version_applied_before", **what, version=fact.version, applied=seen)
    if fact.type in EVENTS:
        return why("event_applied_before", **what, occurred_at=moment(fact.at))
    return why("time_applied_before", **what, occurred_at=moment(fact.at), applied_at=moment(_time_of(seen) / 1000))


SEEN = Aspect("deduplication", state="seen", version=2, migrate={1: _from_numbers})
"""Owns what it remembers, but stands before the table: what is no news reaches no aspect."""
