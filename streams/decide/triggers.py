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
from schemas.wording import counted
from streams.decide import satisfaction, tickets
from streams.decide.context import Context
from streams.decide.phrases import SAYS
from streams.decide.state import NEVER, Customer, Ticket
from streams.decide.wording import plain, quote, said

GRADE = {Severity.LOW: 0.2, Severity.NORMAL: 0.4, Severity.HIGH: 0.7, Severity.URGENT: 1.0}
TARGET_MISSED = 0.7
AT_THE_LIMIT = 0.4
"""A score that is only just poor, an order that is only just late."""
HOUR = 3600.0
MOST_NAME = 80

WORDS: tuple[tuple[str, Cause, float], ...] = (
    ("security", Cause.SECURITY, 1.0),
    ("leave", Cause.WANTS_TO_LEAVE, 0.9),
    ("competitor", Cause.WANTS_TO_LEAVE, 0.8),
)
"""What words mean for a task, the gravest first: intent, cause, severity. Negated words are for the churn signals alone."""
GRAVE = 0.9
"""Beside a good score only words as grave as this count: who is content may well compare us with others."""


class Reason(NamedTuple):
    """Why a task is due. What is said again with the same `about` replaces what was said before."""

    cause: Cause
    severity: float
    sentence: str
    about: str
    since: float | None = None
    """Of a state that the source repeats with each update (urgent, late): since when it holds. It is news once for each time it begins."""
    ticket: int = 0
    """The ticket that it is about, by its key."""


# -- answers ------------------------------------------------------------------------------------------------------------------------


def is_poor(score: Score, policy: Policy) -> bool:
    """Whether a score is at or below the policy's limit (an NPS of 6 is 60 of 100, and a detractor)."""
    return score.normalised <= policy.triggers.poor_score


def of_answer(customer: Customer, fact: Any, context: Context) -> Reason | None:
    """A poor score, or words about leaving or security whatever the score. One answer gives one reason: the gravest."""
    score: Score | None = fact.score
    if fact.type == "ticket.rated" and tickets.is_spam(tickets.of_fact(customer, fact)):
        return None
    words = _of_words(fact.comment, satisfaction.name_of(fact), context) if fact.comment else None
    if score is None or (words is not None and words.cause is Cause.SECURITY):
        return words
    if not is_poor(score, context.policy):
        return words if words is not None and words.severity >= GRAVE else None
    severity = max(_badness(score, context.policy), words.severity if words is not None else 0.0)
    return Reason(Cause.POOR_SURVEY, severity, said(rated(fact), fact.comment), satisfaction.name_of(fact))


def rated(fact: Any) -> str:
    """What an answer with a score says."""
    if fact.type == "ticket.rated":
        return f"rated ticket {plain(fact.object, MOST_NAME)} {fact.score.in_words()}"
    return f"rated {fact.score.in_words()} in {f'survey {quote(fact.survey)}' if fact.survey else 'a survey'}"


def _badness(score: Score, policy: Policy) -> float:
    """1 at or below the very poor score, and in proportion from there to AT_THE_LIMIT at the limit."""
    poor, very_poor = policy.triggers.poor_score, policy.triggers.very_poor_score
    if score.normalised <= very_poor or poor <= very_poor:
        return 1.0
    return AT_THE_LIMIT + (1 - AT_THE_LIMIT) * (poor - score.normalised) / (poor - very_poor)


def _of_words(text: str | None, about: str, context: Context) -> Reason | None:
    if not text:
        return None
    intents = context.lexicon.intents(text)
    for intent, cause, severity in WORDS:
        phrase, negated = intents.get(intent, ("", True))
        if not negated:
            return Reason(cause, severity, said(f"{SAYS[intent]} (“{phrase}”)", text), about)
    return None


# -- tickets ------------------------------------------------------------------------------------------------------------------------


def of_ticket(customer: Customer, fact: Any, context: Context) -> Reason | None:
    """A bad interaction: urgent, bounced, reopened, past its target, or words about leaving or security. Spam is none."""
    ticket = tickets.of_fact(customer, fact)
    if ticket is None or tickets.is_spam(ticket):
        return None
    name = tickets.name_of(customer, fact.source, fact.object)
    reason = _of_ticket(fact, ticket, name, context)
    return reason and reason._replace(ticket=tickets.key_of(fact.source, name))


