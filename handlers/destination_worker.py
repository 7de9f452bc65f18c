"""One destination's lane: claim, send, settle, one notice at a time; a sick destination holds back its own lane and no other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from pydantic import ValidationError

from handlers.channels import Send
from handlers.circuit_breaker import Breaker, Circuit
from handlers.delivery_records import attempted
from handlers.ledger import Claim, Ledger, Place
from handlers.responses import Answer
from handlers.retry_policy import Patience
from handlers.sanitize import plain
from handlers.tables import State
from schemas.decisions import Notice
from schemas.deliveries import Outcome
from schemas.wording import counted

log = structlog.get_logger(__name__)

STOPPED = "the handlers were stopped during this attempt; whether it arrived is not known, so it is sent again with the same key"

_MOST_SHOWN = 300


class Pace(NamedTuple):
    """All in seconds: an attempt's time-out, how long it is ours, how often the ledger is looked at; `clock` counts since 1970."""

    timeout_s: float
    lease_s: float
    poll_s: float
    clock: Callable[[], float]


class Lane:
    """`told` is called after anything was put into the outbox; `otherwise` is told where this destination refuses or is given up."""

    def __init__(
        self,
        name: str,
        send: Send,
        ledger: Ledger,
        breaker: Breaker,
        patience: Patience,
        pace: Pace,
        told: Callable[[], None],
        otherwise: Sequence[Place] = (),
    ) -> None:
        self.name, self.breaker, self.outcomes = name, breaker, Counter[Outcome]()
        self.wake = asyncio.Event()
        self._send, self._ledger, self._patience, self._pace, self._told = send, ledger, patience, pace, told
        self._clock = pace.clock
        self._otherwise = tuple(place for place in otherwise if place.destination != name)

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set; the attempt that runs then is finished first."""
        while not stopping.is_set():
            self.wake.clear()
            if not await self.step() and not stopping.is_set():
                await self._rest()

    async def step(self) -> bool:
        """Send, or pass over, the notice whose turn it is, if the destination may be asked; returns whether there was one."""
        if self.breaker.circuit is Circuit.OPEN:
            await self._hold()
            return False
        claim = await self._ledger.claim(self.name, self._clock(), self._pace.lease_s)
        if claim is None:
            return False
        if claim.untrue:
            self._say(Outcome.PASSED_OVER, claim.delivery.notice, claim.delivery.attempts, claim.untrue)
            self._told()
            return True
        try:
            answer = await self._attempt(claim)
        except asyncio.CancelledError:
            await asyncio.shield(self._settle(claim, Answer(Outcome.FAILED, STOPPED), again_at=self._clock()))
            raise
        self._judge(answer)
        await self._settle(claim, answer)
        return True

    async def _attempt(self, claim: Claim) -> Answer:
        """Never longer than the lease: by then another process may send it."""
        limit_s = min(self._pace.timeout_s, claim.leased_until - self._clock())
        try:
            notice = Notice.model_validate_json(claim.body)
            async with asyncio.timeout(limit_s):
                return await self._send(notice, datetime.fromtimestamp(self._clock(), UTC))
        except TimeoutError:
            return Answer(Outcome.FAILED, f"did not answer within {self._pace.timeout_s:g} s")
        except ValidationError:
            return Answer(Outcome.REFUSED, "what the ledger holds cannot be read as a notice")
        except Exception as error:  # a bug in one message must not keep all others from being sent
            log.exception("sending raised an error", destination=self.name, notice=plain(claim.delivery.notice, _MOST_SHOWN))
            return Answer(Outcome.FAILED, plain(f"an error of ours, not theirs ({type(error).__name__}): look into the log", 200))

    def _judge(self, answer: Answer) -> None:
        if answer.outcome is not Outcome.FAILED:
            self.breaker.answered()
            return
        asked_s = answer.wait_s and min(answer.wait_s, self._patience.longest_asked_s)
        self.breaker.failed(asked_s)
        if self.breaker.circuit is Circuit.OPEN:
            log.warning("destination rests", destination=self.name, for_s=round(self.breaker.rest_s(), 1), because=answer.detail)

    async def _settle(self, claim: Claim, answer: Answer, again_at: float | None = None) -> None:
        one, now = claim.delivery, self._clock()
        outcome, detail, next_at = answer.outcome, answer.detail, None
        if outcome is Outcome.FAILED:
            wait_s = max(self._patience.pause(one.attempts, answer.wait_s), self.breaker.rest_s())
            next_at = now + wait_s if again_at is None else again_at
            if self._patience.is_over(one.seen_at, now):
                outcome, next_at = Outcome.GIVEN_UP, None
                detail = f"{detail}; given up after {counted(one.attempts, 'attempt')} in {(now - one.seen_at) / 3600:.1f} h"
        state = _STATE_OF[outcome]
        otherwise = self._otherwise if state in _IN_VAIN else ()
        await self._ledger.settle(one, state, attempted(one, outcome, detail, now, next_at), next_at or now, otherwise)
        self._say(outcome, one.notice, one.attempts, detail)
        self._told()

    async def _hold(self) -> None:
        now, rest_s = self._clock(), self.breaker.rest_s()
        why = f"it failed {counted(self.breaker.failures, 'time')} in a row; the next try is in {rest_s:.0f} s"
        held = await self._ledger.hold(self.name, now, now + rest_s, why)
        self.outcomes[Outcome.HELD] += held
        late = f"given up after {self._patience.give_up_after_s / 3600:g} h, in which the destination was not well"
        given_up = await self._ledger.give_up(self.name, now - self._patience.give_up_after_s, now, late, self._otherwise)
        for one in given_up:
            self._say(Outcome.GIVEN_UP, one.notice, one.attempts, late)
        if held or given_up:
            self._told()

    def _say(self, outcome: Outcome, notice: str, attempt: int, detail: str) -> None:
        self.outcomes[outcome] += 1
        level = log.info if outcome in _AS_IT_SHOULD_BE else log.warning if outcome is Outcome.FAILED else log.error
        level(f"{self.name} {outcome.value}", notice=plain(notice, _MOST_SHOWN), attempt=attempt, detail=detail)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(min(self._pace.poll_s, self.breaker.rest_s() or self._pace.poll_s)):
                await self.wake.wait()
        except TimeoutError:
            pass


_STATE_OF = {
    Outcome.DELIVERED: State.DELIVERED,
    Outcome.FAILED: State.PENDING,
    Outcome.REFUSED: State.REFUSED,
    Outcome.GIVEN_UP: State.GIVEN_UP,
}
_AS_IT_SHOULD_BE = (Outcome.DELIVERED, Outcome.PASSED_OVER)
_IN_VAIN = (State.REFUSED, State.GIVEN_UP)
