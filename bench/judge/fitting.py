"""What the protocol fits: the rhythm of the population, once, on what was before the first decision."""

from __future__ import annotations

from collections.abc import Sequence

from makegood.errors import UserError
from makegood.fit.purchase_days import PurchaseDays
from makegood.fit.silence import fit, rhythm_of
from schemas.policy import Policy, Silence

from bench.judge.progress import say
from bench.judge.sets import DAY, History, Row


def with_horizon(policy: Policy, days: float) -> Policy:
    """The policy, asked about another horizon."""
    return _with(policy, policy.churn.silence.model_copy(update={"horizon_days": days}))


def fitted(history: History, rows: Sequence[Row], policy: Policy) -> Policy | None:
    """The policy with a fitted rhythm; None, with a word, where there is too little to fit."""
    days = PurchaseDays()
    for row in rows:
        if row.counts and row.at < history.start:
            days.add(row.customer, row.day)
    try:
        found = fit(days, history.start / DAY, history.horizon_days, lambda k, _: say(f"{history.name}: fitting, k = {k}"))
    except UserError as error:
        say(f"{history.name}: {error}")
        return None
    return _with(policy, policy.churn.silence.model_copy(update={"rhythm": rhythm_of(found)}))


def _with(policy: Policy, silence: Silence) -> Policy:
    return policy.model_copy(update={"churn": policy.churn.model_copy(update={"silence": silence})})
