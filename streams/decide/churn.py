"""Churn: signals fade, combine to one chance of leaving, and raise one alert per customer who matters, with hysteresis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from schemas.decisions import Level
from schemas.policy import CHANCE_STEP, Policy
from streams.decide import logistic
from streams.decide.aspect import NEVER, Aspect, Timer
from streams.decide.context import Context, deterministic_id
from streams.decide.events import (
    AlertAmended,
    AlertRaised,
    AlertResolved,
    ChanceMoved,
    SignalGone,
    SignalSeen,
    TicketFollowed,
    TicketVoided,
)
from streams.decide.facts import EVERY_MOMENT
from streams.decide.segment import may_leave
from streams.decide.signals import as_state
from streams.decide.state import Alert, Churn, Customer, Signal, Why
from streams.decide.tier import DAY
from streams.decide.wording import shortened, why

CAUSE_OF = {
    "low_satisfaction": "satisfaction",
    "renewal_near": "satisfaction",
    "survey_unanswered": "satisfaction",
    "silence": "spending",
    "spend_halved": "spending",
    "purchases_halved": "spending",
    "usage_halved": "spending",
    "silent_complaint": "spending",
    "cancels": "leaving",
    "cancelled": "leaving",
    "leave_phrase": "leaving",
    "ticket_burst": "service",
    "failed_recovery": "service",
    "troubled_ticket": "service",
    "long_wait": "service",
    "undelivered": "delivery",
    "payment_failed": "payment",
}
"""Signals of one cause have the same origin: only the strongest of them counts."""
SIGNALS_OF = {
    "poor_survey": frozenset({"low_satisfaction", "renewal_near", "survey_unanswered"}),
    "bad_service": frozenset({"ticket_burst", "troubled_ticket", "long_wait"}),
    "late_delivery": frozenset({"undelivered"}),
    "undelivered": frozenset({"undelivered"}),
    "business_halved": frozenset({"spend_halved", "purchases_halved", "usage_halved"}),
    "wants_to_leave": frozenset({"leave_phrase", "cancels", "cancelled"}),
}
"""By cause of a task: the signals that tell what it is about, so that it is not weighed twice in its priority."""
FADED = 0.01
TO_THE_MINUTE = 60.0
GRID = CHANCE_STEP
"""What people see does not flicker, and says nothing of what was shown before."""
LEVELS = (Level.WATCH, Level.WARNING, Level.CRITICAL)
News = AlertRaised | AlertAmended | AlertResolved | ChanceMoved


class AlertFades(Timer, frozen=True):
    """The signals have faded so far that the alert must be looked at again: every aspect looks, nobody lists it."""


# -- signals ------------------------------------------------------------------------------------------------------------------------


def on_seen(customer: Customer, news: SignalSeen, context: Context) -> None:
    """Remember the signal as it is now, unless it was told so late that it has faded."""
    customer.signals[news.name] = signal = as_state(news)
    if faded(signal, context.now, context.policy) < FADED:
        del customer.signals[news.name]


def on_gone(customer: Customer, news: SignalGone, context: Context) -> None:
    """Forget it."""
    del context
    customer.signals.pop(news.name, None)


def on_ticket_voided(customer: Customer, news: TicketVoided, context: Context) -> None:
    """What was said in a ticket that counts no longer is no sign."""
    del context
    for name in [name for name, signal in customer.signals.items() if signal.ticket == news.ticket]:
        del customer.signals[name]


def on_ticket_followed(customer: Customer, news: TicketFollowed, context: Context) -> None:
    """What was said in a ticket goes on in the one that it was merged into, and ends with that one."""
    del context
    for name in [name for name, signal in customer.signals.items() if signal.ticket == news.ticket]:
        customer.signals[name] = replace(customer.signals[name], ticket=news.into)


def fade(customer: Customer, message: Any, context: Context) -> None:
    """Forget what has faded."""
    del message
    if not customer.signals:
        return
    for name in [name for name, signal in customer.signals.items() if _is_gone(signal, context.now, context.policy)]:
        del customer.signals[name]


def _shorter(signals: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Version 2 held every reason with its code and the names of its values."""
    return {name: [strength, at, shortened(reason), *more] for name, (strength, at, reason, *more) in signals.items()}


def _is_gone(signal: Signal, at: float, policy: Policy) -> bool:
    if signal.strength >= 2 * FADED and at - signal.seen_at <= policy.churn.fade_half_life_days * DAY:
        return False  # within one half-life no more than half of it has faded: most are done with here
    return faded(signal, at, policy) < FADED


SIGNALS = Aspect(
    "signals",
    {
        **dict.fromkeys(EVERY_MOMENT, fade),
        SignalSeen: on_seen,
        SignalGone: on_gone,
        TicketVoided: on_ticket_voided,
        TicketFollowed: on_ticket_followed,
    },
    state="signals",
    version=4,  # as that of the segment
    migrate={2: _shorter},
)


