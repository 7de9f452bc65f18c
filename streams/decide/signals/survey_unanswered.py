"""Survey unanswered: somebody who used to answer does so no longer, more often in a row than their own habit explains.

While one invitation is open, others are reminders of it. Whatever is answered shows that the customer still speaks with us.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.facts import SurveyAnswered, SurveySent, TicketRated
from schemas.message import seconds
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.signal_state import Invited
from streams.decide.signals import gone, rarity
from streams.decide.state import Customer
from streams.decide.tier import DAY
from streams.decide.wording import why

NAME = "survey_unanswered"


class AnswerOverdue(Timer, frozen=True):
    """The time for an answer is over."""


def on_sent(customer: Customer, fact: SurveySent, context: Context) -> None:
    """Wait for the answer: as long as the survey says, else as long as the policy does. Who answered before we heard of any invitation
    has answered one.
    """
    known = customer.invited = customer.invited or Invited(answered=1 if customer.answers is not None else 0)
    if not known.answered or known.due_at != NEVER or fact.at <= known.answered_at:
        return  # who never answered has no habit that could be broken
    known.due_at = (
        seconds(fact.answer_by) if fact.answer_by is not None else fact.at + context.policy.churn.survey_unanswered.after_days * DAY
    )


def on_answer(customer: Customer, fact: Any, context: Context) -> Iterator[SignalGone] | None:
    """They answer: an invitation that is open, else one that counted as unanswered too early."""
    del context
    known = customer.invited
    if known is None:
        return None
    if known.due_at != NEVER or known.in_a_row or not known.answered:
        known.answered += 1
        known.in_a_row -= known.due_at == NEVER and known.in_a_row > 0
    known.unanswered += known.in_a_row
    known.in_a_row, known.due_at, known.answered_at = 0, NEVER, max(known.answered_at, fact.at)
    return gone(customer, NAME, fact.at)


def on_overdue(customer: Customer, timer: AnswerOverdue, context: Context) -> list[SignalSeen] | None:
    """Strength: `most_strength` times the rarity of so many unanswered in a row.

    Each is left unanswered with the chance 1 - (answered + 1) / (answered + unanswered + 2): Laplace's rule over the invitations before these.
    """
    known, rules = customer.invited, context.policy.churn.survey_unanswered
    if known is None:
        return None
    known.due_at, known.in_a_row = NEVER, known.in_a_row + 1
    answers = (known.answered + 1) / (known.answered + known.unanswered + 2)
    chance = (1 - answers) ** known.in_a_row
    if known.in_a_row < rules.least_unanswered or chance > rules.rarer_than:
        return None
    because = why(NAME, count=known.in_a_row, answered=known.answered, invited=known.answered + known.unanswered, chance=chance)
    return [SignalSeen(at=timer.at, name=NAME, strength=rules.most_strength * rarity(chance, rules.rarer_than), why=because)]


def timers(customer: Customer) -> tuple[AnswerOverdue, ...]:
    """When the time for an answer is over."""
    return (AnswerOverdue(customer.invited.due_at),) if customer.invited is not None and customer.invited.due_at != NEVER else ()


SURVEY_UNANSWERED = Aspect(
    NAME,
    {SurveySent: on_sent, SurveyAnswered: on_answer, TicketRated: on_answer, AnswerOverdue: on_overdue},
    tells=(SignalSeen, SignalGone),
    state="invited",
    timers=timers,
)
