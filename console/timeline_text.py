"""Facts and commands in a few words of the reader's language, for the timeline of a customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from console.reader import Reader
from console.timeline_words import WORDS
from schemas.commands import AnyCommand
from schemas.facts import AnyFact
from schemas.reasons import Value, Why


class TimelineText(NamedTuple):
    """Either of them plain text."""

    title: str
    detail: str = ""


class _Words:
    """What the functions below say things with."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def words(self, name: str, **values: Any) -> str:
        """The entry of WORDS, with these values."""
        said = WORDS[name]
        return said.get(self.reader.language, said["en"]).format(**values)

    def reason(self, code: str, **values: Value | None) -> str:
        """As the shared catalogue says a reason of this code; what is None is absent."""
        return self.reader.says(Why(code=code, values={name: value for name, value in values.items() if value is not None}))

    def number(self, value: float, digits: int = 0) -> str:
        shown = f"{value:,.{digits}f}"
        return shown.translate(str.maketrans(",.", ".,")) if self.reader.language == "de" else shown

    def moment(self, at: datetime) -> str:
        """`2026-11-25 14:30 CET`."""
        return f"{at.astimezone(ZoneInfo(self.reader.zone)):%Y-%m-%d %H:%M %Z}"

    def severity(self, given: Any) -> str:
        return self.words(f"severity_{given.value}")


_Text = Callable[[_Words, Any], TimelineText]


def _rated(w: _Words, code: str, fact: Any, **values: Value | None) -> TimelineText:
    score = fact.score
    rated = w.reason(code, metric=score.metric.value, score=score.raw, worst=score.worst, best=score.best, **values)
    return TimelineText(rated, fact.comment or "")


def _answered(w: _Words, fact: Any) -> TimelineText:
    if fact.score is not None:
        return _rated(w, "rated_survey", fact, survey=fact.survey)
    return TimelineText(w.words("answered", survey=f" {fact.survey}" if fact.survey else ""), fact.comment or "")


def _amended(w: _Words, fact: Any) -> TimelineText:
    if fact.score is not None:
        return _rated(w, "corrected_answer", fact, survey=fact.survey)
    return TimelineText(w.words("amended"), fact.comment or "")


def _opened(w: _Words, fact: Any) -> TimelineText:
    said = ": ".join(text for text in (fact.subject, fact.comment) if text)
    return TimelineText(w.words("ticket_opened", ticket=fact.object, severity=w.severity(fact.severity)), said)


def _updated(w: _Words, fact: Any) -> TimelineText:
    severity = w.words("severity", severity=w.severity(fact.severity)) if fact.severity else ""
    missed = w.words("target_missed") if fact.target_missed else ""
    changed = ", ".join(part for part in (w.words("state", state=fact.status) if fact.status else "", severity, missed) if part)
    return TimelineText(w.words("ticket_updated", ticket=fact.object, changed=changed or w.words("changed")), fact.subject or "")


def _reassigned(w: _Words, fact: Any) -> TimelineText:
    to = w.words("passed_to", assignee=fact.assignee) if fact.assignee else ""
    return TimelineText(
        w.words("ticket_reassigned", ticket=fact.object, to=to, times=w.words("times", times=fact.times) if fact.times else "")
    )


def _reopened(w: _Words, fact: Any) -> TimelineText:
    return TimelineText(w.words("ticket_reopened", ticket=fact.object, times=w.words("times", times=fact.times) if fact.times else ""))


def _purchase(w: _Words, fact: Any) -> TimelineText:
    discount = w.words("discount", discount=w.number(fact.discount, 2)) if fact.discount else ""
    title = w.words("bought" if fact.amount >= 0 else "returned", amount=w.number(abs(fact.amount), 2))
    return TimelineText(title + discount, w.words("order", order=fact.object))


def _delivery(w: _Words, fact: Any) -> TimelineText:
    if fact.promised_for is None or fact.occurred_at <= fact.promised_for:
        return TimelineText(w.words("delivered", order=fact.object))
    late = (fact.occurred_at - fact.promised_for).total_seconds() / 3600
    return TimelineText(w.reason("delivered_late", order=fact.object, late_hours=late))


def _payment(w: _Words, fact: Any) -> TimelineText:
    amount = w.words("of_amount", amount=w.number(fact.amount, 2)) if fact.amount is not None else ""
    return TimelineText(w.words("payment_failed", amount=amount), fact.reason or "")


