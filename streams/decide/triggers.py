"""Is a fact a reason for a recovery task? Each rule gives the cause, how bad it is (0 to 1), and why, with numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

from schemas.decisions import Cause
from schemas.facts import (
    DeliveryMade,
    EmployeeFeedback,
    Severity,
    SubscriptionCancelled,
    TicketOpened,
    TicketUpdated,
)
from schemas.message import seconds
from schemas.policy import Policy
from schemas.scores import Score
from streams.decide import satisfaction, tickets
from streams.decide.contact_state import Ticket
from streams.decide.context import Context, object_hash
from streams.decide.events import BusinessHalved, OrderUndelivered
from streams.decide.state import Customer, Why
from streams.decide.wording import name as short
from streams.decide.wording import why

GRADE = {Severity.LOW: 0.2, Severity.NORMAL: 0.4, Severity.HIGH: 0.7, Severity.URGENT: 1.0}
TARGET_MISSED = 0.7
AT_THE_LIMIT = 0.25
"""A score that is only just poor, an order that is only just late: today's work, but alone no page, whoever says so and whatever they spend."""
HOUR = 3600.0

WORDS: tuple[tuple[str, Cause, float], ...] = (
    ("security", Cause.SECURITY, 1.0),
    ("cancel", Cause.WANTS_TO_LEAVE, 0.9),
    ("leave", Cause.WANTS_TO_LEAVE, 0.9),
    ("competitor", Cause.WANTS_TO_LEAVE, 0.8),
    ("ignored", Cause.BAD_SERVICE, 0.7),
)
"""What words mean for a task, the gravest first: intent, cause, severity. Negated words are for the churn signals alone."""
ENDS_IT = "cancel"
"""Beside a promoter's score only these words count: who is delighted speaks of their last order, of fraud that we stopped, of others."""


class Reason(NamedTuple):
    """Why a task is due. What is said again with the same `about` replaces what was said before."""

    cause: Cause
    severity: float
    why: Why
    about: str
    since: float | None = None
    """Of a state that the source repeats with each update (urgent, late): since when it holds. It is news once for each time it begins."""
    ticket: int = 0
    """The ticket that it is about, by its key."""
    once: bool = False
    """An answer, an order, a count: that it is said again is no news, unless it says something else."""


# -- answers ------------------------------------------------------------------------------------------------------------------------


def of_answer(customer: Customer, fact: Any, context: Context) -> Reason | None:
    """Words about security or of leaving, whatever the score, else a poor score, else other words. One answer gives one reason.

    Beside a promoter's score only ENDS_IT counts.
    """
    if fact.type != "ticket.rated":
        return _of_answer(fact, context)
    _, key, ticket = tickets.found(customer, fact.source, fact.object)
    reason = _of_answer(fact, context) if not tickets.is_spam(ticket) else None
    return reason and reason._replace(ticket=key)


def _of_answer(fact: Any, context: Context) -> Reason | None:
    score: Score | None = fact.score
    words = _of_words(fact.comment, context, score) if fact.comment else None
    words = words and words._replace(about=satisfaction.name_of(fact), once=True)
    if score is None or (words is not None and words.cause is Cause.SECURITY):
        return words
    said = words.severity if words is not None else 0.0
    poor = _badness(score.normalised, context.policy)
    if words is not None and (words.cause is Cause.WANTS_TO_LEAVE or not poor):
        return words._replace(severity=max(said, poor))
    if not poor:
        return None
    return Reason(Cause.POOR_SURVEY, max(said, poor), rated(fact), satisfaction.name_of(fact), once=True)


def counting(score: Score | None, policy: Policy) -> str | None:
    """The one intent that counts beside this score, or None where each does."""
    return ENDS_IT if score is not None and score.normalised >= policy.triggers.promoter_score else None


def rated(fact: Any, code: str | None = None) -> Why:
    """What an answer with a score says; with a `code` of its own, or as a rating of its kind."""
    score, of_ticket = fact.score, fact.type == "ticket.rated"
    about = {"ticket": short(fact.object)} if of_ticket else {"survey": short(fact.survey) if fact.survey else None}
    usual = "rated_ticket" if of_ticket else "rated_survey"
    return why(code or usual, fact.comment, metric=score.metric.value, score=score.raw, worst=score.worst, best=score.best, **about)


def _badness(value: float, policy: Policy) -> float:
    """1 at or below the very poor score, AT_THE_LIMIT at the limit (an NPS of 6 is 60 of 100, and a detractor), between them the steeper
    the worse; 0 for a score that is not poor.
    """
    poor, very_poor = policy.triggers.poor_score, policy.triggers.very_poor_score
    if value > poor:
        return 0.0
    if value <= very_poor or poor <= very_poor:
        return 1.0
    return AT_THE_LIMIT + (1 - AT_THE_LIMIT) * ((poor - value) / (poor - very_poor)) ** 2


def _of_words(text: str | None, context: Context, score: Score | None = None) -> Reason | None:
    """What words mean, beside this score; what it is about is for the caller to say."""
    intents = context.lexicon.intents(text) if text else None
    if not text or not intents:
        return None
    only = counting(score, context.policy)
    for intent, cause, severity in WORDS:
        phrase, negated = intents.get(intent, ("", True))
        if not negated and only in {None, intent}:
            return Reason(cause, severity, why(f"phrase_{intent}", text, phrase=phrase), "")
    return None


# -- tickets ------------------------------------------------------------------------------------------------------------------------


