"""Who a customer is to the company: value, tier, and whether they are a high-impact customer (HIC), with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

from schemas.decisions import Tier
from schemas.policy import Policy
from streams.decide import satisfaction
from streams.decide.aspect import NEVER, Aspect, Timer, as_held
from streams.decide.context import Context, MetricChanged
from streams.decide.events import HicChanged, ProtectionChanged, TierChanged
from streams.decide.facts import EVERY_MOMENT
from streams.decide.histogram import bucket
from streams.decide.protection import NO_REASON, hic_why, lost_why, note_lighter, worth
from streams.decide.state import Customer, Segment, Spend, Value, Why
from streams.decide.tier import DAY, OF, RANK, enter, exit_limit, tier_after, tier_at, top_after
from streams.decide.value import business_value, lapses_at, worth_less_at

_TIMES = frozenset(Segment.__struct_fields__.index(name) for name in ("falls_at", "review_at", "top_falls_at", "protected_until"))
News = TierChanged | HicChanged | ProtectionChanged
TO_BE_SURE = 60.0
"""So much later a value that falls to a limit is below it for certain."""
PROTECTED_EVERY = 28 * DAY
"""How often the clock looks at those whom we must not lose, by what they buy ..."""
REVIEW_EVERY = 364 * DAY
"""... and at whoever else has a tier to lose. When purchases are worth too little for it, and when they lapse, is known ahead, and any fact has
its customer looked at: this is for those of whom nothing is heard, while others move the thresholds."""


def review(customer: Customer, message: Any, context: Context) -> list[News] | None:
    """Bring metrics, tier, business row and HIC up to date after a fact or as time passes."""
    segment, policy = customer.segment, context.policy
    if segment is None:
        if _nothing_is_known(customer, policy):
            return None
        segment = customer.segment = Segment()
    at, by_clock = context.now, message.type == "timer.due"
    lapses = lapses_at(customer, policy)
    business, happiness = business_value(customer, at, policy, lapses), satisfaction.level(customer.answers, policy)
    stopped = lapses != NEVER and at >= lapses + policy.tiers.dwell_days * DAY
    if segment.business != business or stopped:
        _count(segment, "business", segment.business, None if stopped else business, context)
    if segment.satisfaction != happiness or stopped:
        _count(segment, "satisfaction", segment.satisfaction, None if stopped else happiness, context)
    news: list[News] = []
    tier = tier_after(segment, business, happiness, at, context.thresholds, policy, may_fall=by_clock)
    if tier != segment.tier:
        news.append(TierChanged(at=at, was=segment.tier, now=tier.value, why=_metrics(business, happiness, context)))
        enter(segment, tier, at)
    top = top_after(segment, business, at, context.thresholds, policy, may_fall=by_clock)
    news += _protected(customer, segment, business, context, top=top)
    if by_clock or news or segment.review_at is None or (message.type == "purchase.made" and not _is_lowest(segment)):
        segment.review_at = _next_review(customer, segment, business, lapses, context)
    return news


def _nothing_is_known(customer: Customer, policy: Policy) -> bool:
    """Whether nothing is known yet of what they are worth and how they feel: then there is nothing to judge."""
    known = customer.profile or customer.spend or customer.answers
    return known is None and not policy.high_impact.everyone


def _protected(
    customer: Customer, segment: Segment, business: float | None, context: Context, *, top: bool
) -> Sequence[HicChanged | ProtectionChanged]:
    """HIC and the top row, and whether the customer is protected by either: whatever they answer."""
    was_top, was_hic = segment.top, segment.hic
    segment.top = top
    because = hic_why(customer, segment, business, context)
    note_lighter(segment, because, context.now)
    if was_top == top and was_hic == (because is not None):
        segment.hic_why = because
        return ()
    lost = lost_why(customer, segment, context) if (was_hic and because is None) or (was_top and not top) else None
    segment.hic, segment.hic_why = because is not None, because
    return list(_protection_moved(customer, segment, context, because or lost, (was_hic, was_top)))


def _protection_moved(
    customer: Customer, segment: Segment, context: Context, because: Why | None, was: tuple[bool, bool]
) -> Iterator[HicChanged | ProtectionChanged]:
    at, was_hic = context.now, was[0]
    if segment.hic != was_hic:
        yield HicChanged(at=at, hic=segment.hic, why=because or NO_REASON)
    before, now = any(was), segment.hic or segment.top
    if before != now:
        segment.protected_until = segment.protected_until if now else at
        yield ProtectionChanged(at=at, protected=now, why=because or worth(customer, segment, context))


def _next_review(customer: Customer, segment: Segment, business: float | None, lapses: float, context: Context) -> float | None:
    """When the clock looks again; None where nothing is left to see. Customers who came on one day are not all looked at at once.

    A value that nobody adds to only falls: who has nothing to lose by that is looked at when their business lapses, and not before.
    """
    at, stops = context.now, lapses + context.policy.tiers.dwell_days * DAY
    lowest = _is_lowest(segment)
    if (segment.business is None and at < stops) or (lowest and at >= stops):
        return None
    if lapses == NEVER:
        return None if lowest else _regularly(customer, at, REVIEW_EVERY)
    moments = [lapses, stops]
    if not lowest:
        every = PROTECTED_EVERY if segment.hic or segment.top else REVIEW_EVERY
        moments += (_regularly(customer, at, every), _falls_below(customer.spend, business, context))
    return min((moment for moment in moments if moment > at), default=None)


def _is_lowest(segment: Segment) -> bool:
    """Whether they have nothing to lose by a value that falls."""
    return not segment.top and segment.falls_at is segment.top_falls_at is None and RANK[OF[segment.tier]] <= RANK[Tier.C]


def _falls_below(spend: Spend | None, business: float | None, context: Context) -> float:
    """When purchases, were nothing more bought, are worth less than what keeps the row that they are worth now; NEVER without one to lose."""
    if spend is None or business is None:
        return NEVER
    limits = (exit_limit(limit, context.policy) for limit in (context.thresholds.business_high, context.thresholds.business_middle))
    kept = [limit for limit in limits if 0 < limit <= business]
    return worth_less_at(spend, max(kept), context.policy) + TO_BE_SURE if kept else NEVER


def _regularly(customer: Customer, at: float, every: float) -> float:
    phase = crc32(customer.id.encode()) % int(every)
    return at + every - (at - phase) % every


def _count(segment: Segment, metric: str, old: float | None, new: float | None, context: Context) -> None:
    """Tell the partition's histograms, but only when a value leaves its bucket, or the customer the percentiles."""
    if old == new or (old is not None and new is not None and bucket(old) == bucket(new)):
        return
    setattr(segment, metric, new)
    context.effects.metric_changes.append(MetricChanged(metric, old, new))


