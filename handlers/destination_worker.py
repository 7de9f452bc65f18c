"""The worker of one destination: claim, send, settle, one notice at a time; a destination that fails holds back no other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from pydantic import ValidationError

from handlers.channels import Send
from handlers.circuit_breaker import CircuitBreaker, CircuitState
from handlers.delivery_records import attempted
from handlers.ledger import Claim, Ledger, Place
from handlers.responses import SendResult
from handlers.retry_policy import RetryPolicy
from handlers.sanitize import plain
from handlers.tables import State
from schemas.decisions import Notice
from schemas.deliveries import Outcome
from schemas.failures import said
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


class DestinationWorker:
    """`on_outcome` is called after anything was put into the outbox; `fallback` get what this one refuses or gives up on."""

    def __init__(
        self,
        name: str,
        send: Send,
        ledger: Ledger,
        breaker: CircuitBreaker,
        retry_policy: RetryPolicy,
        pace: Pace,
        on_outcome: Callable[[], None],
        fallback: Sequence[Place] = (),
    ) -> None:
        self.name, self.breaker, self.outcomes = name, breaker, Counter[Outcome]()
        self.wake = asyncio.Event()
        self._send, self._ledger, self._retry_policy, self._pace, self._on_outcome = send, ledger, retry_policy, pace, on_outcome
        self._clock = pace.clock
        self._fallback = tuple(place for place in fallback if place.destination != name)

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set; the attempt that runs then is finished first."""
        while not stopping.is_set():
            self.wake.clear()
            if not await self.step() and not stopping.is_set():
                await self._rest()

    async def step(self) -> bool:
        """Send, or suppress, the notice whose turn it is, if the destination may be asked; returns whether there was one."""
        if self.breaker.circuit is CircuitState.OPEN:
            await self._hold()
            return False
        claim = await self._ledger.claim(self.name, self._clock(), self._pace.lease_s)
        if claim is None:
            return False
        if claim.untrue:
            self._say(Outcome.SUPPRESSED, claim.delivery.notice, claim.delivery.attempts, claim.untrue)
            self._on_outcome()
            return True
        try:
            answer = await self._attempt(claim)
        except asyncio.CancelledError:
            await asyncio.shield(self._settle(claim, SendResult(Outcome.FAILED, STOPPED), again_at=self._clock()))
            raise
        self._judge(answer)
        await self._settle(claim, answer)
        return True

    async def _attempt(self, claim: Claim) -> SendResult:
        """Never longer than the lease: by then another process may send it."""
        limit_s = min(self._pace.timeout_s, claim.leased_until - self._clock())
        try:
            notice = Notice.model_validate_json(claim.body)
            async with asyncio.timeout(limit_s):
                return await self._send(notice, datetime.fromtimestamp(self._clock(), UTC))
        except TimeoutError:
            return SendResult(Outcome.FAILED, f"did not answer within {self._pace.timeout_s:g} s")
        except ValidationError:
            return SendResult(Outcome.REFUSED, "what the ledger holds cannot be read as a notice")
        except Exception as error:  # a bug in one message must not keep all others from being sent
            log.exception("sending raised an error", destination=self.name, notice=plain(claim.delivery.notice, _MOST_SHOWN))
            return SendResult(Outcome.FAILED, plain(f"it was not sent, not through their fault: {said(error)}; look into the log", 200))

    def _judge(self, answer: SendResult) -> None:
        if answer.outcome is not Outcome.FAILED:
            self.breaker.answered()
            return
        asked_s = answer.wait_s and min(answer.wait_s, self._retry_policy.longest_asked_s)
        self.breaker.failed(asked_s)
        if self.breaker.circuit is CircuitState.OPEN:
            log.warning("circuit opened", destination=self.name, cooldown_s=round(self.breaker.cooldown_s(), 1), because=answer.detail)

    async def _settle(self, claim: Claim, answer: SendResult, again_at: float | None = None) -> None:
        one, now = claim.delivery, self._clock()
        outcome, detail, next_at = answer.outcome, answer.detail, None
        if outcome is Outcome.FAILED:
            wait_s = max(self._retry_policy.pause(one.attempts, answer.wait_s), self.breaker.cooldown_s())
            next_at = now + wait_s if again_at is None else again_at
            if self._retry_policy.is_over(one.seen_at, now):
                outcome, next_at = Outcome.GIVEN_UP, None
                detail = f"{detail}; given up after {counted(one.attempts, 'attempt')} in {(now - one.seen_at) / 3600:.1f} h"
        state = _STATE_OF[outcome]
        fallback = self._fallback if state in _IN_VAIN else ()
        await self._ledger.settle(one, state, attempted(one, outcome, detail, now, next_at), next_at or now, fallback)
        self._say(outcome, one.notice, one.attempts, detail)
        self._on_outcome()

    async def _hold(self) -> None:
        now, cooldown_s = self._clock(), self.breaker.cooldown_s()
        why = f"it failed {counted(self.breaker.failures, 'time')} in a row; the next try is in {cooldown_s:.0f} s"
        held = await self._ledger.hold(self.name, now, now + cooldown_s, why)
        self.outcomes[Outcome.HELD] += held
        late = f"given up after {self._retry_policy.give_up_after_s / 3600:g} h, in which the destination did not work"
        given_up = await self._ledger.give_up(self.name, now - self._retry_policy.give_up_after_s, now, late, self._fallback)
        for one in given_up:
            self._say(Outcome.GIVEN_UP, one.notice, one.attempts, late)
        if held or given_up:
            self._on_outcome()

    def _say(self, outcome: Outcome, notice: str, attempt: int, detail: str) -> None:
        self.outcomes[outcome] += 1
        level = log.info if outcome in _AS_IT_SHOULD_BE else log.warning if outcome is Outcome.FAILED else log.error
        level(f"{self.name} {outcome.value}", notice=plain(notice, _MOST_SHOWN), attempt=attempt, detail=detail)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(min(self._pace.poll_s, self.breaker.cooldown_s() or self._pace.poll_s)):
                await self.wake.wait()
        except TimeoutError:
            pass


_STATE_OF = {
    Outcome.DELIVERED: State.DELIVERED,
    Outcome.FAILED: State.PENDING,
    Outcome.REFUSED: State.REFUSED,
    Outcome.GIVEN_UP: State.GIVEN_UP,
}
_AS_IT_SHOULD_BE = (Outcome.DELIVERED, Outcome.SUPPRESSED)
_IN_VAIN = (State.REFUSED, State.GIVEN_UP)