def of_ticket(customer: Customer, fact: Any, context: Context) -> Reason | None:
    """A bad interaction: urgent, bounced, reopened, past its target, or words about leaving or security. Spam is none."""
    name, key, ticket = tickets.found(customer, fact.source, fact.object)
    if ticket is None or tickets.is_spam(ticket):
        return None
    reason = _of_ticket(fact, ticket, name, context)
    return reason and reason._replace(ticket=key)


def _of_ticket(fact: Any, ticket: Ticket, name: str, context: Context) -> Reason | None:
    match fact.type:
        case "ticket.opened":
            words = _said_in_ticket(fact.comment, name, context) or _said_in_ticket(fact.subject, name, context)
            return words or (_urgent(fact, ticket, name, "ticket_opened_urgent") if fact.severity is Severity.URGENT else None)
        case "ticket.commented":
            return _said_in_ticket(fact.comment, name, context) if fact.by_customer else None
        case "ticket.updated":
            late = _late(ticket, name, "ticket_target_missed") if fact.target_missed else None
            return late or (_urgent(fact, ticket, name, "ticket_became_urgent") if fact.severity is Severity.URGENT else None)
        case "ticket.resolved":
            return _late(ticket, name, "ticket_resolved_late") if fact.target_missed else None
        case "ticket.reopened":
            return _repeated(ticket.reopened, context.policy.triggers.ticket_reopened_times, "ticket_reopened", name)
        case "ticket.reassigned":
            return _repeated(ticket.reassigned, context.policy.triggers.ticket_reassigned_times, "ticket_reassigned", name)
    return None


def _said_in_ticket(text: str | None, name: str, context: Context) -> Reason | None:
    words = _of_words(text, context)
    return words and words._replace(about=f"{words.why.code} in ticket {name}")  # so that a weaker word replaces no stronger one


def said_in(source: str, ticket: str) -> list[int]:
    """The keys of all that can be said of a ticket, in an order of its own."""
    states = [f"{state} {ticket}" for state in ("urgent", "late", "ticket_reopened", "ticket_reassigned")]
    return [object_hash(source, about) for about in (*states, *(f"phrase_{intent} in ticket {ticket}" for intent, _, _ in WORDS))]


def _urgent(fact: TicketOpened | TicketUpdated, ticket: Ticket, name: str, code: str) -> Reason:
    text = ": ".join(part for part in (fact.subject, getattr(fact, "comment", None)) if part)
    since = tickets.held_since(ticket.urgent)
    return Reason(Cause.BAD_SERVICE, GRADE[Severity.URGENT], why(code, text, ticket=short(name)), f"urgent {name}", since)


def _late(ticket: Ticket, name: str, code: str) -> Reason:
    since = tickets.held_since(ticket.late)
    return Reason(Cause.BAD_SERVICE, TARGET_MISSED, why(code, ticket=short(name)), f"late {name}", since)


def _repeated(times: int, least: int, code: str, name: str) -> Reason | None:
    """The same ticket again and again: worse with each time beyond the policy's limit."""
    if times < least:
        return None
    severity = min(1.0, 0.6 + 0.1 * (times - least))
    return Reason(Cause.BAD_SERVICE, severity, why(code, ticket=short(name), times=times), f"{code} {name}", once=True)


# -- everything else ----------------------------------------------------------------------------------------------------------------


def of_delivery(fact: DeliveryMade, context: Context) -> Reason | None:
    """A delivery later than promised by more than the policy's hours; full severity from 15 days on."""
    if fact.promised_for is None:
        return None
    late = (fact.at - seconds(fact.promised_for)) / HOUR
    if late <= context.policy.triggers.delivery_late_hours:
        return None
    because = why("delivered_late", order=short(fact.object), late_hours=late)
    return Reason(Cause.LATE_DELIVERY, min(1.0, AT_THE_LIMIT + late / 24 / 20), because, about_order(fact), once=True)


def about_order(fact: DeliveryMade) -> str:
    """What is said of its order."""
    return f"order {fact.object}"


NOT_DELIVERED, HALVED = 0.6, 0.8
"""How bad it is that an order has not come, and that a customer does half the business."""


def of_undelivered(news: OrderUndelivered) -> Reason:
    """An order that is too late and has not come: a delivery that comes later amends it."""
    return Reason(Cause.UNDELIVERED, NOT_DELIVERED, news.why, f"order {news.promise.order}")


def of_halved(news: BusinessHalved) -> Reason:
    """Subscriptions that were cut to half or less."""
    return Reason(Cause.BUSINESS_HALVED, HALVED, news.why, "business halved")


def of_cancelled(customer: Customer, fact: SubscriptionCancelled) -> Reason:
    """A cancelled subscription; that it is, is said more than once."""
    known = customer.subscriptions.get(object_hash(fact.source, fact.object))
    because = why("subscription_cancelled", fact.reason, subscription=short(fact.object))
    return Reason(Cause.WANTS_TO_LEAVE, 1.0, because, f"subscription {fact.object}", known.ended_at if known is not None else None)


def of_employee(fact: EmployeeFeedback, context: Context) -> Reason | None:
    """An employee reports something serious about the customer, or that they speak of leaving or fear for security."""
    about = f"report {fact.id}"
    words = _of_words(fact.comment, context)
    severity = max(GRADE[fact.severity], words.severity if words is not None else 0.0)
    if severity < GRADE[Severity.HIGH]:
        return None
    because = why("employee_reported", fact.comment, employee=short(fact.employee) if fact.employee else None)
    return Reason(Cause.EMPLOYEE_REPORT, severity, because, about)
