"""What is done to the network in one trial, all of it chosen by its seed: which requests and answers are held, when, for how long, and how."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum


class Kind(IntEnum):
    """The requests of a transaction, by Kafka's numbers."""

    PRODUCE = 0
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS = 24
    ADD_OFFSETS = 25
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


SHORTEST_S, LONGEST_S = 1.0, 30.0
ARMED_WITHIN_S = 8.0
"""The first hold waits for its request from the beginning of the load on, the last from this many seconds later on."""
SLOW_S = {Kind.PRODUCE: 0.3}
"""Every request and every answer of a transaction takes up to so long: while a late one is on its way, a transaction is half done most of the time."""
SLOW_ELSE_S = 0.06
WORST_WITHIN_S = 5.0
"""A request that comes late waits so long for the worst moment: when a transaction is half written."""
_WEIGHTS = {
    Kind.END_TXN: 6,
    Kind.PRODUCE: 4,
    Kind.ADD_PARTITIONS: 4,
    Kind.TXN_OFFSET_COMMIT: 2,
    Kind.ADD_OFFSETS: 2,
    Kind.INIT_PRODUCER_ID: 1,
}


@dataclass
class Hold:
    """One request, or one answer, that comes late. `cut`: its sender loses the connection at once; else it waits, as long as it likes."""

    armed_s: float
    kind: Kind
    answer: bool
    cut: bool
    seconds: float

    def __str__(self) -> str:
        how = "cut off" if self.cut else "waited for"
        return f"{self.kind.name} {'answer' if self.answer else 'request'} {self.seconds:.1f} s ({how})"


def holds(chance: random.Random, only: Kind | None = None) -> list[Hold]:
    """Three to five, each for 1 to 30 s, short ones as often as long ones by their logarithm."""
    kinds = [only] * 5 if only is not None else chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=chance.randint(3, 5))
    return [_hold(chance, kind, request_only=only is not None) for kind in kinds]


def _hold(chance: random.Random, kind: Kind, *, request_only: bool) -> Hold:
    seconds = SHORTEST_S * (LONGEST_S / SHORTEST_S) ** chance.random()
    armed_s, answer, cut = chance.uniform(0, ARMED_WITHIN_S), chance.random() < 0.4, chance.random() < 0.7
    return Hold(armed_s, kind, answer and not request_only, cut or request_only, seconds)


@dataclass
class Plan:
    """The holds of one trial: those to come, and how many are under way."""

    seed: int
    only: Kind | None = None
    began: float | None = None
    ended: int = 0
    """So many transactions the broker has ended."""
    under_way: int = 0
    done: list[Hold] = field(default_factory=list)
    _half: dict[str, asyncio.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.to_come = holds(self.chance, self.only)

    def take(self, kind: Kind, *, answer: bool, now: float) -> Hold | None:
        """The hold that waits for this frame, if there is one. It is let go by `let_go`."""
        if self.began is None:
            return None
        for hold in self.to_come:
            if (hold.kind, hold.answer) == (kind, answer) and now - self.began >= hold.armed_s:
                self.to_come.remove(hold)
                self.under_way += 1
                return hold
        return None

    def let_go(self, hold: Hold) -> None:
        self.under_way -= 1
        self.done.append(hold)

    @property
    def taken(self) -> int:
        """So many were held, or are."""
        return self.under_way + len(self.done)

    @property
    def over(self) -> bool:
        return not self.to_come and not self.under_way

    @property
    def wants_a_start(self) -> bool:
        """Whether nothing is left but what only a producer that starts sends."""
        return bool(self.to_come) and not self.under_way and all(hold.kind is Kind.INIT_PRODUCER_ID for hold in self.to_come)

    async def half_done(self, client: str) -> None:
        """Return when the next records of this producer have gone to one broker: those for the other are still on their way, every second time."""
        waiting = self._half.setdefault(client, asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(WORST_WITHIN_S):
                await waiting.wait()

    def produced(self, client: str) -> None:
        if (waiting := self._half.pop(client, None)) is not None:
            waiting.set()

    def slow_s(self, kind: Kind) -> float:
        """How long this frame takes although nothing holds it."""
        return self.chance.uniform(0, SLOW_S.get(kind, SLOW_ELSE_S))
