"""Who asks to be forgotten is: their record goes, their place in the percentiles, and every alias. When they asked is kept without their name,
so that what was on its way then brings nothing of them back.
"""

from __future__ import annotations

from msgspec import Struct

from schemas.decisions import About, Verdict
from schemas.facts import AnyFact, ErasureRequested
from schemas.message import instant
from schemas.traffic import AliasErased
from streams.decide.context import Context, MetricChanged, Sent, object_hash
from streams.decide.record import Whole
from streams.decide.state import Customer
from streams.decide.wording import why


class Erased(Struct, array_like=True):
    """When they asked, in seconds since 1970: what happened before is nobody's."""

    at: float = 0.0


ERASED = Whole(b"e:", Erased)
"""Under a key of its own for each customer."""


def place_of(customer: str) -> bytes:
    """The key of that in the state: a hash of the customer's id."""
    return ERASED.key + b"%x" % object_hash("erased", customer)


def is_nobodys(customer: Customer, fact: AnyFact, context: Context) -> bool:
    """Whether it happened before the customer asked to be forgotten: it was on its way then, or is delivered once more. Says so."""
    if customer.erased_at is None or fact.at > customer.erased_at:
        return False
    context.log(Verdict.STALE_IGNORED, customer.id, fact.id, About.FACT, fact.at, why("erased_at_request"))
    return True


def erase(customer: Customer, fact: ErasureRequested, context: Context) -> None:
    """Say so, and take back what others hold of them; with `forget` the record goes."""
    effects, at = context.effects, instant(customer.heard_at)
    context.log(Verdict.CUSTOMER_ERASED, customer.id, customer.id, About.CUSTOMER, fact.at, why("erased_at_request"))
    effects.forget = True
    if customer.segment is not None:
        effects.metric_changes.append(MetricChanged("business", customer.segment.business, None))
        effects.metric_changes.append(MetricChanged("satisfaction", customer.segment.satisfaction, None))
    for alias in customer.aliases:
        effects.sent.append(Sent("repartition", alias, AliasErased(alias=alias, customer=customer.id, at=at)))
