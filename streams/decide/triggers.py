"""Is a fact a reason for a recovery task? Each rule gives the cause, how bad it is (0 to 1), and a sentence with numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

from schemas.decisions import Cause
from schemas.facts import (
    DeliveryMade,
    EmployeeFeedback,
    Severity,
    SubscriptionCancelled,
    TicketCommented,
    TicketOpened,
    TicketReassigned,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from schemas.message import seconds
from schemas.policy import Policy
from schemas.scores import Score
from streams.decide.effects import Context
from streams.decide.state import Customer
from streams.decide.wording import quote

GRADE = {Severity.LOW: 0.2, Severity.NORMAL: 0.4, Severity.HIGH: 0.7, Severity.URGENT: 1.0}
HOUR = 3600.0


class Reason(NamedTuple):
    """Why a task is due."""

    cause: Cause
    severity: float
    sentence: str


def score_text(score: Score) -> str:
    """A score in its own scale."""
    return f"{score.raw:g} on the {score.metric.value.upper()} scale from {score.worst:g} (worst) to {score.best:g} (best)"


def is_poor(score: Score, policy: Policy) -> bool:
    """Whether a score is at or below the policy's limit (an NPS of 6 is 60 of 100, and a detractor)."""
    return score.normalised <= policy.triggers.poor_score


def of_answer(fact: Any, score: Score | None, context: Context) -> Reason | None:
    """A poor score, or words about leaving or security whatever the score."""
    said = quote(fact.comment)
    if score is not None and is_poor(score, context.policy):
        kind = "rated a ticket" if fact.type == "ticket.rated" else "answered a survey with"
        return Reason(Cause.POOR_SURVEY, _badness(score, context.policy), f"{kind} {score_text(score)}{f': {said}' if said else ''}")
    return _of_words(fact.comment, context)


def _badness(score: Score, policy: Policy) -> float:
    """1 at or below the very poor score, and in proportion from there to 0.4 at the limit."""
    poor, very_poor = policy.triggers.poor_score, policy.triggers.very_poor_score
    if score.normalised <= very_poor or poor <= very_poor:
        return 1.0
    return 0.4 + 0.6 * (poor - score.normalised) / (poor - very_poor)


def _of_words(text: str | None, context: Context) -> Reason | None:
    if not text:
        return None
    intents = context.lexicon.intents(text)
    for intent, cause in (("security", Cause.SECURITY), ("leave", Cause.WANTS_TO_LEAVE), ("competitor", Cause.WANTS_TO_LEAVE)):
        if intent in intents and not intents[intent][1]:
            return Reason(cause, 0.9, f"speaks of {intent if intent != 'leave' else 'leaving'} ({intents[intent][0]!r}): {quote(text)}")
    return None


def of_ticket(customer: Customer, fact: Any, context: Context) -> Reason | None:
    """A bad interaction: urgent, bounced, reopened, past its target, or words about leaving or security."""
    policy, about = context.policy, f"ticket {fact.object}"
    match fact:
        case TicketOpened():
            words = _of_words(fact.comment, context) or _of_words(fact.subject, context)
            if words is None and fact.severity is Severity.URGENT:
                return Reason(
                    Cause.BAD_SERVICE, GRADE[fact.severity], f"opened urgent {about}: {quote(fact.subject or fact.comment)}".rstrip(": ")
                )
            return words
        case TicketCommented():
            return _of_words(fact.comment, context) if fact.by_customer else None
        case TicketUpdated():
            if fact.target_missed:
                return Reason(Cause.BAD_SERVICE, 0.7, f"{about} missed its target")
            return Reason(Cause.BAD_SERVICE, 1.0, f"{about} became urgent") if fact.severity is Severity.URGENT else None
        case TicketResolved():
            return Reason(Cause.BAD_SERVICE, 0.6, f"{about} was resolved after its target") if fact.target_missed else None
        case TicketReopened() | TicketReassigned():
            return _of_repetition(customer, fact, about, policy)
    return None


def _of_repetition(customer: Customer, fact: TicketReopened | TicketReassigned, about: str, policy: Policy) -> Reason | None:
    _, reopened, reassigned = customer.tickets.open.get(fact.object, (0.0, 0, 0)) if customer.tickets is not None else (0.0, 0, 0)
    if isinstance(fact, TicketReopened):
        times, least, verb = max(reopened, fact.times or 0), policy.triggers.ticket_reopened_times, "reopened"
    else:
        times, least, verb = max(reassigned, fact.times or 0), policy.triggers.ticket_reassigned_times, "handed on"
    if times < least:
        return None
    return Reason(Cause.BAD_SERVICE, min(1.0, 0.6 + 0.1 * (times - least)), f"{about} was {verb} {times} time{'s' if times != 1 else ''}")


def of_delivery(fact: DeliveryMade, context: Context) -> Reason | None:
    """A delivery later than promised by more than the policy's hours."""
    if fact.promised_for is None:
        return None
    late = (seconds(fact.occurred_at) - seconds(fact.promised_for)) / HOUR
    if late < context.policy.triggers.delivery_late_hours:
        return None
    return Reason(Cause.LATE_DELIVERY, min(1.0, 0.4 + late / 24 / 20), f"order {fact.object} came {late / 24:.1f} days later than promised")


def of_cancelled(fact: SubscriptionCancelled) -> Reason:
    """A cancelled subscription."""
    said = quote(fact.reason)
    return Reason(Cause.WANTS_TO_LEAVE, 1.0, f"cancelled subscription {fact.object}{f': {said}' if said else ''}")


def of_employee(fact: EmployeeFeedback) -> Reason | None:
    """An employee reports something serious about the customer."""
    if fact.severity in {Severity.LOW, Severity.NORMAL}:
        return None
    return Reason(Cause.EMPLOYEE_REPORT, GRADE[fact.severity], f"{fact.employee or 'an employee'} reports: {quote(fact.comment)}")
