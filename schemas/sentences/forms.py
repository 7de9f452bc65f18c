"""The forms that values take in a sentence: `{late_hours:span}` is a value in the form `span`. One row a form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from babel.lists import format_list

from schemas.sentences.labels import LABELS, NOUNS
from schemas.sentences.reader import MOST_VALUE, Reader
from schemas.wording import plain

MOST_SAID = 560
"""Characters of what somebody said."""
MAKEGOOD = "makegood"
"""Who did something when no person did."""
_DAYS_FROM_HOURS = 48
"""Hours say more of the first two days."""
_RAREST = 1e-6
_SCORE_DIGITS = 3
_EXACT = 2**53
_VERY = 2
"""Points of a question that is answered with `very much`."""
_RHYTHMS = ((6.0, 8.0, "weekly"), (13.0, 15.0, "fortnightly"), (27.0, 32.0, "monthly"))
"""From how many days to how many a rhythm has a word of its own."""

Values = Mapping[str, Any]
Show = Callable[[Reader, Any, int, Values], str]
"""Given the reader, the value, how many digits after the point there are at most, and the values beside it."""


class Sentence(str):
    """Text that was made here, and stands in another sentence as it is."""

    __slots__ = ()


def text(reader: Reader, value: Any, *_: Any) -> str:
    """A value as it is, on one line: names, ids, versions."""
    if isinstance(value, Sentence):
        return value
    if isinstance(value, bool):
        return reader.label("answer", str(value).lower())
    if isinstance(value, int | float) and abs(value) < _EXACT:
        return str(int(value)) if value == int(value) else reader.numbers.decimal(value, _SCORE_DIGITS)
    return plain(str(value), MOST_VALUE)


def _float(value: Any) -> float:
    """A number; texts are none, whatever they look like, nor are yes and no."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)


def _number(reader: Reader, value: Any, digits: int, _: Values) -> str:
    return reader.numbers.decimal(_float(value), digits)


def _percent(reader: Reader, value: Any, *_: Any) -> str:
    return reader.numbers.share(_float(value))


def _money(reader: Reader, value: Any, digits: int, values: Values) -> str:
    return reader.numbers.amount(_float(value), str(values.get("currency") or ""), digits)


def _instant(reader: Reader, value: Any, *_: Any) -> str:
    return reader.instant(value)


def _day(reader: Reader, value: Any, *_: Any) -> str:
    return reader.day(value)


def _quote(reader: Reader, value: Any, *_: Any) -> str:
    before, after = reader.quotes
    return f"{before}{plain(str(value), MOST_SAID)}{after}"


def _score(reader: Reader, value: Any, _: int, values: Values) -> str:
    """As the source gave it; where the best value is not the greatest, with both ends of the scale."""
    raw, worst, best = (_float(one) for one in (value, values["worst"], values["best"]))
    shown, lowest, highest = (reader.numbers.decimal(one, _SCORE_DIGITS) for one in (raw, worst, best))
    metric = str(values["metric"])
    if not best > worst >= 0:
        return reader.fixed("score_with_ends", score=shown, metric=reader.label("metric", metric), worst=lowest, best=highest)
    if metric == "stars":
        return reader.fixed("score_stars", score=shown, stars=reader.counted("stars", best, _SCORE_DIGITS))
    return reader.fixed("score", score=shown, best=highest, metric=reader.label("metric", metric))


def _span(reader: Reader, value: Any, digits: int, _: Values, case: str = "") -> str:
    """Hours; from two days on, days."""
    hours = _float(value)
    if abs(hours) < _DAYS_FROM_HOURS:
        return reader.counted(f"hours{case}", hours, digits)
    return reader.counted(f"days{case}", hours / 24, max(digits, 1))


def _one_in(reader: Reader, value: Any, digits: int, _: Values) -> str:
    """A chance as one in so many."""
    return reader.numbers.decimal(1 / min(max(_float(value), _RAREST), 1.0), digits)


def _nothing(*_: Any) -> str:
    return ""


def _listed(kind: str, reader: Reader, names: Any, *_: Any) -> str:
    return str(format_list([reader.label(kind, name) for name in names], locale=reader.locale))


def _label(kind: str, reader: Reader, value: Any, *_: Any) -> str:
    return reader.label(kind, value if isinstance(value, str) else text(reader, value))


def _counted(noun: str, reader: Reader, value: Any, digits: int, _: Values) -> str:
    return reader.counted(noun, _float(value), digits)


def _counted_or(fixed: str, noun: str, reader: Reader, value: Any, digits: int, _: Values) -> str:
    """Counted, with words of their own for none."""
    number = _float(value)
    return reader.counted(noun, number, digits) if round(number, digits) else reader.fixed(fixed)


def _often(reader: Reader, value: Any, digits: int, _: Values) -> str:
    """Days between one time and the next, as people say it."""
    days = _float(value)
    word = next((word for least, most, word in _RHYTHMS if least <= days <= most), None)
    return reader.counted("every", max(days, 1.0), digits) if word is None else reader.fixed(word)


def present(value: Any) -> bool:
    """Whether a value is there: no text without a word, and no number that is none."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is not None and value != "" and not (isinstance(value, str) and value.isspace())


def _person(value: Any) -> bool:
    return value != MAKEGOOD and present(value)


def _true(value: Any) -> bool:
    return isinstance(value, int | float) and bool(value)


def _very(value: Any) -> bool:
    return isinstance(value, int | float) and value == _VERY


class Form(NamedTuple):
    """How a value is shown, when it counts as there, and which values must stand beside it."""

    show: Show
    fits: Callable[[Any], bool] = present
    beside: tuple[str, ...] = ()


FORMS: dict[str, Form] = {
    **{kind: Form(partial(_label, kind)) for kind in LABELS},
    **{noun: Form(partial(_counted, noun)) for noun in NOUNS},
    "": Form(text),
    "number": Form(_number),
    "percent": Form(_percent),
    "money": Form(_money),
    "instant": Form(_instant),
    "day": Form(_day),
    "quote": Form(_quote),
    "score": Form(_score, beside=("metric", "worst", "best")),
    "span": Form(_span),
    "one_in": Form(_one_in),
    "later": Form(partial(_counted_or, "same_day_later", "days_later")),
    "in": Form(partial(_counted_or, "today", "in_days")),
    "lacks": Form(partial(_listed, "lacks"), fits=_true),
    "person": Form(text, fits=_person),
    "if": Form(_nothing, fits=_true),
    "very": Form(_nothing, fits=_very),
    "often": Form(_often),
}
"""`person` is somebody, not Makegood; `if` shows nothing and asks that the value is true, `very` that it is the most there is; labels and
nouns go by their names."""


def form_of(name: str) -> Form:
    """A form by its name in a template; a noun, or the nouns of a span, may be in another case: `days.dative`."""
    base, dot, case = name.partition(".")
    if base in NOUNS and dot:
        return Form(partial(_counted, name))
    if base == "span" and dot:
        return Form(partial(_span, case=f".{case}"))
    return FORMS[name]
