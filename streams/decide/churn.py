"""Churn: signals fade, combine to a chance of leaving, and raise one alert per customer who matters, with hysteresis."""

from __future__ import annotations

from schemas.decisions import AlertSnapshot, Level, Notice, NoticeKind, Priority, SignalShown, Tier, Verdict
from schemas.message import instant
from schemas.policy import Policy
from streams.decide import segment
from streams.decide.context import Context, deterministic_id
from streams.decide.signals import falling_satisfaction, silence, ticket_burst
from streams.decide.state import NEVER, Alert, Customer, Signal
from streams.decide.tier import DAY, tier_at
from streams.decide.wording import who

CAUSE_OF = {
    "promoter_turned": "satisfaction",
    "falling_satisfaction": "satisfaction",
    "silence": "spending",
    "spend_halved": "spending",
    "cancels": "leaving",
    "cancelled": "leaving",
    "leave_phrase": "leaving",
    "ticket_burst": "service",
}
"""Signals of one cause have the same origin: only the strongest of them counts."""
FADED = 0.01
AMEND_FROM = 0.1
"""An alert is amended when the chance has moved by so much since its last snapshot."""
LEVELS = (Level.WATCH, Level.WARNING, Level.CRITICAL)
PRIORITY = {Level.WATCH: Priority.P3, Level.WARNING: Priority.P2, Level.CRITICAL: Priority.P1}


def faded(signal: Signal, at: float, policy: Policy) -> float:
    """A signal's strength at a time: it halves in the policy's half-life."""
    return float(signal.strength * 0.5 ** (max(0.0, at - signal.seen_at) / (policy.churn.fade_half_life_days * DAY)))


def chance(customer: Customer, at: float, policy: Policy) -> float:
    """The chance that the customer leaves, 0 to 1: 1 - (1 - leak) * product of (1 - strength) over the causes.

    Source: the leaky noisy-or (Henrion 1989), with one signal per shared cause.
    """
    stays = 1 - policy.churn.leak
    if customer.signals:
        strongest: dict[str, float] = {}
        for name, signal in customer.signals.items():
            cause = CAUSE_OF.get(name, name)
            strongest[cause] = max(strongest.get(cause, 0.0), faded(signal, at, policy))
        for strength in strongest.values():
            stays *= 1 - strength
    return 1 - stays


def review(customer: Customer, at: float, context: Context) -> None:
    """Look at the customer's signals as of `at`, and raise, amend or resolve the alert."""
    policy, at = context.policy, max(at, customer.heard_at)
    if not _matters(customer, at, policy):
        customer.silence_at = NEVER
        if customer.alert is not None:
            _resolve(customer, at, chance(customer, at, policy), "no longer a customer whom alerts are for", context)
        return
    silence.look(customer, at, policy)
    falling_satisfaction.look(customer, policy)
    ticket_burst.look(customer, at, policy)
    if customer.signals or customer.alert is not None:
        _weigh(customer, at, context)


def _matters(customer: Customer, at: float, policy: Policy) -> bool:
    known = customer.segment
    return known is not None and (known.hic or tier_at(known, at) in policy.churn.tiers)


def _weigh(customer: Customer, at: float, context: Context) -> None:
    policy, alert = context.policy, customer.alert
    for name in [name for name, signal in customer.signals.items() if faded(signal, at, policy) < FADED]:
        del customer.signals[name]
    now = chance(customer, at, policy)
    level = level_of(now, Level(alert.level) if alert is not None else None, policy)
    if alert is None:
        if level is not None:
            _raise(customer, level, now, at, context)
    elif level is None:
        _resolve(customer, at, now, f"the chance of leaving fell to {now:.0%}", context)
    elif level != alert.level or abs(now - alert.chance) >= AMEND_FROM or set(customer.signals) - set(alert.names):
        _amend(customer, alert, level, now, at, context)
    else:
        alert.review_at = review_at(customer, at, level, policy)


def level_of(now: float, held: Level | None, policy: Policy) -> Level | None:
    """The level of a chance. A level that is held is left only when the chance falls below its limit by the margin."""
    limits, margin = policy.churn.raise_at, policy.churn.leave_margin
    reached = [level for level in LEVELS if now >= limits[level]]
    kept = [level for level in LEVELS[: LEVELS.index(held) + 1] if now >= limits[level] - margin] if held is not None else []
    return max(reached + kept, key=LEVELS.index, default=None)


def review_at(customer: Customer, at: float, level: Level, policy: Policy) -> float:
    """When fading alone will have brought the chance below the level: found by bisection, to the minute; NEVER if it cannot."""
    limit = policy.churn.raise_at[level] - policy.churn.leave_margin
    low, high = at, at + 64 * policy.churn.fade_half_life_days * DAY
    if chance(customer, high, policy) >= limit:
        return NEVER
    while high - low > 60:  # noqa: PLR2004  seconds
        middle = (low + high) / 2
        low, high = (middle, high) if chance(customer, middle, policy) >= limit else (low, middle)
    return high


