"""What a decision is given beside the state (Context), and where it puts what it concludes (Effects)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from schemas.decisions import About, Verdict
from schemas.message import instant
from schemas.policy import Policy
from streams.decide import wire
from streams.decide.events import MAKEGOOD
from streams.decide.outcomes import NONE, Correction, Outcome
from streams.decide.phrases import Lexicon
from streams.decide.state import Thresholds, Why


class Sent(NamedTuple):
    """A message (or a struct of streams/decide/wire.py) for a topic. `key` decides the partition unless `partition` is given; None is a tombstone."""

    topic: str
    key: str
    message: Any
    partition: int | None = None


class MetricChanged(NamedTuple):
    """A customer's metric changed in the partition's histogram `metric`: `old` goes out, `new` comes in; None where there is none."""

    metric: str
    old: float | None
    new: float | None


@dataclass(slots=True)
class Effects:
    """What one input led to, in order."""

    sent: list[Sent] = field(default_factory=list)
    metric_changes: list[MetricChanged] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    """What came of stated chances."""
    forget: bool = False
    """The record of this customer is to be removed."""


@dataclass(slots=True)
class Context:
    """What a decision may look at beside the state and the message: never a clock.

    `topic`, `partition` and `offset` name the input; `now` is the event time as of which it is decided; `lexicon` is compiled from the
    policy's phrases; `correction` is what came of earlier chances.
    """

    policy: Policy
    lexicon: Lexicon
    thresholds: Thresholds
    partition: int
    correction: Correction = NONE
    topic: str = ""
    offset: int = 0
    now: float = 0.0
    effects: Effects = field(default_factory=Effects)

    @property
    def input(self) -> str:
        """The input's id: topic-partition-offset."""
        return f"{self.topic}-{self.partition}-{self.offset}"

    @property
    def basis(self) -> Any:
        """Where a decision comes from."""
        return wire.Basis(input=self.input, policy=self.policy.version, thresholds=self.thresholds.version)

    def log(
        self, verdict: Verdict, customer: str, about: str, kind: About, at: float, because: Why, *, by: str = MAKEGOOD, **fields: Any
    ) -> None:
        """Write a line of the decision log. `at` in seconds since 1970; `fields` are others of a Decision."""
        basis = self.basis
        decision = wire.Decision(
            id=f"{basis.input}-{len(self.effects.sent)}",
            verdict=verdict,
            customer=customer,
            about=about,
            about_kind=kind,
            at=instant(at),
            by=by,
            why=wired(because),
            values=fields.pop("values", {}),
            basis=basis,
            **fields,
        )
        self.effects.sent.append(Sent("decisions", customer, decision))


def wired(because: Why | None) -> Any:
    """A reason as it goes out."""
    return None if because is None else wire.Why(code=because.code, values=because.values, said=because.said)


def deterministic_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, on every replay: a prefix and 12 hexadecimal digits."""
    return prefix + hashlib.blake2b("\0".join(parts).encode(), digest_size=6).hexdigest()


_BLAKE = hashlib.blake2b(digest_size=8)
"""Copied, for its parameters cost more to read than a short text to hash."""


@lru_cache(maxsize=64)  # what one fact is about is asked for by several aspects, one after the other
def object_hash(source: str, object_key: str) -> int:
    """A source's object as a 63-bit number, which takes less room in the state than its name."""
    hashed = _BLAKE.copy()
    hashed.update(f"{source}\0{object_key}".encode())
    return int.from_bytes(hashed.digest(), "big") >> 1
