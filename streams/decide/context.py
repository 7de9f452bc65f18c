"""What a decision is given beside the state (Context), and where it puts what it concludes (Effects)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.decisions import AlertSnapshot, Basis, Decision, Notice, TaskSnapshot, Tier, Verdict
from schemas.message import Message, instant
from schemas.policy import Policy
from streams.decide.phrases import Lexicon
from streams.decide.state import Thresholds


class Sent(NamedTuple):
    """A message for a topic. `key` decides the partition unless `partition` is given; `message` None is a tombstone."""

    topic: str
    key: str
    message: Message | None
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
    forget: bool = False
    """The record of this customer is to be removed."""


@dataclass(slots=True)
class Context:
    """What a decision may look at beside the state and the message: never a clock.

    `topic`, `partition` and `offset` name the input; `lexicon` is compiled from the policy's phrases.
    """

    policy: Policy
    lexicon: Lexicon
    thresholds: Thresholds
    partition: int
    topic: str = ""
    offset: int = 0
    effects: Effects = field(default_factory=Effects)

    @property
    def input(self) -> str:
        """The input's id: topic-partition-offset."""
        return f"{self.topic}-{self.partition}-{self.offset}"

    @property
    def basis(self) -> Basis:
        """Where a decision comes from."""
        return Basis(input=self.input, policy=self.policy.version, thresholds=self.thresholds.version)

    def log(
        self, verdict: Verdict, customer: str, about: str, at: float, because: str, *, tier: Tier | None = None, hic: bool | None = None
    ) -> None:
        """Write a line of the decision log. `at` in seconds since 1970; `tier` or `hic` where it is about these."""
        decision = Decision(
            id=f"{self.input}-{len(self.effects.sent)}",
            verdict=verdict,
            customer=customer,
            about=about,
            at=instant(at),
            because=because,
            tier=tier,
            hic=hic,
            basis=self.basis,
        )
        self.effects.sent.append(Sent("decisions", customer, decision))

    def send(self, message: TaskSnapshot | AlertSnapshot | Notice) -> None:
        """Send a snapshot or notice to its topic, keyed by its customer."""
        self.effects.sent.append(Sent(_TOPIC_OF[type(message)], message.customer, message))


_TOPIC_OF: dict[type[Message], str] = {TaskSnapshot: "tasks", AlertSnapshot: "alerts", Notice: "notices"}


def deterministic_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, on every replay: a prefix and 12 hexadecimal digits."""
    return prefix + hashlib.blake2b("\0".join(parts).encode(), digest_size=6).hexdigest()


def object_hash(source: str, object_key: str) -> int:
    """A source's object as a 63-bit number, which takes less room in the state than its name."""
    return int.from_bytes(hashlib.blake2b(f"{source}\0{object_key}".encode(), digest_size=8).digest(), "big") >> 1