def _raise(customer: Customer, level: Level, now: float, at: float, context: Context) -> None:
    customer.alerts_raised += 1
    alert_id = deterministic_id("A-", customer.id, str(customer.alerts_raised))
    alert = customer.alert = Alert(alert_id, 0, level.value, now, at, at)
    _tell(customer, alert, level, now, at, context)
    sentence = _sentence(customer, now, at, context.policy)
    context.log(Verdict.ALERT_RAISED, customer.id, alert.id, at, f"{level.value}: {sentence}")
    _notify(NoticeKind.ALERT_RAISED, customer, alert, level, sentence, at, context)


def _amend(customer: Customer, alert: Alert, level: Level, now: float, at: float, context: Context) -> None:
    before = Level(alert.level)
    _tell(customer, alert, level, now, at, context)
    sentence = _sentence(customer, now, at, context.policy)
    context.log(Verdict.ALERT_AMENDED, customer.id, alert.id, at, f"{before.value} to {level.value}: {sentence}")
    if LEVELS.index(level) > LEVELS.index(before):
        _notify(NoticeKind.ALERT_WORSENED, customer, alert, level, sentence, at, context)


def _resolve(customer: Customer, at: float, now: float, because: str, context: Context) -> None:
    alert = customer.alert
    if alert is not None:
        level = Level(alert.level)
        _tell(customer, alert, level, now, at, context, because)
        customer.alert = None
        context.log(Verdict.ALERT_RESOLVED, customer.id, alert.id, at, because)
        _notify(NoticeKind.ALERT_RESOLVED, customer, alert, level, f"{who(customer, at)}: {because}", at, context)


def _sentence(customer: Customer, now: float, at: float, policy: Policy) -> str:
    strongest = sorted(customer.signals.values(), key=lambda signal: -faded(signal, at, policy))
    return f"{who(customer, at)} may leave (chance {now:.0%}): {'; '.join(signal.sentence for signal in strongest[:4])}"


def _tell(customer: Customer, alert: Alert, level: Level, now: float, at: float, context: Context, because: str | None = None) -> None:
    """Send the alert as it stands, one version on."""
    policy = context.policy
    alert.version += 1
    alert.level, alert.chance, alert.changed_at, alert.names = level.value, now, at, sorted(customer.signals)
    alert.review_at = review_at(customer, at, level, policy)
    ordered = sorted(customer.signals.items(), key=lambda item: (-faded(item[1], at, policy), item[0]))
    known = customer.segment
    value = segment.business_value(customer, at, policy)
    context.send(
        AlertSnapshot(
            id=alert.id,
            version=alert.version,
            customer=customer.id,
            customer_name=customer.profile.name if customer.profile is not None else None,
            tier=tier_at(known, at) if known is not None else Tier.UNKNOWN,
            hic=known is not None and known.hic,
            active=because is None,
            level=level,
            chance=round(now, 4),
            value_at_risk=None if value is None else round(value, 2),
            signals=tuple(
                SignalShown(
                    name=name, strength=round(faded(s, at, policy), 4), seen_at=instant(s.seen_at), sentence=s.sentence, numbers=s.numbers
                )
                for name, s in ordered
            ),
            sentence=_sentence(customer, now, at, policy) if because is None else f"{who(customer, at)}: {because}",
            raised_at=instant(alert.raised_at),
            changed_at=instant(at),
            resolved_because=because,
            basis=context.basis,
        )
    )


def _notify(kind: NoticeKind, customer: Customer, alert: Alert, level: Level, sentence: str, at: float, context: Context) -> None:
    value = segment.business_value(customer, at, context.policy)
    context.send(
        Notice(
            id=f"{alert.id}-{alert.version}-{kind.name.lower().replace('_', '-')}",
            kind=kind,
            priority=PRIORITY[level],
            customer=customer.id,
            customer_name=customer.profile.name if customer.profile is not None else None,
            tier=tier_at(customer.segment, at),
            hic=customer.segment is not None and customer.segment.hic,
            about=alert.id,
            route=context.policy.routes.alerts,
            owner=customer.profile.owner if customer.profile is not None else None,
            sentence=sentence,
            said=_strongest(customer, at, context.policy),
            why=None if value is None else f"{value:,.0f} {context.policy.currency} a year at risk",
            at=instant(at),
            version=alert.version,
            basis=context.basis,
        )
    )


def _strongest(customer: Customer, at: float, policy: Policy) -> str | None:
    """The sentence of the signal that says most now."""
    return max(customer.signals.values(), key=lambda signal: faded(signal, at, policy)).sentence if customer.signals else None
