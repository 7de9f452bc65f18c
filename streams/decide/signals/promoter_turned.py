"""Promoter turned detractor: a customer who was delighted not long ago is disappointed now."""

from __future__ import annotations

import math
from typing import Any

from schemas.wording import counted
from streams.decide import satisfaction
from streams.decide.context import Context
from streams.decide.state import Customer, Signal
from streams.decide.tier import DAY

NAME = "promoter_turned"


def on_answer(customer: Customer, fact: Any, context: Context) -> None:
    """Strength: the policy's over the square root of the answers known, where `within_days` hold a promoter's and this is a detractor's.

    The more people answer for one account, the less a single bad answer says: opinions differ. Runs before the answer joins the
    others. A correction of the promoter's answer itself is no turn.
    """
    rules, answers = context.policy.churn.promoter_turned, customer.answers
    if fact.score is None or (answers is None and NAME not in customer.signals):
        return
    at, now = fact.at, fact.score.normalised
    if now > rules.detractor:
        if NAME in customer.signals and at >= customer.signals[NAME].seen_at:
            del customer.signals[NAME]
        return
    object_key = satisfaction.key_of(fact)
    earlier = (
        [e for e in answers.recent if e[1] >= rules.promoter and e[2] != object_key and 0 < at - e[0] <= rules.within_days * DAY]
        if answers
        else []
    )
    if earlier:
        was_at, was, _ = earlier[-1]
        days = (at - was_at) / DAY
        later = f"{counted(days, 'day')} later" if round(days) else "within a day"
        sentence = f"rated {was:.0f} of 100 and {later} {now:.0f}"
        known = len(answers.recent) if answers is not None else 1
        numbers = {"was": was, "now": now, "days_between": round(days, 2), "answers": float(known)}
        customer.signals[NAME] = Signal(rules.strength / math.sqrt(known), at, sentence, numbers)
