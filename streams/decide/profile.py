"""What the company told us of a customer: name, value, owner, labels, when the contract renews."""

from __future__ import annotations

from typing import Any

from schemas.facts import CustomerProfiled, RenewalDated, SubscriptionChanged
from schemas.message import seconds
from streams.decide.aspect import Aspect
from streams.decide.context import Context, object_hash
from streams.decide.state import Customer, Profile

MOST_LABELS = 64
_FIELDS = ("name", "annual_value", "owner", "team", "language", "timezone", "hic")


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
        _put(profile, "hic_total", fact.hic_answers.total, newest=newest)
    if fact.labels is not None:
        older, newer = (profile.labels, fact.labels) if newest else (fact.labels, profile.labels)
        profile.labels = dict([*((k, v) for k, v in older.items() if k not in newer), *newer.items()][-MOST_LABELS:])
    if newest:
        profile.by, profile.version = by, version


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
)
