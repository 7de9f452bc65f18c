"""Long wait: a ticket that nobody has answered since it was opened or reopened. The clock finds it.

An answer is a comment of ours, a resolution, or a status that says that it is the customer's turn. What the customer adds meanwhile begins
no other wait: a `thank you` needs no answer. Only tickets of customers who mattered when they were opened are waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.facts import TicketCommented, TicketOpened, TicketReopened, TicketResolved, TicketUpdated
from schemas.message import seconds
from streams.decide import tickets
from streams.decide.aspect import NEVER, Aspect, Timer, as_held
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen, TicketFollowed, TicketVoided
from streams.decide.segment import may_leave
from streams.decide.signal_state import Wait
from streams.decide.signals import gone
from streams.decide.state import Customer
from streams.decide.wording import name, why

NAME = "long_wait"
HOUR = 3_600.0
MOST_WAITS = 16
"""So many tickets wait at a time; of more, the one that was heard of first is forgotten, those that were told last."""
ANSWERED = frozenset({"pending", "waiting", "waiting for customer", "waiting on customer", "solved", "resolved", "closed"})
News = Iterator[SignalSeen | SignalGone]


class WaitTooLong(Timer, frozen=True):
    """A ticket has waited for as long as the policy says. `about` is its key."""


def on_asked(customer: Customer, fact: TicketOpened | TicketReopened, context: Context) -> None:
    """It waits from now on, until the hours of the policy are over, or the time by which the source promised an answer, if that is later."""
    _, key, ticket = tickets.found(customer, fact.source, fact.object)
    known = customer.waits.get(key)
    if ticket is None or not ticket.open or tickets.is_spam(ticket) or not may_leave(customer, context):
        return
    if known is not None and known.answered_at is not None and fact.at <= known.answered_at:
        del customer.waits[key]
        return
    if known is not None and known.since <= fact.at:
        return
    promised = seconds(fact.respond_by) if fact.type == "ticket.opened" and fact.respond_by is not None else 0.0
    late_at = max(fact.at + context.policy.churn.long_wait.hours * HOUR, promised)
    _keep(customer, key, Wait(name(fact.object), fact.at, late_at))


def _keep(customer: Customer, key: int, wait: Wait) -> None:
    customer.waits.pop(key, None)
    if len(customer.waits) >= MOST_WAITS:
        del customer.waits[next((old for old, known in customer.waits.items() if not known.signalled), next(iter(customer.waits)))]
    customer.waits[key] = wait


def on_commented(customer: Customer, fact: TicketCommented, context: Context) -> News | None:
    """A comment of ours answers."""
    return None if fact.by_customer else on_answered(customer, fact, context)


def on_updated(customer: Customer, fact: TicketUpdated, context: Context) -> News | None:
    """A status may say that it was answered."""
    return on_answered(customer, fact, context) if fact.status is not None and fact.status.casefold() in ANSWERED else None


def on_answered(customer: Customer, fact: Any, context: Context) -> News | None:
    """The wait is over. One that was too long fades from then on; where the answer was in time, and only heard of late, it is gone.

    That what was merged away is closed answers nobody.
    """
    if fact.type != "ticket.commented" and tickets.is_merged(customer, fact):
        return None
    _, key, ticket = tickets.found(customer, fact.source, fact.object)
    wait = customer.waits.get(key)
    if wait is None or fact.at < wait.since:
        if ticket is not None and ticket.opened_at is None:  # the answer overtook the opening
            _keep(customer, key, Wait(name(fact.object), NEVER, NEVER, answered_at=fact.at))
        return None
    del customer.waits[key]
    return _over(customer, key, wait, fact.at, context) if wait.signalled else None


def _over(customer: Customer, key: int, wait: Wait, at: float, context: Context) -> News | None:
    if (other := _longest(customer, at, context)) is not None:
        return iter((other,))
    return gone(customer, NAME, at) if at < wait.late_at else iter((_seen(wait, key, at, context, lasts=False),))


def _longest(customer: Customer, at: float, context: Context) -> SignalSeen | None:
    """Of the waits that were too long the one that has gone on longest."""
    late = [(wait.since, key) for key, wait in customer.waits.items() if wait.signalled]
    return _seen(customer.waits[min(late)[1]], min(late)[1], max(at, min(late)[0]), context) if late else None


def on_late(customer: Customer, timer: WaitTooLong, context: Context) -> News:
    """Strength: the policy's, until it is answered; from then on it fades. Of several the one that waits longest is told."""
    wait, known = customer.waits[int(timer.about)], customer.signals.get(NAME)
    wait.signalled = True
    if known is None or not known.lasts:
        yield _seen(wait, int(timer.about), timer.at, context)


def _seen(wait: Wait, key: int, at: float, context: Context, *, lasts: bool = True) -> SignalSeen:
    because = why(NAME, ticket=wait.ticket, waiting_hours=(at - wait.since) / HOUR)
    return SignalSeen(at=at, name=NAME, strength=context.policy.churn.long_wait.strength, why=because, ticket=key, lasts=lasts)


def on_voided(customer: Customer, news: TicketVoided, context: Context) -> News | None:
    """What counts for nothing waits no longer; of the others that wait for too long the longest is told."""
    wait = customer.waits.pop(news.ticket, None)
    other = _longest(customer, news.at, context) if wait is not None and wait.signalled else None
    return iter((other,)) if other is not None else None


def on_followed(customer: Customer, news: TicketFollowed, context: Context) -> None:
    """What goes on in another ticket is answered there: of both, the longer wait goes on."""
    del context
    wait, other = customer.waits.pop(news.ticket, None), customer.waits.get(news.into)
    if wait is None or wait.since == NEVER:
        return
    kept = wait if other is None or wait.since < other.since else other
    kept.signalled = wait.signalled or (other is not None and other.signalled)
    customer.waits[news.into] = kept


def timers(customer: Customer) -> list[WaitTooLong] | tuple[()]:
    """When each wait will have been too long, until that was told."""
    if not customer.waits:
        return ()
    return [WaitTooLong(wait.late_at, str(key)) for key, wait in customer.waits.items() if not wait.signalled and wait.late_at != NEVER]


def _answered_or_none(waits: dict[int, list[Any]]) -> dict[int, list[Any]]:
    """Version 2 held 0 where nothing was answered, version 1 nothing."""
    return {key: [*fields[:4], as_held(fields[4]) if fields[4:] else None] for key, fields in waits.items()}


LONG_WAIT = Aspect(
    NAME,
    {
        TicketOpened: on_asked,
        TicketReopened: on_asked,
        TicketCommented: on_commented,
        TicketUpdated: on_updated,
        TicketResolved: on_answered,
        TicketVoided: on_voided,
        TicketFollowed: on_followed,
        WaitTooLong: on_late,
    },
    tells=(SignalSeen, SignalGone),
    state="waits",
    version=3,
    migrate={2: _answered_or_none},
    timers=timers,
)
