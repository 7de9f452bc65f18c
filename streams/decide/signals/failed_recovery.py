"""Failed recovery: what we had put right for the customer went wrong again. A second disappointment weighs more than the first.

Source of the direction, not of the strength: studies of "double deviation" (a failed recovery after a failure), since Bitner, Booms and
Tetreault 1990. None of the histories that we measure on has recoveries, so the strength is a default of the policy, and not measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.decisions import Status
from streams.decide.aspect import Aspect, Timer, as_held
from streams.decide.context import Context
from streams.decide.events import SignalSeen
from streams.decide.facts import EVERY_MOMENT
from streams.decide.segment import may_leave
from streams.decide.signals import seen
from streams.decide.state import Customer, Task
from streams.decide.wording import why

NAME = "failed_recovery"


class RecoveryFailed(Timer, frozen=True):
    """A task came back: due at once, for judgement stands to the left of recovery and hears nothing from it in the same pass."""


def _latest(customer: Customer) -> Task | None:
    """The task that came back last, of those that nobody has closed since."""
    if customer.recovery is None or not customer.recovery.open:
        return None
    back = [task for task in customer.recovery.open if task.regressions and task.life.status == Status.REGRESSED]
    return max(back, key=lambda task: task.life.moved_at) if back else None


def _is_news(customer: Customer, task: Task) -> bool:
    return customer.failed_at is None or task.life.moved_at > customer.failed_at


def look(customer: Customer, message: Any, context: Context) -> Iterator[SignalSeen] | None:
    """Strength: the policy's. It fades like every signal, and is renewed by the next task that comes back."""
    del message
    task = _latest(customer)
    if task is None or not _is_news(customer, task):
        return None
    customer.failed_at = task.life.moved_at  # looked at, whatever comes of it: a timer that stayed would hide every later one
    if not may_leave(customer, context):
        return None
    because = why(NAME, cause=task.cause, times=task.regressions)
    return seen(customer, SignalSeen(at=task.life.moved_at, name=NAME, strength=context.policy.churn.failed_recovery.strength, why=because))


def timers(customer: Customer) -> tuple[RecoveryFailed, ...]:
    """At once, until it was looked at."""
    task = _latest(customer)
    return (RecoveryFailed(task.life.moved_at, task.id),) if task is not None and _is_news(customer, task) else ()


FAILED_RECOVERY = Aspect(
    NAME,
    dict.fromkeys(EVERY_MOMENT, look),
    tells=(SignalSeen,),
    state="failed_at",
    version=2,
    migrate={1: as_held},
    timers=timers,
    timers_of="recovery",
)
