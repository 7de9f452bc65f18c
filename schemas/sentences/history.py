"""Facts and commands in a few words of the reader's language, for the history of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from schemas.commands import AnyCommand
from schemas.facts import AnyFact
from schemas.reasons import Why
from schemas.sentences.forms import Sentence
from schemas.sentences.reader import Reader, reader_of
from schemas.sentences.reason import reason
from schemas.sentences.template import fill_row

_WORDS_OF = {
    "ticket.updated": ("subject",),
    "ticket.opened": ("subject", "comment"),
    "ticket.resolved": ("resolution",),
    "payment.failed": ("reason",),
    "subscription.cancelled": ("reason",),
    "task.contact": ("note",),
    "task.dismiss": ("reason",),
}
"""By type: the fields of what somebody wrote; of the others it is the comment, where they have one."""
_CHANGED = ("status", "severity", "target_missed")
_PROFILE = ("name", "annual_value", "owner", "team", "language")
_RESOLUTION = ("cause", "action", "outcome")
_RATED = {"survey.answered": "rated_survey", "survey.amended": "corrected_answer", "ticket.rated": "rated_ticket"}


class HistoryText(NamedTuple):
    """What happened, and what stands beside it or was written with it: both plain text."""

    title: str
    detail: str = ""


def say_fact(fact: AnyFact, language: str = "en", zone: str = "UTC") -> HistoryText:
    """What a customer did or what happened to them, without the customer's name before it."""
    reader, values = reader_of(language, zone), _values(fact)
    if fact.type == "purchase.made" and fact.amount < 0:
        values["returned"] = -fact.amount
    if fact.type == "ticket.updated":
        values["changed"] = Sentence(", ".join(_parts("changed", _CHANGED, values, reader)))
    why = _why(fact)
    title = reason(why, reader) if why is not None else fill_row("fact", fact.type, values, reader)
    profile = ", ".join(_parts("profile", _PROFILE, values, reader)) if fact.type == "customer.profiled" else ""
    return HistoryText(title or fact.type, profile or fill_row("fact_detail", fact.type, values, reader) or _written(fact))


def say_command(asked: AnyCommand, language: str = "en", zone: str = "UTC") -> HistoryText:
    """Who asked for what, and what was said with it."""
    reader, values = reader_of(language, zone), _values(asked)
    whole = values | {name: Sentence(values[name]) for name in _RESOLUTION if name in values}  # a person wrote it to be read
    ended = "; ".join(_parts("resolution", _RESOLUTION, whole, reader)) if asked.type == "task.resolve" else ""
    detail = ended or fill_row("command_detail", asked.type, values, reader) or _written(asked)
    return HistoryText(fill_row("command", asked.type, values, reader) or asked.type, detail)


def say_undecided(fault: str, error: str, language: str = "en") -> str:
    """Why nothing was decided about a command that became a dead letter."""
    return fill_row("phrase", "undecided", {"fault": fault, "error": Sentence(error)}, reader_of(language)) or error


def _why(fact: Any) -> Why | None:
    """The reason that says it as evidence does: a rating, a late delivery."""
    if fact.type in _RATED and fact.score is not None:
        score, named = fact.score, {"survey": getattr(fact, "survey", None), "ticket": fact.object if fact.type == "ticket.rated" else None}
        scale = {"metric": score.metric.value, "score": score.raw, "worst": score.worst, "best": score.best}
        return Why(code=_RATED[fact.type], values=scale | {name: value for name, value in named.items() if value is not None})
    if fact.type == "delivery.made" and fact.promised_for is not None and fact.occurred_at > fact.promised_for:
        late_h = (fact.occurred_at - fact.promised_for).total_seconds() / 3600
        return Why(code="delivered_late", values={"order": fact.object, "late_hours": late_h})
    return None


def _values(message: Any) -> dict[str, Any]:
    return {name: value for name in type(message).model_fields if (value := getattr(message, name)) is not None}


def _parts(table: str, names: tuple[str, ...], values: Mapping[str, Any], reader: Reader) -> list[str]:
    return [said for name in names if name in values and (said := fill_row("part", f"{table}.{name}", values, reader))]


def _written(message: Any) -> str:
    """What somebody wrote, as they wrote it."""
    fields = _WORDS_OF.get(message.type, ("comment",))
    return ": ".join(text for name in fields if (text := getattr(message, name, None)))
