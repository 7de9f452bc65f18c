"""Satisfaction as one number: a moving average of the answers, drawn towards the policy's prior while they are few."""

from __future__ import annotations

from bisect import insort
from typing import Any

from schemas.facts import TicketUpdated
from schemas.policy import Policy
from streams.decide import tickets
from streams.decide.aspect import Aspect
from streams.decide.contact_state import Answers, Older
from streams.decide.context import Context, object_hash
from streams.decide.facts import ANSWERS
from streams.decide.state import Customer

MOST_RECENT = 8
"""So many answers are kept singly: among them any order of arrival, and any correction, gives the same result."""
SLOWER = 3
"""The customer's earlier level is an average that moves so many times slower."""


def on_answer(customer: Customer, fact: Any, context: Context) -> None:
    """Take in an answer; a later version of the same answer replaces it."""
    if fact.score is None:
        return
    answers = customer.answers = customer.answers or Answers()
    object_key = key_of(fact)
    answers.recent = [entry for entry in answers.recent if entry[2] != object_key]
    insort(answers.recent, (fact.at, fact.score.normalised, object_key))
    void = tickets.ratings_of_spam(customer)
    while len(answers.recent) > MOST_RECENT:
        _, value, key = answers.recent.pop(0)
        if key in void:
            continue
        answers.older = _with(answers.older, value, context.policy)
    _settle(answers, void, context.policy)


def on_ticket_updated(customer: Customer, fact: TicketUpdated, context: Context) -> None:
    """The rating of a ticket that is spam by now counts no longer; nor is it lost, if the ticket is none after all."""
    if fact.status is not None and customer.answers is not None:
        _settle(customer.answers, tickets.ratings_of_spam(customer), context.policy)


def name_of(fact: Any) -> str:
    """An answer among the objects of its source: a survey, a ticket and the rating of that ticket may have one number, and are three."""
    return f"{'rating' if fact.type == 'ticket.rated' else 'survey'} {fact.object}"


def key_of(fact: Any) -> int:
    """The answer's key."""
    return object_hash(fact.source, name_of(fact))


def _with(older: Older | None, value: float, policy: Policy) -> Older:
    """One answer more that is no longer kept singly."""
    count, average, slow, reached = _so_far(older)
    average, slow = _step(count, average, slow, value, policy.satisfaction.weight)
    return Older(count + 1, average, slow, _level(reached, count + 1, average, value, policy))


def _so_far(older: Older | None) -> tuple[int, float, float, float | None]:
    return (older.count, older.average, older.slow, older.level) if older is not None else (0, 0.0, 0.0, None)


def _step(count: int, fast: float, slow: float, value: float, weight: float) -> tuple[float, float]:
    if not count:
        return value, value
    return fast + weight * (value - fast), slow + weight / SLOWER * (value - slow)


def _settle(answers: Answers, void: set[int], policy: Policy) -> None:
    """Run the averages, and the level that follows from them, over the recent answers but the void ones."""
    weight = policy.satisfaction.weight
    count, fast, slow, reached = _so_far(answers.older)
    for _, value, key in answers.recent:
        if key in void:
            continue
        fast, slow = _step(count, fast, slow, value, weight)
        count += 1
        reached = _level(reached, count, fast, value, policy)
    answers.level, answers.now, answers.earlier = reached, fast, slow


def _level(before: float | None, count: int, fast: float, value: float, policy: Policy) -> float:
    """The fast average drawn towards the prior; a poor answer never lifts it, though it be less poor than those before.

    (k * prior + n * average) / (k + n), with n the number of answers but at most (2 - w) / w, the effective number of
    observations of an exponentially weighted average of weight w (Roberts 1959).
    """
    rules = policy.satisfaction
    effective = min(count, (2 - rules.weight) / rules.weight if rules.weight else count)
    drawn = (rules.prior_weight * rules.prior + effective * fast) / (rules.prior_weight + effective)
    return min(before, drawn) if before is not None and value <= policy.triggers.poor_score else drawn


def lacks(customer: Customer, fact: Any) -> bool:
    """Whether a survey answer brings a score of an object for which none was counted yet (as far as answers are kept singly)."""
    if fact.type not in {"survey.answered", "survey.amended"} or fact.score is None:
        return False
    recent = customer.answers.recent if customer.answers is not None else []
    if len(recent) >= MOST_RECENT and fact.at <= recent[0][0]:
        return False
    object_key = key_of(fact)
    return all(entry[2] != object_key for entry in recent)


def total(answers: Answers) -> int:
    """How many answers there were."""
    return (answers.older.count if answers.older is not None else 0) + len(answers.recent)


def level(answers: Answers | None, policy: Policy) -> float | None:
    """The customer's satisfaction, 0 to 100; None before the first answer."""
    del policy  # applied when the answer came
    return None if answers is None else answers.level


def _older_apart(fields: list[Any]) -> list[Any]:
    """Version 2 held the averages of older answers, and the level over them, where there were none too; version 1 no such level."""
    count, average, slow, recent, level, now, earlier, *settled = fields
    return [[count, average, slow, *(settled or [None])] if count else None, recent, level, now, earlier]


SATISFACTION = Aspect(
    "satisfaction",
    {**dict.fromkeys(ANSWERS, on_answer), TicketUpdated: on_ticket_updated},
    state="answers",
    version=4,
    migrate={2: _older_apart},
)
