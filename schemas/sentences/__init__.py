"""Sentences of data, in the reader's language: reasons, decisions, notices, what happened, and what slugs are called.

Tables of templates are English (english.py, english_history.py, labels.py); `locales/` holds the translations. Everything that is shown is
plain text on one line: what customers and source systems wrote is put in as it is, without what cannot be printed, and is never read as a
template.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schemas.decisions import Addend, AlertSnapshot, Decision, Notice
from schemas.reasons import Why
from schemas.sentences.catalogue import LANGUAGES
from schemas.sentences.forms import Sentence
from schemas.sentences.history import HistoryText, say_command, say_fact, say_undecided
from schemas.sentences.labels import NEXT_STEPS
from schemas.sentences.reader import Reader, reader_of
from schemas.sentences.reason import phrase, reason
from schemas.sentences.template import fill_row

__all__ = [
    "LANGUAGES",
    "HistoryText",
    "call",
    "next_step",
    "say",
    "say_addend",
    "say_alert",
    "say_command",
    "say_decision",
    "say_fact",
    "say_how_far",
    "say_notice",
    "say_undecided",
    "say_who",
]

MOST_SIGNALS = 4
"""Of an alert so many are said; the others stand below it, where it is shown in full."""
_DAYS_FROM_MINUTES = 2 * 24 * 60


def say(why: Why, language: str = "en", zone: str = "UTC") -> str:
    """One reason as the predicate of a sentence about the customer, without them: `rated 2 of 10 (NPS) in survey “May”: “too late”`.

    `language` is a BCP 47 tag; what has no catalogue falls back to English. Instants are shown in `zone`, a name of the tz database.
    A code that this version does not know still reads: its words and its values. It never ends with a full stop of ours.
    """
    return reason(why, reader_of(language, zone))


def say_decision(decision: Decision, language: str = "en", zone: str = "UTC") -> str:
    """What was decided and why, without the customer: `P1, due Wed, 25 Nov 2026, 14:30 CET: rated 2 of 10 (NPS) in a survey`."""
    reader = reader_of(language, zone)
    why, verdict = decision.why, str(decision.verdict)
    values: dict[str, Any] = {
        **why.values,
        **decision.values,
        "said": why.said,
        "why": reason(why, reader),
        "by": decision.by,
        "task": decision.task,
        "hic": decision.hic,
        "not_hic": decision.hic is False,
        "protected": decision.protected,
        "not_protected": decision.protected is False,
        **_change(decision.was, decision.now, decision.values),
    }
    return _row("decision", verdict, why, values, reader) or values["why"]


def say_notice(notice: Notice, language: str = "en", zone: str = "UTC") -> str:
    """What a notice tells, without the customer: what it is about, and what has just happened to it."""
    reader = reader_of(language, zone)
    why, change, kind = notice.why, notice.change, str(notice.kind)
    values: dict[str, Any] = {
        "due_at": notice.due_at,
        **(change.values if change is not None else {}),
        **notice.values,
        "said": change.said if change is not None else None,
        "why": reason(why, reader) if why is not None else None,
        "change": reason(change, reader) if change is not None else None,
        "by": notice.by,
        "chance": notice.chance,
        "priority": str(notice.priority),
        **_roused(notice.values.get("roused_from")),
        **_change(notice.was, notice.now, {"priority": str(notice.priority), **notice.values}),
    }
    return _row("notice", kind, change, values, reader) or values["change"] or values["why"] or reader.label("notice", kind)


def say_alert(alert: AlertSnapshot, language: str = "en", zone: str = "UTC") -> str:
    """Why a customer may leave: the chance and the strongest signals; or, once the alert has ended, why they no longer do."""
    reader = reader_of(language, zone)
    if not alert.active and alert.resolved_why is not None:
        return reason(alert.resolved_why, reader)
    age = (alert.changed_at - alert.newest_at).total_seconds() / 3600 if alert.newest_at is not None else None
    newest = age if age is not None and age >= 1 else None
    return phrase("alert", {"chance": alert.chance, "signals": _signals(alert, reader), "newest_hours": newest}, reader)


def _signals(alert: AlertSnapshot, reader: Reader) -> Sentence:
    """The strongest signals, each with what it adds to the chance, in hundredths, and what is left of it: they add up to the chance.

    One that adds nothing, for a stronger one has the same cause, is left out.
    """
    strongest = ([signal for signal in alert.signals if signal.share] or alert.signals)[:MOST_SIGNALS]
    reasons = [reason(signal.why, reader) for signal in strongest]
    if strongest and strongest[0].share:
        shares = [round(100 * signal.share) for signal in strongest]
        reasons = [phrase("signal", {"why": why, "share": share}, reader) for why, share in zip(reasons, shares, strict=True)]
        reasons.append(phrase("other_signals", {"share": round(100 * alert.chance) - sum(shares)}, reader))
    return Sentence("; ".join(reasons))


def say_who(name: str, tier: str, hic_why: Why | None, language: str = "en") -> str:
    """The customer with tier and why they matter: `Ann (tier A, high-impact: named by the company)`."""
    reader = reader_of(language)
    return phrase("who", {"name": name, "tier": str(tier), "why": reason(hic_why, reader) if hic_why is not None else None}, reader)


def say_addend(addend: Addend, language: str = "en", zone: str = "UTC") -> str:
    """Why a summand of a priority has its points, understood alone: `high-impact: named by the company`, `renews in 12 days`."""
    reader = reader_of(language, zone)
    return phrase("addend", {"high_impact": addend.name == "high_impact", "why": reason(addend.why, reader)}, reader)


def say_how_far(at: datetime, now: datetime, language: str = "en") -> str:
    """How far an instant is off: `in 2 h 10 min`, `35 min ago`, `in 3 days`, `now`."""
    reader, minutes = reader_of(language), round(abs((at - now).total_seconds()) / 60)
    if minutes >= _DAYS_FROM_MINUTES:
        span = {"days": minutes // (24 * 60)}
    else:
        span = {name: number for name, number in zip(("hours", "minutes"), divmod(minutes, 60), strict=True) if number}
    return fill_row("phrase", ("ahead" if at > now else "ago") if span else "now", span, reader) or reader.instant(at)


def call(kind: str, slug: str, language: str = "en") -> str:
    """What a slug is called. `kind` is the field that holds it: cause, status, verdict, notice, level, addend, signal, fault, tier ...

    `notice` gives what happened, after the customer's name: `needs us`. A slug without an entry reads as its words.
    """
    return reader_of(language).label(kind, str(slug))


def next_step(cause: str, language: str = "en") -> str:
    """What to do next about a task of this cause, where the policy says nothing; what the cause is called, where nobody knows it."""
    step = NEXT_STEPS.get(cause)
    return call("cause", cause, language) if step is None else reader_of(language).words.pgettext(f"next_step.{cause}", step)


def _row(table: str, key: str, why: Why | None, values: Mapping[str, Any], reader: Reader) -> str | None:
    """The sentence of a decision or notice: by the row for its kind and this reason's code, else by that for its kind."""
    particular = fill_row(table, f"{key}.{why.code}", values, reader) if why is not None else None
    return particular or fill_row(table, key, values, reader)


def _change(was: str | None, now: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """From where to where, and only what has changed: `P1`, not `P1, was P1`."""
    before = values.get("priority_before")
    return {"was": was if was != now else None, "now": now, "priority_before": before if before != values.get("priority") else None}


def _roused(status: Any) -> dict[str, bool]:
    return {"from_snooze": status == "snoozed", "from_contact": status == "contacted"}
