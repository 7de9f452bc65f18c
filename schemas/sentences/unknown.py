"""A reason that this version has no sentence for: its words and its values, each in the form that its name tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.reasons import Why
from schemas.sentences.forms import Sentence, form_of, present
from schemas.sentences.reader import MOST_VALUE, Reader
from schemas.sentences.template import Field, fill_row
from schemas.wording import plain

_FORMS = (("_at", "instant", 0), ("chance", "percent", 0), ("_share", "percent", 0), ("_days", "days", 1), ("_hours", "hours", 1))
"""How the names of values end, and the form and digits that this tells: see schemas/reasons.py."""
_DIGITS = 3


def words_of(why: Why, reader: Reader) -> str:
    """`brand new code (order 7, late hours 12 hours)`."""
    words = plain(why.code.replace("_", " "), MOST_VALUE)
    there = [name for name, value in why.values.items() if present(value)]
    shown = [f"{plain(name.replace('_', ' '), MOST_VALUE)} {_shown(name, why.values, reader)}" for name in there]
    return fill_row("phrase", "unknown", {"words": Sentence(words), "values": Sentence(", ".join(shown))}, reader) or words


def _shown(name: str, values: Mapping[str, Any], reader: Reader) -> str:
    known = next(((form, digits) for ending, form, digits in _FORMS if name.endswith(ending)), None)
    if known is None:
        known = ("number", _DIGITS) if isinstance(values[name], int | float) else ("", 0)
    return Field((name,), form_of(known[0]).show, known[1], bool).fill(reader, values)