# -- chance -------------------------------------------------------------------------------------------------------------------------


def faded(signal: Signal, at: float, policy: Policy) -> float:
    """A signal's strength at a time: it halves in the policy's half-life, unless it lasts until it is told to be gone."""
    age = at - signal.seen_at
    if signal.lasts or age <= 0:
        return signal.strength
    return float(signal.strength * 0.5 ** (age / (policy.churn.fade_half_life_days * DAY)))


def strongest(customer: Customer, at: float, policy: Policy, without: frozenset[str] = frozenset()) -> list[float]:
    """Of each cause the strength of its strongest signal at a time."""
    by_cause: dict[str, float] = {}
    half_life = policy.churn.fade_half_life_days * DAY
    for name, signal in customer.signals.items():
        if name in without:
            continue
        cause, strength = CAUSE_OF.get(name, name), signal.strength
        if not signal.lasts and at > signal.seen_at:
            strength *= 0.5 ** ((at - signal.seen_at) / half_life)  # as `faded` has it, without a call for each
        if strength > by_cause.get(cause, 0.0):
            by_cause[cause] = strength
    return list(by_cause.values())


def combined(strengths: list[float], policy: Policy) -> float:
    """The chance that the customer leaves, 0 to 1: 1 - (1 - leak) * product of (1 - strength) over the causes.

    Source: the leaky noisy-or (Henrion 1989), with one signal per shared cause.
    """
    if not strengths:
        return policy.churn.leak  # exactly: by this the record knows that there is nothing to look at
    stays = 1 - policy.churn.leak
    for strength in strengths:
        stays *= 1 - strength
    return 1 - stays


def chance_of(customer: Customer, at: float, policy: Policy, without: frozenset[str] = frozenset()) -> float:
    """The chance by the signals at a time, before it is brought to the grid."""
    if policy.churn.logistic.weights:
        known = (item for item in strengths(customer, at, policy).items() if item[0] not in without)
        return logistic.chance(known, policy)
    return combined(strongest(customer, at, policy, without), policy)


def chance_at(customer: Customer, at: float, policy: Policy) -> float:
    """The chance at a time, to the nearest step of the grid; exactly the leak without any signal. It depends on the signals alone."""
    now = chance_of(customer, at, policy)
    return on_grid(now) if customer.signals else now


def chance_beside(customer: Customer, without: frozenset[str], at: float, policy: Policy) -> float:
    """The chance as it would be without signals of these names; the one that is shown, where there are none of them."""
    if customer.signals.keys().isdisjoint(without):
        return shown_chance(customer, policy)
    return policy.churn.leak if customer.signals.keys() <= without else on_grid(chance_of(customer, at, policy, without))


def on_grid(chance: float) -> float:
    """The nearest step, 0 to 1."""
    return _STEPS[round(chance / GRID)]


_STEPS = tuple(round(number * GRID, 2) for number in range(round(1 / GRID) + 1))


def shown_chance(customer: Customer, policy: Policy) -> float:
    """The customer's one chance of leaving, the same wherever it is shown or weighed."""
    return policy.churn.leak if customer.churn is None else customer.churn.chance


def by_strength(customer: Customer, at: float, policy: Policy) -> list[tuple[str, Signal, float]]:
    """The signals with their strength at a time, the strongest first."""
    now = ((name, signal, faded(signal, at, policy)) for name, signal in customer.signals.items())
    return sorted(now, key=lambda item: (-item[2], item[0]))


def strengths(customer: Customer, at: float, policy: Policy) -> dict[str, float]:
    """Each signal's strength at a time, by name."""
    return {name: faded(signal, at, policy) for name, signal in customer.signals.items()}


# -- the alert ----------------------------------------------------------------------------------------------------------------------


def review(customer: Customer, message: Any, context: Context) -> Iterator[News] | None:
    """Look at the customer's signals as of now, and raise, amend or resolve the alert."""
    del message
    churn = customer.churn
    if not customer.signals and (churn is None or (churn.alert is None and churn.chance == context.policy.churn.leak)):
        return None
    return _weigh(customer, context.now, context)


def _weigh(customer: Customer, at: float, context: Context) -> Iterator[News]:
    policy, churn = context.policy, customer.churn or Churn(context.policy.churn.leak)
    customer.churn = churn
    now = chance_at(customer, at, policy)
    if churn.alert is not None or may_leave(customer, context):
        yield from _alert(customer, churn, now, at, context)
    if now != churn.chance:
        churn.chance = now
        yield ChanceMoved(at=at)


