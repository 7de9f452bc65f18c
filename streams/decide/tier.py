"""Tiers: a 3 x 3 grid of a business metric against satisfaction. Promotion comes at once, demotion waits."""

from __future__ import annotations

from schemas.decisions import Tier
from schemas.policy import Policy
from streams.decide.state import Segment, Thresholds

DAY = 86_400.0
RANK = {Tier.UNKNOWN: -1, Tier.C: 0, Tier.B: 1, Tier.A: 2}
OF = {tier.value: tier for tier in Tier}
"""Asking an enum by value costs more than the rest of a comparison."""
MOST_HISTORY = 8


def place(business: float | None, satisfaction: float | None, thresholds: Thresholds, policy: Policy, share: float = 1.0) -> Tier:
    """The tier of two metric values. Without a business value it is unknown; without an answer yet, satisfaction counts as middle.

    `share` lowers every threshold: at the policy's exit share it tells which tier may be kept.
    """
    if business is None:
        return Tier.UNKNOWN
    row = _band(business, thresholds.business_high, thresholds.business_middle, share)
    column = 1 if satisfaction is None else _band(satisfaction, thresholds.satisfaction_high, thresholds.satisfaction_middle, share)
    return OF[policy.tiers.grid[row][column]]


def _band(value: float, high: float, middle: float, share: float) -> int:
    if share != 1:
        high, middle = _lowered(high, share), _lowered(middle, share)
    return 0 if value >= high else 1 if value >= middle else 2


def exit_limit(threshold: float, policy: Policy) -> float:
    """Down to which value who has reached a threshold stays above it."""
    return _lowered(threshold, policy.tiers.exit_share)


def _lowered(threshold: float, share: float) -> float:
    """A share of a threshold. A negative one (a loss) moves away from zero by as much: it is lowered, too."""
    return threshold * share if threshold >= 0 else threshold * (2 - share)


def tier_after(
    segment: Segment,
    business: float | None,
    satisfaction: float | None,
    at: float,
    thresholds: Thresholds,
    policy: Policy,
    *,
    may_fall: bool,
) -> Tier:
    """The tier from here on, with hysteresis; notes in `segment.falls_at` until when the customer is given to come back.

    Up at once. Down only when the values have been below the exit share of the thresholds for the dwell time; and then to the tier whose
    exit limit (its thresholds times the exit share) they still reach. It is the clock that lowers a tier (`may_fall`), not what a customer
    says: a complaint is judged by the tier that its customer had.
    """
    now = OF[segment.tier]
    target = place(business, satisfaction, thresholds, policy)
    if target is now or RANK[target] >= RANK[now]:
        segment.falls_at = None
        return target
    kept = place(business, satisfaction, thresholds, policy, policy.tiers.exit_share)
    if RANK[kept] >= RANK[now]:
        segment.falls_at = None
        return now
    if segment.falls_at is None:
        segment.falls_at = at + policy.tiers.dwell_days * DAY
    return kept if may_fall and at >= segment.falls_at else now


def top_after(segment: Segment, business: float | None, at: float, thresholds: Thresholds, policy: Policy, *, may_fall: bool) -> bool:
    """Whether the customer is in the top business row from here on: by the same rules as a tier, but whatever they answer."""
    value, high = float("-inf") if business is None else business, thresholds.business_high
    if value >= high or (segment.top and value >= exit_limit(high, policy)):
        segment.top_falls_at = None
        return True
    if not segment.top:
        return False
    if segment.top_falls_at is None:
        segment.top_falls_at = at + policy.tiers.dwell_days * DAY
    stays = not may_fall or at < segment.top_falls_at
    if not stays:
        segment.top_falls_at = None
    return stays


def enter(segment: Segment, tier: Tier, at: float) -> None:
    """Note a new tier from `at` on. That the tier was unknown before is no history: it says nothing about the customer."""
    if segment.tier != Tier.UNKNOWN:
        segment.history.append((segment.since, segment.tier))
        del segment.history[:-MOST_HISTORY]
    segment.tier, segment.since, segment.falls_at = tier.value, at, None


def best_tier(segment: Segment | None, since: float, at: float) -> Tier:
    """The best tier that held at any event time between: who is worth less by now complained as who they were."""
    between = segment.history if segment is not None else ()
    held = [tier_at(segment, since), tier_at(segment, at), *(OF[tier] for begin, tier in between if since <= begin <= at)]
    return max(held, key=RANK.__getitem__)


def tier_at(segment: Segment | None, at: float) -> Tier:
    """The tier that held at an event time. Before the first known tier, the first known one counts."""
    if segment is None:
        return Tier.UNKNOWN
    if at >= segment.since or not segment.history:
        return OF[segment.tier]
    held = next((tier for since, tier in reversed(segment.history) if since <= at), segment.history[0][1])
    return OF[held]
