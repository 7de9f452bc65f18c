"""The sentences for a person about commands that Kafka did not take, or of which nobody knows whether it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST_NAMED = 10
"""Customers that one sentence names."""
_TO_DO = "Nothing tries again by itself: click again when the board is live."
_IF_IT_ARRIVED = "What did arrive is shown then, and is not done twice if you click again."


class Unsent(NamedTuple):
    """Why a command is not on its topic; or, where `unknown`, why nobody knows whether it is."""

    why: str
    unknown: bool = False


class Missed(NamedTuple):
    """An unsent command, as the person knows it."""

    verb: str
    customer: str
    unsent: Unsent


def said(missed: Sequence[Missed]) -> str:
    """One or two sentences about all of them, and what to do."""
    surely = [one for one in missed if not one.unsent.unknown]
    perhaps = [one for one in missed if one.unsent.unknown]
    parts = [f"{_verbs(surely)} was not sent for {_names(surely)}: {_why(surely)}"] if surely else []
    if perhaps:
        parts.append(f"It is not known whether {_verbs(perhaps)} was sent for {_names(perhaps)}: {_why(perhaps)}")
    return " ".join([*parts, _TO_DO, *([_IF_IT_ARRIVED] if perhaps else [])])


def _why(missed: Sequence[Missed]) -> str:
    """What happened to the first of them, as the end of a sentence."""
    why = missed[0].unsent.why
    return why if why.endswith(("?", ".")) else f"{why}."


def _verbs(missed: Sequence[Missed]) -> str:
    return " or ".join(f"“{verb}”" for verb in dict.fromkeys(one.verb for one in missed))


def _names(missed: Sequence[Missed]) -> str:
    names = list(dict.fromkeys(one.customer for one in missed))
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
