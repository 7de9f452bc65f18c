"""Early troubles: heard before the company told anything of the customer. Order must not decide: a profile may come after a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.decisions import Cause
from streams.decide import recovery, segment
from streams.decide.context import Context
from streams.decide.events import ProtectionChanged, TaskEvent, TierChanged
from streams.decide.state import Customer, Early
from streams.decide.triggers import HOUR, Reason

KEPT = 8


def is_unknown(customer: Customer) -> bool:
    """Whether the company has told nothing of the customer yet."""
    return customer.profile is None


def remember(customer: Customer, fact: Any, reason: Reason, context: Context) -> None:
    """Keep the last few troubles, for as long as a profile is waited for. A later word on the same object replaces the earlier one."""
    fresh = Early(reason.cause.value, fact.source, recovery.evidence_of(fact, reason), reason.since)
    tasks = recovery.of(customer)
    others = [one for one in tasks.early if one.evidence.object_key != fresh.evidence.object_key and _waits(one, context)]
    tasks.early = sorted([*others, fresh], key=lambda one: one.evidence.at)[-KEPT:]


def take_back(customer: Customer, object_key: int) -> None:
    """The same answer is a good one now."""
    if customer.recovery is not None and customer.recovery.early:
        customer.recovery.early = [one for one in customer.recovery.early if one.evidence.object_key != object_key]


def drop_ticket(customer: Customer, ticket: int) -> None:
    """The ticket counts no longer."""
    if customer.recovery is not None and customer.recovery.early:
        customer.recovery.early = [one for one in customer.recovery.early if one.evidence.ticket != ticket]


def on_standing(customer: Customer, news: TierChanged | ProtectionChanged, context: Context) -> Iterator[TaskEvent] | None:
    """Now it is known whether tasks are for this customer: then what they complained of before is one."""
    del news
    tasks = customer.recovery
    if tasks is None or not tasks.early or is_unknown(customer):
        return None
    early, tasks.early = tasks.early, []
    return _bring(customer, [one for one in early if _waits(one, context)], context)


def _bring(customer: Customer, early: list[Early], context: Context) -> Iterator[TaskEvent]:
    for one in early:
        if segment.is_protected(customer, one.evidence.at, context.policy):
            fresh = one.evidence
            reason = Reason(Cause(one.cause), fresh.severity, fresh.why, "", one.since, fresh.ticket)
            yield from recovery.bring_late(customer, one.source, fresh, reason)


def _waits(early: Early, context: Context) -> bool:
    return context.now - early.evidence.at <= context.policy.triggers.profile_late_hours * HOUR
