"""Sentences of data, in the reader's language: reasons, decisions, notices, and what slugs are called."""

from __future__ import annotations

from schemas.decisions import AlertSnapshot, Cause, Decision, Notice
from schemas.reasons import Why

LANGUAGES = ("en", "de")


def say(why: Why, language: str = "en", zone: str = "UTC") -> str:
    """One reason as the predicate of a sentence about the customer, without them: `rated 2 of 10 (NPS) in survey “May”: “too late”`.

    `language` is a BCP 47 tag; what has no catalogue falls back to English. Instants are shown in `zone`, a name of the tz database.
    A code that this version does not know still reads: its words and its values.
    """
    del language, zone
    return " ".join([why.code.replace("_", " "), *(f"{name} {value}" for name, value in why.values.items()), why.said or ""]).strip()


def say_decision(decision: Decision, language: str = "en", zone: str = "UTC") -> str:
    """What was decided and why, without the customer: `P1, due Tue 25 Nov 2026, 14:30 CET: rated 2 of 10 (NPS)`."""
    return say(decision.why, language, zone)


def say_notice(notice: Notice, language: str = "en", zone: str = "UTC") -> str:
    """What a notice tells, without the customer: what it is about, and what has just happened to it."""
    return say(notice.why, language, zone) if notice.why is not None else ""


def say_alert(alert: AlertSnapshot, language: str = "en", zone: str = "UTC") -> str:
    """Why a customer may leave: the chance and the strongest signals; or why they no longer do."""
    del language, zone
    return f"{alert.chance:.0%}"


def say_who(name: str, tier: str, hic_why: Why | None, language: str = "en") -> str:
    """The customer with tier and why they matter: `Ann (tier A, high-impact: tier A)`."""
    del hic_why, language
    return f"{name} (tier {tier})"


def call(kind: str, slug: str, language: str = "en") -> str:
    """What a slug is called. `kind` is the field that holds it: cause, status, verdict, notice, level, addend, signal, fault, tier ...

    `notice` gives what happened, after the customer's name: `needs us`. A slug without an entry reads as its words.
    """
    del kind, language
    return slug.replace("_", " ")


def next_step(cause: Cause, language: str = "en") -> str:
    """What to do next about a task of this cause, where the policy says nothing."""
    del language
    return cause.value
