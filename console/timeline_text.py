"""Facts and commands in a few words, for the timeline of a customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.commands import AnyCommand
from schemas.facts import AnyFact
from schemas.wording import counted

TimelineText = tuple[str, str]
"""(title, detail), either of them plain text."""


def _score(fact: Any) -> str:
    score = fact.score
    return "" if score is None else score.in_words()


def _answered(fact: Any) -> TimelineText:
    survey = f" {fact.survey}" if fact.survey else ""
    rated = _score(fact)
    return f"answered survey{survey}{': ' if rated else ''}{rated}", fact.comment or ""


def _amended(fact: Any) -> TimelineText:
    rated = _score(fact)
    return f"changed the answer{': ' if rated else ''}{rated}", fact.comment or ""


def _opened(fact: Any) -> TimelineText:
    return f"opened ticket {fact.object} ({fact.severity.value})", ": ".join(t for t in (fact.subject, fact.comment) if t)


def _updated(fact: Any) -> TimelineText:
    parts = [f"status {fact.status}" if fact.status else "", f"severity {fact.severity.value}" if fact.severity else ""]
    missed = "; its target was missed" if fact.target_missed else ""
    return f"ticket {fact.object}: {', '.join(p for p in parts if p) or 'changed'}{missed}", fact.subject or ""


def _commented(fact: Any) -> TimelineText:
    return f"{'wrote' if fact.by_customer else 'was answered'} in ticket {fact.object}", fact.comment


def _reassigned(fact: Any) -> TimelineText:
    times = f", {counted(fact.times, 'time')} by now" if fact.times else ""
    return f"ticket {fact.object} was passed on{f' to {fact.assignee}' if fact.assignee else ''}{times}", ""


def _purchase(fact: Any) -> TimelineText:
    discount = f", discount {fact.discount:,.2f}" if fact.discount else ""
    return f"{'bought for' if fact.amount >= 0 else 'returned'} {abs(fact.amount):,.2f}{discount}", f"order {fact.object}"


def _delivery(fact: Any) -> TimelineText:
    late = fact.promised_for is not None and fact.occurred_at > fact.promised_for
    hours = (fact.occurred_at - fact.promised_for).total_seconds() / 3600 if late else 0
    lateness = f" {counted(hours, 'hour')} late" if late else ""
    return f"delivery {fact.object} arrived{lateness}", ""


def _subscription(fact: Any) -> TimelineText:
    before = f", was {fact.previous_annual_value:,.0f}" if fact.previous_annual_value is not None else ""
    now = f" to {fact.annual_value:,.0f} a year{before}" if fact.annual_value is not None else ""
    return f"subscription changed{now}", f"cancels at {fact.cancels_at:%Y-%m-%d}" if fact.cancels_at else ""


def _profiled(fact: Any) -> TimelineText:
    shown = {"name": fact.name, "annual value": fact.annual_value, "owner": fact.owner, "team": fact.team, "language": fact.language}
    return f"profile from {fact.source}", ", ".join(f"{name} {value}" for name, value in shown.items() if value is not None)


FACTS: dict[str, Callable[[Any], TimelineText]] = {
    "survey.sent": lambda f: (f"was sent survey {f.survey or f.object}", ""),
    "survey.answered": _answered,
    "survey.amended": _amended,
    "ticket.opened": _opened,
    "ticket.updated": _updated,
    "ticket.commented": _commented,
    "ticket.reassigned": _reassigned,
    "ticket.resolved": lambda f: (f"ticket {f.object} was resolved", f.resolution or ""),
    "ticket.reopened": lambda f: (f"ticket {f.object} was reopened", f"{counted(f.times, 'time')} by now" if f.times else ""),
    "ticket.rated": lambda f: (f"rated ticket {f.object}: {_score(f)}", f.comment or ""),
    "ticket.merged": lambda f: (f"ticket {f.object} was merged into {f.into}", ""),
    "purchase.made": _purchase,
    "delivery.promised": lambda f: (f"delivery {f.object} was promised for {f.promised_for:%Y-%m-%d %H:%M}", ""),
    "delivery.made": _delivery,
    "usage.recorded": lambda f: (f"used {f.feature or f.object}: {f.quantity:g}", ""),
    "payment.failed": lambda f: (f"a payment{f' of {f.amount:,.2f}' if f.amount is not None else ''} failed", f.reason or ""),
    "subscription.changed": _subscription,
    "subscription.cancelled": lambda f: ("cancelled the subscription", f.reason or ""),
    "renewal.dated": lambda f: (f"renews on {f.renews_on:%Y-%m-%d}", ""),
    "customer.profiled": _profiled,
    "alias.linked": lambda f: (f"is also {f.alias}", f"said by {f.source}"),
    "employee.feedback": lambda f: (f"{f.employee or 'an employee'} reports ({f.severity.value})", f.comment),
    "erasure.requested": lambda _: ("asked to be forgotten", ""),
}


def fact(given: AnyFact) -> TimelineText:
    """What a customer did or what happened to them, without the customer's name before it."""
    return FACTS[given.type](given)


COMMANDS: dict[str, Callable[[Any], str]] = {
    "task.acknowledge": lambda _: "",
    "task.contact": lambda c: c.note or "",
    "task.resolve": lambda c: "; ".join(f"{k}: {v}" for k, v in (("cause", c.cause), ("action", c.action), ("outcome", c.outcome)) if v),
    "task.dismiss": lambda c: c.reason or "",
    "task.snooze": lambda c: f"until {c.until:%Y-%m-%d %H:%M UTC}",
    "task.undo": lambda c: f"of {c.undoes}",
}


def command(asked: AnyCommand) -> TimelineText:
    """(verb, what was said with it)."""
    return asked.type.partition(".")[2], COMMANDS[asked.type](asked)
