"""Silence after a complaint: a poor answer or a grave ticket, and then nothing, for longer than this customer usually leaves between purchases.

Only of who has a rhythm: that others say nothing once they were helped is the usual thing. Whatever they do next ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.facts import PurchaseMade, Severity, TicketCommented, TicketOpened, UsageRecorded
from streams.decide import tickets
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen, TicketFollowed, TicketVoided
from streams.decide.facts import ANSWERS
from streams.decide.signal_state import Complaint, Days
from streams.decide.signals import gone
from streams.decide.state import Customer, Spend
from streams.decide.tier import DAY
from streams.decide.wording import why

NAME = "silent_complaint"
_GRAVE = frozenset({Severity.HIGH, Severity.URGENT})


class StillSilent(Timer, frozen=True):
    """Nothing was heard since the complaint for as long as the policy says."""


def on_heard(customer: Customer, fact: Any, context: Context) -> Iterator[SignalGone] | None:
    """The customer did something: a complaint, from which on we wait to hear of them, or anything else, which ends the wait."""
    known = customer.complaint
    grave = _is_complaint(fact, context)
    if (known is None and not grave) or (known is not None and fact.at <= known.at) or not _is_theirs(fact):
        return None
    usual = usual_days(customer) if grave else None
    if usual is None:
        customer.complaint = None
    else:
        rules, ticket = context.policy.churn.silent_complaint, tickets.key_of_fact(customer, fact) if fact.type == "ticket.opened" else 0
        customer.complaint = Complaint(fact.at, fact.at + max(rules.least_days, rules.gaps * usual) * DAY, usual, ticket)
    return gone(customer, NAME, fact.at)


def _is_complaint(fact: Any, context: Context) -> bool:
    if fact.type == "ticket.opened":
        return fact.severity in _GRAVE
    score = getattr(fact, "score", None)
    return score is not None and score.normalised <= context.policy.triggers.poor_score


def _is_theirs(fact: Any) -> bool:
    """Whether it was the customer who did it: a return and a note of ours say nothing of that."""
    if fact.type == "ticket.commented":
        return bool(fact.by_customer)
    return fact.type != "purchase.made" or bool(fact.amount > 0)


def usual_days(customer: Customer) -> float | None:
    """The customer's mean gap between days of purchase, or of use where those are closer; None where there are fewer than three of both."""
    known = (customer.spend, customer.usage.days if customer.usage is not None else None)
    return min((_mean_gap(days) for days in known if days is not None and days.days > 2), default=None)  # noqa: PLR2004  two gaps


def _mean_gap(known: Spend | Days) -> float:
    return (known.last_day - known.first_day) / (known.days - 1)


def on_silent(customer: Customer, timer: StillSilent, context: Context) -> Iterator[SignalSeen]:
    """Strength: the policy's. It fades, and shares a cause with silence, which weighs more once it counts."""
    complaint = customer.complaint
    if complaint is not None:
        complaint.look_at = NEVER
        because = why(NAME, silent_days=(timer.at - complaint.at) / DAY, usual_days=complaint.usual_days)
        strength = context.policy.churn.silent_complaint.strength
        yield SignalSeen(at=timer.at, name=NAME, strength=strength, why=because, ticket=complaint.ticket)


def on_voided(customer: Customer, news: TicketVoided, context: Context) -> None:
    """Spam was no complaint."""
    del context
    if customer.complaint is not None and customer.complaint.ticket == news.ticket:
        customer.complaint = None


def on_followed(customer: Customer, news: TicketFollowed, context: Context) -> None:
    """It is a complaint of the other ticket from now on."""
    del context
    if customer.complaint is not None and customer.complaint.ticket == news.ticket:
        customer.complaint.ticket = news.into


def timers(customer: Customer) -> tuple[StillSilent, ...]:
    """When nothing will have been heard for too long."""
    complaint = customer.complaint
    return (StillSilent(complaint.look_at),) if complaint is not None and complaint.look_at != NEVER else ()


SILENT_COMPLAINT = Aspect(
    NAME,
    {
        **dict.fromkeys((*ANSWERS, TicketOpened, TicketCommented, PurchaseMade, UsageRecorded), on_heard),
        TicketVoided: on_voided,
        TicketFollowed: on_followed,
        StillSilent: on_silent,
    },
    tells=(SignalSeen, SignalGone),
    state="complaint",
    timers=timers,
)
