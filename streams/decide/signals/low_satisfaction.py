"""Low satisfaction: the level that counts everywhere lies low. That it fell, or that a promoter turned, are words for it, and no more weight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.facts import TicketUpdated
from schemas.policy_signals import LowSatisfaction
from streams.decide.aspect import Aspect
from streams.decide.contact_state import Answers
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.facts import ANSWERS
from streams.decide.satisfaction import total
from streams.decide.signals import gone, seen
from streams.decide.state import Customer, Why
from streams.decide.tier import DAY
from streams.decide.wording import why

NAME = "low_satisfaction"


def look(customer: Customer, message: Any, context: Context) -> Iterator[SignalSeen | SignalGone] | None:
    """Strength: `most_strength` times (below - level) / below, for a level below `below`.

    The level is drawn towards the policy's prior while answers are few, so that a first 0 counts, and counts less than the third. It
    is one number of the answers as they are known, in whatever order they came.
    """
    answers = customer.answers
    if answers is None or (message.type == "ticket.updated" and message.status is None):
        return None
    rules, level = context.policy.churn.low_satisfaction, answers.level
    if level is None or level >= rules.below:
        return gone(customer, NAME, message.at)
    strength = rules.most_strength * (rules.below - level) / rules.below
    return seen(customer, SignalSeen(at=answers.recent[-1][0], name=NAME, strength=strength, why=_said(answers, level, rules)))


def _said(answers: Answers, level: float, rules: LowSatisfaction) -> Why:
    """How it came: a promoter turned, it fell, or it is low and that is all that is known."""
    at, now, key = answers.recent[-1]
    praise = [e for e in answers.recent if e[1] >= rules.promoter and e[2] != key and 0 < at - e[0] <= rules.within_days * DAY]
    if praise and now <= rules.detractor:
        between = (at - praise[-1][0]) / DAY
        return why("promoter_turned", was=praise[-1][1], now=now, between_days=between, answers=total(answers), satisfaction=level)
    if total(answers) >= rules.least_answers and answers.earlier - answers.now >= rules.drop:
        return why("falling_satisfaction", earlier=answers.earlier, now=answers.now, answers=total(answers), satisfaction=level)
    return why(NAME, satisfaction=level, answers=total(answers))


LOW_SATISFACTION = Aspect(NAME, dict.fromkeys((*ANSWERS, TicketUpdated), look), tells=(SignalSeen, SignalGone))