def _subscription(w: _Words, fact: Any) -> TimelineText:
    before = w.words("was_value", value=w.number(fact.previous_annual_value)) if fact.previous_annual_value is not None else ""
    now = w.words("to_value", value=w.number(fact.annual_value), before=before) if fact.annual_value is not None else ""
    ends = w.words("cancels_at", at=w.moment(fact.cancels_at)) if fact.cancels_at else ""
    return TimelineText(w.words("subscription_changed", now=now), ends)


def _profiled(w: _Words, fact: Any) -> TimelineText:
    names = ("name", "annual_value", "owner", "team", "language")
    given = {name: getattr(fact, name) for name in names if getattr(fact, name) is not None}
    shown = {name: w.number(value, 2) if name == "annual_value" else value for name, value in given.items()}
    return TimelineText(w.words("profiled", source=fact.source), ", ".join(f"{w.words(f'profile_{name}')} {shown[name]}" for name in shown))


FACTS: dict[str, _Text] = {
    "survey.sent": lambda w, f: TimelineText(w.words("survey_sent", survey=f.survey or f.object)),
    "survey.answered": _answered,
    "survey.amended": _amended,
    "ticket.opened": _opened,
    "ticket.updated": _updated,
    "ticket.commented": lambda w, f: TimelineText(w.words("wrote" if f.by_customer else "was_answered", ticket=f.object), f.comment),
    "ticket.reassigned": _reassigned,
    "ticket.resolved": lambda w, f: TimelineText(w.words("ticket_resolved", ticket=f.object), f.resolution or ""),
    "ticket.reopened": _reopened,
    "ticket.rated": lambda w, f: _rated(w, "rated_ticket", f, ticket=f.object),
    "ticket.merged": lambda w, f: TimelineText(w.words("ticket_merged", ticket=f.object, into=f.into)),
    "purchase.made": _purchase,
    "delivery.promised": lambda w, f: TimelineText(w.words("promised", order=f.object, at=w.moment(f.promised_for))),
    "delivery.made": _delivery,
    "usage.recorded": lambda w, f: TimelineText(w.words("used", feature=f.feature or f.object, quantity=f"{f.quantity:g}")),
    "payment.failed": _payment,
    "subscription.changed": _subscription,
    "subscription.cancelled": lambda w, f: TimelineText(w.words("cancelled"), f.reason or ""),
    "renewal.dated": lambda w, f: TimelineText(w.words("renews", on=f"{f.renews_on:%Y-%m-%d}")),
    "customer.profiled": _profiled,
    "alias.linked": lambda w, f: TimelineText(w.words("linked", alias=f.alias), w.words("said_by", source=f.source)),
    "employee.feedback": lambda w, f: TimelineText(
        w.words("reported", employee=f.employee or w.words("an_employee"), severity=w.severity(f.severity)), f.comment
    ),
    "erasure.requested": lambda w, _: TimelineText(w.words("erasure")),
}


def fact(given: AnyFact, reader: Reader) -> TimelineText:
    """What a customer did or what happened to them, without the customer's name before it."""
    return FACTS[given.type](_Words(reader), given)


def _resolved(w: _Words, command: Any) -> str:
    parts = (("cause", command.cause), ("action", command.action), ("outcome", command.outcome))
    return "; ".join(w.words(f"resolution_{name}", text=text) for name, text in parts if text)


COMMANDS: dict[str, Callable[[_Words, Any], str]] = {
    "task.acknowledge": lambda _w, _c: "",
    "task.contact": lambda _, c: c.note or "",
    "task.resolve": _resolved,
    "task.dismiss": lambda _, c: c.reason or "",
    "task.snooze": lambda w, c: w.words("until", at=w.moment(c.until)),
    "task.undo": lambda _w, _c: "",
}


def command(asked: AnyCommand, reader: Reader) -> TimelineText:
    """Who asked for what, and what was said with it."""
    w = _Words(reader)
    return TimelineText(w.words(asked.type, actor=asked.actor), COMMANDS[asked.type](w, asked))


def undecided(fault: str, error: str, reader: Reader) -> str:
    """Why nothing was decided about a command."""
    return _Words(reader).words("undecided", fault=fault, error=error)
