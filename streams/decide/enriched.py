"""A fact with who its customer was to us when it happened, for whoever wants to build on it: where the policy says so."""

from __future__ import annotations

from typing import Any, get_args

from schemas.facts import Interaction
from schemas.message import instant
from streams.decide import churn, fact_reader, wire
from streams.decide.context import Context, Sent, wired
from streams.decide.segment import was_protected
from streams.decide.state import Customer, Segment
from streams.decide.tier import tier_at
from streams.decide.value import business_value

_INTERACTIONS = frozenset(str(kind.model_fields["type"].default) for kind in get_args(Interaction))
_OURS = frozenset({"at", "customer", "score"})
"""Fields that go out otherwise than they were read."""
NOBODY = Segment()


def enrich(customer: Customer, fact: Any, context: Context) -> None:
    """Send a survey or interaction fact that was applied, after all that was decided because of it."""
    if not context.policy.enriched.send or fact.type not in _INTERACTIONS:
        return
    segment, at, policy = customer.segment or NOBODY, fact.at, context.policy
    value = business_value(customer, at, policy)
    message = wire.FactEnriched(
        id=context.input,
        customer=customer.id,
        at=instant(at),
        fact=_without_names(fact),
        tier=tier_at(segment, at),
        protected=was_protected(segment, at),
        hic=segment.hic,
        hic_why=wired(segment.hic_why),
        annual_value=None if value is None else round(value, 2),
        currency=policy.currency,
        chance=round(churn.shown_chance(customer, policy), 4),
        basis=context.basis,
    )
    context.effects.sent.append(Sent("enriched", customer.id, message))


def _without_names(fact: Any) -> dict[str, Any]:
    """The fact, without what is absent, its customer by id alone; a score with what it is on the scale from 0 (worst) to 100 (best)."""
    known = {name: value for name in fact.__struct_fields__ if name not in _OURS and (value := getattr(fact, name)) is not None}
    score = getattr(fact, "score", None)
    if score is not None:
        known["score"] = fact_reader.changed(score, said=score.normalised)
    return {"type": fact.type, **known, "customer": {"id": fact.customer.id, "aliases": ()}}