def _metrics(business: float | None, happiness: float | None, context: Context) -> Why:
    limits = context.thresholds
    values: dict[str, Value] = {
        "annual_value": business or 0.0,
        "currency": context.policy.currency,
        "business_high": limits.business_high,
        "business_middle": limits.business_middle,
        "satisfaction_high": limits.satisfaction_high,
        "satisfaction_middle": limits.satisfaction_middle,
    }
    if happiness is not None:
        values["satisfaction"] = happiness
    return Why("tier_metrics", values)


def is_protected(customer: Customer, at: float, policy: Policy) -> bool:
    """Whether what happens to the customer at this event time deserves a task: HIC, top business row, or of a tier that the policy names."""
    segment = customer.segment
    if segment is None:
        return False
    return was_protected(segment, at) or tier_at(segment, at) in policy.triggers.tiers


def was_protected(segment: Segment, at: float) -> bool:
    """Whether they are protected by HIC or the top business row, or were at this event time."""
    return segment.hic or segment.top or (segment.protected_until is not None and at < segment.protected_until)


def may_leave(customer: Customer, context: Context) -> bool:
    """Whether it matters if the customer leaves: alerts are for HIC, the top business row, and the tiers that the policy names."""
    segment = customer.segment
    if segment is None:
        return False
    tier = segment.tier if context.now >= segment.since else tier_at(segment, context.now)
    return segment.hic or segment.top or tier in context.policy.churn.tiers


class StandingReviewed(Timer, frozen=True):
    """It is time to look at the customer's standing again: every aspect looks, nobody lists it."""


def timers(customer: Customer) -> tuple[StandingReviewed, ...]:
    """When the clock looks next: regularly, and when tier or row are lowered, unless the values come back."""
    at = _looks_at(customer.segment) if customer.segment is not None else NEVER
    return (StandingReviewed(at),) if at != NEVER else ()


def _looks_at(segment: Segment) -> float:
    at = NEVER if segment.review_at is None else segment.review_at
    if segment.falls_at is None and segment.top_falls_at is None:
        return at  # as of most
    return min(moment for moment in (at, segment.falls_at, segment.top_falls_at) if moment is not None)


def _times_or_none(fields: list[Any]) -> list[Any]:
    """Version 3 held NEVER, or 0, where there is no such time."""
    return [as_held(field) if place in _TIMES else field for place, field in enumerate(fields)]


SEGMENT = Aspect(
    "segment",
    dict.fromkeys(EVERY_MOMENT, review),
    tells=(TierChanged, HicChanged, ProtectionChanged),
    state="segment",
    version=6,  # what version 5 held is read as it is: of the reasons by number only one was left out that none ever held
    migrate={3: _times_or_none},
    timers=timers,
    earliest=_looks_at,
)
