"""Zendesk's words in ours: priorities and ratings."""

from __future__ import annotations

from gateway.translate.payload import Node
from gateway.translate.translation import Ignored
from schemas.facts import Severity
from schemas.scores import Metric, Score

_UNSET = frozenset({"none", "-"})
_GOOD_OR_BAD = {"good": 1.0, "good_with_comment": 1.0, "goodwithcomment": 1.0, "bad": 0.0, "bad_with_comment": 0.0, "badwithcomment": 0.0}
_ONE_TO_FIVE = range(1, 6)


def severity(priority: Node, ignored: list[Ignored]) -> Severity | None:
    """Priorities have the same names; what is no priority is noted."""
    word = priority.word()
    if word is None or word in _UNSET:
        return None
    if word not in set(Severity):
        ignored.append(Ignored(priority.path, "no priority that Zendesk has: low, normal, high or urgent"))
        return None
    return Severity(word)


def score(given: Node) -> Score | None:
    """Good or bad is 1 or 0 of 1; the newer surveys give 1 to 5. None where it is neither, as while it is only offered."""
    word, number = given.word(), given.number()
    if number is None and word is not None and word in {str(step) for step in _ONE_TO_FIVE}:
        number = float(word)
    if number is not None:
        return Score(metric=Metric.CSAT, raw=number, worst=1, best=5) if number in _ONE_TO_FIVE else None
    raw = _GOOD_OR_BAD.get((word or "").replace(" ", "_"))
    return None if raw is None else Score(metric=Metric.CSAT, raw=raw, worst=0, best=1)
