"""Promoter turned detractor: a customer who was delighted not long ago is disappointed now."""

from __future__ import annotations

import math
from typing import Any

from streams.decide import satisfaction
from streams.decide.aspect import Aspect
from streams.decide.context import Context
from streams.decide.events import SignalGone, SignalSeen
from streams.decide.facts import ANSWERS
from streams.decide.state import Customer
from streams.decide.tier import DAY
from streams.decide.wording import why

NAME = "promoter_turned"


def on_answer(customer: Customer, fact: Any, context: Context) -> list[SignalSeen | SignalGone] | None:
    """Strength: the policy's over the square root of the answers known, where `within_days` hold a promoter's and this is a detractor's.

    The more people answer for one account, the less a single bad answer says: opinions differ. Stands left of satisfaction, so that the
    answer has not joined the others. A correction of the promoter's answer itself is no turn.
    """
    rules, answers, known = context.policy.churn.promoter_turned, customer.answers, customer.signals.get(NAME)
    if fact.score is None or (answers is None and known is None):
        return None
    at, now = fact.at, fact.score.normalised
    if now > rules.detractor:
        return [SignalGone(at=at, name=NAME)] if known is not None and at >= known.seen_at else None
    object_key, recent = satisfaction.key_of(fact), answers.recent if answers is not None else []
    earlier = [e for e in recent if e[1] >= rules.promoter and e[2] != object_key and 0 < at - e[0] <= rules.within_days * DAY]
    if not earlier:
        return None
    was_at, was, _ = earlier[-1]
    because = why(NAME, was=was, now=now, between_days=(at - was_at) / DAY, answers=len(recent))
    return [SignalSeen(at=at, name=NAME, strength=rules.strength / math.sqrt(len(recent)), why=because)]


PROMOTER_TURNED = Aspect(NAME, dict.fromkeys(ANSWERS, on_answer), tells=(SignalSeen, SignalGone))
