"""Early troubles: heard before anybody knew that tasks are for this customer. A profile, or a purchase, may come after the complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.decisions import Cause
from streams.decide import recovery, segment
from streams.decide.context import Context
from streams.decide.events import ProtectionChanged, TaskEvent, TierChanged
from streams.decide.state import Customer, Early, Recovery
from streams.decide.triggers import HOUR, Reason

KEPT = 8


def remember(customer: Customer, fact: Any, reason: Reason, context: Context) -> None:
    """Keep the last few troubles, for as long as they may become a task. A later word on the same object replaces the earlier one."""
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


def forget_old(customer: Customer, context: Context) -> None:
    """Drop what can be no task any more, and with the last of it the slice, where it holds nothing else."""
    tasks = customer.recovery
    if tasks is None or not tasks.early or _waits(tasks.early[0], context):
        return  # the first is the oldest
    tasks.early = [one for one in tasks.early if _waits(one, context)]
    if not tasks.early and not tasks.open and not tasks.closed:
        customer.recovery = None


def on_standing(customer: Customer, news: TierChanged | ProtectionChanged, context: Context) -> Iterator[TaskEvent] | None:
    """Now it is known whether tasks are for this customer: then what they complained of before is one."""
    del news
    tasks = customer.recovery
    if tasks is None or not tasks.early:
        return None
    return _bring(customer, tasks, context)


def _bring(customer: Customer, tasks: Recovery, context: Context) -> Iterator[TaskEvent]:
    early = [one for one in tasks.early if _waits(one, context)]
    tasks.early = [one for one in early if not segment.is_protected(customer, one.evidence.at, context.policy)]
    for one in early:
        if one not in tasks.early:
            fresh = one.evidence
            reason = Reason(Cause(one.cause), fresh.severity, fresh.why, "", one.since, fresh.ticket)
            yield from recovery.bring_late(customer, one.source, fresh, reason)


def _waits(early: Early, context: Context) -> bool:
    return context.now - early.evidence.at <= context.policy.triggers.look_back_hours * HOUR
