"""What the company told us of a customer: name, value, owner, labels, when the contract renews."""

from __future__ import annotations

from typing import Any

from schemas.facts import CustomerProfiled, HicAnswers, Pillars, RenewalDated, SubscriptionChanged
from schemas.message import Message, seconds
from schemas.wording import plain
from streams.decide.aspect import Aspect
from streams.decide.context import Context, object_hash
from streams.decide.state import Customer, Profile

MOST_LABELS = 64
MOST_PILLAR = 240
"""Characters of what is said of one of the four pillars."""
_FIELDS = (
    *("name", "annual_value", "owner", "team", "language", "timezone", "hic", "lifetime_value", "acquisition_cost", "contract_penalty"),
    *("ambassador", "behaviour"),
)


def on_profiled(customer: Customer, fact: CustomerProfiled, context: Context) -> None:
    """Take what is given; what is absent stays.

    Several systems may profile one customer, and their version numbers say nothing about each other. So the version decides within one
    source's object (older ones do not come here), the event time between them: what is older fills gaps and overwrites nothing.
    """
    del context
    profile = customer.profile = customer.profile or Profile()
    by, version = object_hash(fact.source, fact.object), int(fact.at * 1000)
    newest = by == profile.by or version >= profile.version
    for name in _FIELDS:
        _put(profile, name, getattr(fact, name), newest=newest)
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
    if value is not None and (newest or getattr(profile, name) is None):
        setattr(profile, name, value)


def on_subscription_changed(customer: Customer, fact: SubscriptionChanged, context: Context) -> None:
    """A subscription's yearly amount is the customer's annual value."""
    del context
    if fact.annual_value is not None:
        customer.profile = customer.profile or Profile()
        customer.profile.annual_value = fact.annual_value


def on_renewal_dated(customer: Customer, fact: RenewalDated, context: Context) -> None:
    """Note when the contract renews."""
    del context
    customer.profile = customer.profile or Profile()
    customer.profile.renews_at = seconds(fact.renews_on)


PROFILE = Aspect(
    "profile",
    {CustomerProfiled: on_profiled, SubscriptionChanged: on_subscription_changed, RenewalDated: on_renewal_dated},
    state="profile",
    version=2,
)