def _of_ticket(fact: Any, ticket: Ticket, name: str, context: Context) -> Reason | None:
    match fact:
        case TicketOpened():
            words = _said_in_ticket(fact.comment, name, context) or _said_in_ticket(fact.subject, name, context)
            return words or (_urgent(fact, ticket, name, "opened urgent") if fact.severity is Severity.URGENT else None)
        case TicketCommented():
            return _said_in_ticket(fact.comment, name, context) if fact.by_customer else None
        case TicketUpdated():
            late = _late(ticket, name, "missed its target") if fact.target_missed else None
            return late or (_urgent(fact, ticket, name, "has urgent") if fact.severity is Severity.URGENT else None)
        case TicketResolved():
            return _late(ticket, name, "was resolved after its target") if fact.target_missed else None
        case TicketReopened():
            return _repeated(ticket.reopened, context.policy.triggers.ticket_reopened_times, "reopened", name)
        case TicketReassigned():
            return _repeated(ticket.reassigned, context.policy.triggers.ticket_reassigned_times, "handed on", name)
    return None


def _said_in_ticket(text: str | None, name: str, context: Context) -> Reason | None:
    words = _of_words(text, "", context)
    return words and words._replace(about=f"{words.cause.value} in ticket {name}")


def ticket_text(name: str) -> str:
    """A ticket by its number, short and safe to show."""
    return f"ticket {plain(name, MOST_NAME)}"


def _urgent(fact: TicketOpened | TicketUpdated, ticket: Ticket, name: str, verb: str) -> Reason:
    text = ": ".join(part for part in (fact.subject, getattr(fact, "comment", None)) if part)
    since = ticket.urgent.since if ticket.urgent is not None else NEVER
    return Reason(Cause.BAD_SERVICE, GRADE[Severity.URGENT], said(f"{verb} {ticket_text(name)}", text), f"urgent {name}", since)


def _late(ticket: Ticket, name: str, verb: str) -> Reason:
    since = ticket.late.since if ticket.late is not None else NEVER
    return Reason(Cause.BAD_SERVICE, TARGET_MISSED, f"waits too long: {ticket_text(name)} {verb}", f"late {name}", since)


def _repeated(times: int, least: int, verb: str, name: str) -> Reason | None:
    """The same ticket again and again: worse with each time beyond the policy's limit."""
    if times < least:
        return None
    sentence = f"has trouble with {ticket_text(name)}: {verb} {counted(times, 'time')}"
    return Reason(Cause.BAD_SERVICE, min(1.0, 0.6 + 0.1 * (times - least)), sentence, f"{verb} {name}")


# -- everything else ----------------------------------------------------------------------------------------------------------------


def of_delivery(fact: DeliveryMade, context: Context) -> Reason | None:
    """A delivery later than promised by more than the policy's hours; full severity from 12 days on."""
    if fact.promised_for is None:
        return None
    late = (fact.at - seconds(fact.promised_for)) / HOUR
    if late <= context.policy.triggers.delivery_late_hours:
        return None
    lateness = counted(late / 24, "day", digits=1) if late >= 48 else counted(late, "hour")  # noqa: PLR2004  hours say more of the first two days
    sentence = f"got order {plain(fact.object, MOST_NAME)} {lateness} later than promised"
    return Reason(Cause.LATE_DELIVERY, min(1.0, AT_THE_LIMIT + late / 24 / 20), sentence, f"order {fact.object}")


def of_cancelled(fact: SubscriptionCancelled) -> Reason:
    """A cancelled subscription."""
    sentence = said(f"cancelled subscription {plain(fact.object, MOST_NAME)}", fact.reason)
    return Reason(Cause.WANTS_TO_LEAVE, 1.0, sentence, f"subscription {fact.object}")


def of_employee(fact: EmployeeFeedback, context: Context) -> Reason | None:
    """An employee reports something serious about the customer, or that they speak of leaving or fear for security."""
    about, by = f"report {fact.id}", plain(fact.employee or "an employee", MOST_NAME)
    words = _of_words(fact.comment, about, context)
    severity = max(GRADE[fact.severity], words.severity if words is not None else 0.0)
    if severity < GRADE[Severity.HIGH]:
        return None
    return Reason(Cause.EMPLOYEE_REPORT, severity, said(f"has trouble, as {by} reports", fact.comment), about)