def _alert(customer: Customer, churn: Churn, now: float, at: float, context: Context) -> Iterator[News]:
    policy, alert = context.policy, churn.alert
    level = level_of(now, Level(alert.level) if alert is not None else None, policy)
    if alert is None:
        if level is not None and customer.signals:
            churn.raised += 1
            alert = churn.alert = Alert(deterministic_id("A-", customer.id, str(churn.raised)), 0, level.value, at)
            alert.announced = strengths(customer, at, policy)
            yield from _stand(customer, churn, alert, level, now, AlertRaised(at=at, alert=alert))
    elif not may_leave(customer, context):
        yield from _resolved(churn, alert, now, at, why("no_longer_protected"))
    elif level is None or not customer.signals:
        yield from _resolved(churn, alert, now, at, why("chance_fell", chance=now))
    elif level != alert.level or now != churn.chance or set(customer.signals) - set(alert.names):
        news = AlertAmended(at=at, alert=alert, was=alert.level, announced=alert.announced)
        if level != alert.level:
            alert.announced = strengths(customer, at, policy)
        yield from _stand(customer, churn, alert, level, now, news)
    if churn.alert is not None and level is not None:
        churn.alert.review_at = review_at(customer, at, level, policy, churn.alert.review_at)


def _stand(customer: Customer, churn: Churn, alert: Alert, level: Level, now: float, news: AlertRaised | AlertAmended) -> Iterator[News]:
    """The alert as it stands from now on, one version on."""
    alert.version += 1
    alert.level, alert.names, churn.chance = level.value, sorted(customer.signals), now
    yield news
    yield ChanceMoved(at=news.at)


def _resolved(churn: Churn, alert: Alert, now: float, at: float, because: Why) -> Iterator[News]:
    alert.version += 1
    churn.alert, churn.chance = None, now
    yield AlertResolved(at=at, alert=alert, why=because)
    yield ChanceMoved(at=at)


def level_of(now: float, held: Level | None, policy: Policy) -> Level | None:
    """The level of a chance. A level that is held is left only when the chance falls below its limit by the margin."""
    limits, kept = policy.churn.raise_at, LEVELS[: LEVELS.index(held) + 1] if held is not None else ()
    for level in reversed(LEVELS):
        if now >= (round(limits[level] - policy.churn.leave_margin, 9) if level in kept else limits[level]):
            return level
    return None


def review_at(customer: Customer, at: float, level: Level, policy: Policy, known: float = NEVER) -> float:
    """When fading alone will have brought the chance below the level: found by bisection, to the minute; NEVER if it cannot.

    `known` is what was found at an earlier look: where nothing else has happened since, it still holds.
    """
    limit, half_life = round(policy.churn.raise_at[level] - policy.churn.leave_margin, 9), policy.churn.fade_half_life_days * DAY
    low, high, leak, by_weight = 0.0, 64 * half_life, policy.churn.leak, bool(policy.churn.logistic.weights)
    causes = [] if by_weight else _by_cause(customer, at, policy)
    weighed = [(name, faded(signal, at, policy), signal.lasts) for name, signal in customer.signals.items()] if by_weight else []

    def stands(after: float) -> bool:
        stays, share = 1 - leak, 0.5 ** (after / half_life)
        if by_weight:
            return on_grid(logistic.chance(((name, now if lasts else now * share) for name, now, lasts in weighed), policy)) >= limit
        for fades, lasts in causes:
            stays *= 1 - (fading if (fading := fades * share) > lasts else lasts)
        return _STEPS[round((1 - stays) / GRID)] >= limit

    if at < known < at + high and not stands(known - at) and stands(known - at - TO_THE_MINUTE):
        return known
    if stands(high):
        return NEVER
    while high - low > TO_THE_MINUTE:
        middle = (low + high) / 2
        low, high = (middle, high) if stands(middle) else (low, middle)
    return at + high


def _by_cause(customer: Customer, at: float, policy: Policy) -> list[tuple[float, float]]:
    """Of each cause the strongest signal that fades, and the strongest that lasts, at a time."""
    found: dict[str, tuple[float, float]] = {}
    for name, signal in customer.signals.items():
        cause, strength = CAUSE_OF.get(name, name), faded(signal, at, policy)
        fades, lasts = found.get(cause, (0.0, 0.0))
        found[cause] = (fades, max(lasts, strength)) if signal.lasts else (max(fades, strength), lasts)
    return list(found.values())


def timers(customer: Customer) -> tuple[AlertFades, ...]:
    """When the alert must be looked at again."""
    at = _fades_at(customer.churn) if customer.churn is not None else NEVER
    return (AlertFades(at),) if at != NEVER else ()


def _fades_at(churn: Churn) -> float:
    return NEVER if churn.alert is None else churn.alert.review_at


CHURN = Aspect(
    "churn",
    dict.fromkeys(EVERY_MOMENT, review),
    tells=(AlertRaised, AlertAmended, AlertResolved, ChanceMoved),
    state="churn",
    version=3,
    timers=timers,
    earliest=_fades_at,
)
