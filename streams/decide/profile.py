"""What the company told us of a customer: name, value, owner, labels, when the contract renews."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from schemas.facts import CustomerProfiled, HicAnswers, Pillars, RenewalDated, SubscriptionChanged
from schemas.message import Message, seconds
from schemas.wording import plain
from streams.decide.aspect import NEVER, Aspect
from streams.decide.context import Context, object_hash
from streams.decide.signals.spend_cut import value_before
from streams.decide.state import Customer, Profile

MOST_LABELS = 64
MOST_PILLAR = 240
"""Characters of what is said of one of the four pillars."""
_FIELDS = (
    *("name", "owner", "team", "language", "timezone", "hic", "lifetime_value", "acquisition_cost", "contract_penalty"),
    *("ambassador", "behaviour"),
)
_given_in = attrgetter(*_FIELDS)


def on_profiled(customer: Customer, fact: CustomerProfiled, context: Context) -> None:
    """Take what is given; what is absent stays.

    Several systems may profile one customer, and their version numbers say nothing about each other. So the version decides within one
    source's object (older ones do not come here), the event time between them: what is older fills gaps and overwrites nothing.
    """
    del context
    profile = customer.profile = customer.profile or Profile()
    by, version = object_hash(fact.source, fact.object), int(fact.at * 1000)
    newest = by == profile.by or version >= profile.version
    for name, value in zip(_FIELDS, _given_in(fact), strict=True):
        if value is not None:
            _put(profile, name, value, newest=newest)
    if fact.annual_value is not None:
        _put(profile, "annual_value", fact.annual_value + _moved_since(customer, fact.at), newest=newest)
        profile.stated_at = max(profile.stated_at, fact.at)
    if fact.hic_answers is not None:
        profile.hic_answers = _merged(profile.hic_answers, _given(HicAnswers, fact.hic_answers), newest=newest)
        profile.hic_total = None if profile.hic_answers else profile.hic_total
    if fact.pillars is not None:
        said = {name: plain(text, MOST_PILLAR) for name, text in _given(Pillars, fact.pillars).items()}
        profile.pillars = _merged(profile.pillars, {name: text for name, text in said.items() if text}, newest=newest)
    if fact.labels is not None:
        older, newer = (profile.labels, fact.labels) if newest else (fact.labels, profile.labels)
        profile.labels = dict([*((k, v) for k, v in older.items() if k not in newer), *newer.items()][-MOST_LABELS:])
    if newest:
        profile.by, profile.version = by, version


def _given(model: type[Message], part: Any) -> dict[str, Any]:
    """What a part of a fact says, whichever way it was read."""
    return {name: value for name in model.model_fields if (value := getattr(part, name)) is not None}


def _merged(known: dict[str, Any], given: dict[str, Any], *, newest: bool) -> dict[str, Any]:
    """The newer word on each."""
    return {**known, **given} if newest else {**given, **known}


def _put(profile: Profile, name: str, value: Any, *, newest: bool) -> None:
    if newest or getattr(profile, name) is None:
        setattr(profile, name, value)


def _moved_since(customer: Customer, at: float) -> float:
    """By how much subscriptions have changed since: a profile that comes late knows nothing of it."""
    return sum(one.moved for one in customer.subscriptions.values() if one.at > at) if customer.subscriptions else 0.0


def on_subscription_changed(customer: Customer, fact: SubscriptionChanged, context: Context) -> None:
    """The annual value is that of all subscriptions; or what the company stated, and what has changed since then."""
    del context
    if fact.annual_value is None:
        return
    profile = customer.profile = customer.profile or Profile()
    key, stated = object_hash(fact.source, fact.object), profile.annual_value
    others = sum(one.value or 0.0 for other, one in customer.subscriptions.items() if other != key and one.ended_at == NEVER)
    known = others + fact.annual_value
    if stated is None or not profile.stated_at:
        profile.annual_value = known
    elif fact.at > profile.stated_at:
        before = value_before(customer, fact)
        profile.annual_value = max(known, stated if before is None else stated - before + fact.annual_value)


def on_renewal_dated(customer: Customer, fact: RenewalDated, context: Context) -> None:
    """Note when the contract renews."""
    del context
    customer.profile = customer.profile or Profile()
    customer.profile.renews_at = seconds(fact.renews_on)


PROFILE = Aspect(
    "profile",
    {CustomerProfiled: on_profiled, SubscriptionChanged: on_subscription_changed, RenewalDated: on_renewal_dated},
    state="profile",
    version=3,
)
