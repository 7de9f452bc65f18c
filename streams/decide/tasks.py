"""Recovery tasks: one open task per customer and cause; more of the same amends it, the same again later regresses it."""

from __future__ import annotations

from typing import Any

from schemas.decisions import Notice, NoticeKind, Priority, Status, Tier, Verdict
from schemas.facts import DeliveryMade, EmployeeFeedback, PaymentFailed, SubscriptionCancelled
from schemas.message import instant, seconds
from schemas.scores import Score
from streams.decide import snapshots, standing, triggers
from streams.decide.effects import Context, deterministic_id, object_hash
from streams.decide.lifecycle import Verb, after
from streams.decide.owners import target_s
from streams.decide.state import Closed, Customer, Task
from streams.decide.tier import DAY, tier_at
from streams.decide.triggers import Reason
from streams.decide.wording import quote, when, who

MOST_EVIDENCE = 8
MOST_CLOSED = 16
MAKEGOOD = "makegood"
"""Who changed a task when no person did."""


# -- what facts set in motion -------------------------------------------------------------------------------------------------------


def on_answer(customer: Customer, fact: Any, context: Context) -> None:
    """A poor answer is a reason for a task; a good one withdraws what the same answer said before, or verifies a recovery."""
    at = seconds(fact.occurred_at)
    if not _concerns(customer, at, context):
        return
    score: Score | None = fact.score
    reason = triggers.of_answer(fact, score, context)
    if reason is not None:
        _bring(customer, fact, reason, context)
    elif score is not None:
        if not _withdraw(customer, fact, context):
            _verify(customer, fact, score, context)
    elif fact.comment:
        _append_comment(customer, fact, context)


def on_ticket(customer: Customer, fact: Any, context: Context) -> None:
    """A bad interaction is a reason for a task."""
    if _concerns(customer, seconds(fact.occurred_at), context):
        _maybe(customer, fact, triggers.of_ticket(customer, fact, context), context)


def on_delivery(customer: Customer, fact: DeliveryMade, context: Context) -> None:
    """A late delivery is a reason for a task."""
    if _concerns(customer, seconds(fact.occurred_at), context):
        _maybe(customer, fact, triggers.of_delivery(fact, context), context)


def on_cancelled(customer: Customer, fact: SubscriptionCancelled, context: Context) -> None:
    """A cancelled subscription is a reason for a task."""
    if _concerns(customer, seconds(fact.occurred_at), context):
        _bring(customer, fact, triggers.of_cancelled(fact), context)


def on_employee_feedback(customer: Customer, fact: EmployeeFeedback, context: Context) -> None:
    """A serious report of an employee is a reason for a task."""
    if _concerns(customer, seconds(fact.occurred_at), context):
        _maybe(customer, fact, triggers.of_employee(fact), context)


def on_payment_failed(customer: Customer, fact: PaymentFailed, context: Context) -> None:
    """A failed payment is billing's business, not a recovery task."""
    at, amount = seconds(fact.occurred_at), "" if fact.amount is None else f" of {fact.amount:,.2f} {context.policy.currency}"
    sentence = f"{who(customer, at)}: a payment{amount} failed{f': {quote(fact.reason)}' if fact.reason else ''}"
    context.log(Verdict.SENT_TO_BILLING, customer.id, fact.id, at, sentence)
    context.send(
        Notice(
            id=deterministic_id("N-", customer.id, fact.source, fact.id),
            kind=NoticeKind.PAYMENT_FAILED,
            priority=Priority.P4,
            customer=customer.id,
            customer_name=customer.profile.name if customer.profile is not None else None,
            tier=tier_at(customer.standing, at) if customer.standing is not None else Tier.UNKNOWN,
            about=fact.id,
            route=context.policy.routes.billing,
            sentence=sentence,
            at=instant(at),
            basis=context.basis,
        )
    )


# -- what happens to the task -------------------------------------------------------------------------------------------------------


def _concerns(customer: Customer, at: float, context: Context) -> bool:
    # The tier of this very fact is settled after it; who has no standing yet is looked at once, now.
    if customer.standing is None:
        standing.review(customer, context)
    return standing.is_protected(customer, at, context.policy) or bool(customer.tasks)


def _maybe(customer: Customer, fact: Any, reason: Reason | None, context: Context) -> None:
    if reason is not None:
        _bring(customer, fact, reason, context)


def _bring(customer: Customer, fact: Any, reason: Reason, context: Context) -> None:
    """Raise, amend or regress."""
    at = seconds(fact.occurred_at)
    task = next((task for task in customer.tasks if task.cause == reason.cause.value), None)
    if task is not None:
        _amend(customer, task, fact, reason, context)
        return
    closed = next((entry for entry in reversed(customer.closed) if entry.task.cause == reason.cause.value), None)
    if closed is not None and at <= closed.closed_at:
        because = f"{fact.source} {fact.object} came late: the task was {closed.task.status} at {when(closed.closed_at)}, after it happened"
        snapshots.log(Verdict.TASK_AMENDED, customer, closed.task, at, because, context)
    elif closed is not None and at - closed.closed_at <= context.policy.triggers.reopen_window_days * DAY:
        _regress(customer, closed, fact, reason, context)
    else:
        _raise(customer, fact, reason, closed, context)


def _evidence(fact: Any, reason: Reason) -> tuple[str, float, str, int, float]:
    return fact.id, seconds(fact.occurred_at), reason.sentence, object_hash(fact.source, fact.object), reason.severity


def _raise(customer: Customer, fact: Any, reason: Reason, closed: Closed | None, context: Context) -> None:
    at = seconds(fact.occurred_at)
    target = target_s(customer, at, context.policy)
    task = Task(
        id=deterministic_id("T-", customer.id, reason.cause.value, fact.source, fact.id),
        cause=reason.cause.value,
        status=Status.OPEN.value,
        version=0,
        opened_at=at,
        due_at=at + target,
        warn_at=at + target * context.policy.targets.warn_share,
        breach_at=at + target,
        severity=reason.severity,
        sentence=f"{who(customer, at)} {reason.sentence}",
        evidence=[_evidence(fact, reason)],
        changed_at=at,
        changed_by=MAKEGOOD,
        follows=closed.task.id if closed is not None else None,
    )
    customer.tasks.append(task)
    snapshots.publish(customer, task, at, MAKEGOOD, context)
    after_it = f", after {task.follows}" if task.follows else ""
    snapshots.log(Verdict.TASK_RAISED, customer, task, at, f"{task.priority}, due {when(task.due_at)}{after_it}: {task.sentence}", context)
    snapshots.notify(NoticeKind.TASK_RAISED, customer, task, at, task.sentence, context)


def _amend(customer: Customer, task: Task, fact: Any, reason: Reason, context: Context) -> None:
    """Add the evidence, or replace what the same object said before. Worse than before raises, never lowers, the priority."""
    at, before = seconds(fact.occurred_at), task.priority
    fresh = _evidence(fact, reason)
    task.evidence = sorted([*(e for e in task.evidence if e[3] != fresh[3]), fresh], key=lambda e: e[1])[-MOST_EVIDENCE:]
    worst = max(task.evidence, key=lambda e: (e[4], e[1]))
    task.severity = max(task.severity, reason.severity)
    task.sentence = f"{who(customer, at)} {worst[2]}"
    _hurry(customer, task, at, context)
    snapshots.publish(customer, task, max(at, task.changed_at), MAKEGOOD, context)
    snapshots.log(Verdict.TASK_AMENDED, customer, task, at, f"{task.priority}: {reason.sentence}", context)
    if task.priority < before:  # "P1" < "P2"
        sentence = f"{task.sentence} (was {before})"
        snapshots.notify(NoticeKind.TASK_WORSENED, customer, task, at, sentence, context)


def _hurry(customer: Customer, task: Task, at: float, context: Context) -> None:
    """A customer who matters more by now is owed an earlier answer; the due time never moves away."""
    target = target_s(customer, at, context.policy)
    due = task.opened_at + target
    if due < task.due_at and due > at:
        task.due_at = task.breach_at = due
        task.warn_at = min(task.warn_at, task.opened_at + target * context.policy.targets.warn_share)


def _regress(customer: Customer, closed: Closed, fact: Any, reason: Reason, context: Context) -> None:
    """The same cause soon after the task was closed: the same task comes back."""
    status = after(closed.task.status, Verb.REGRESS)
    if status is None:
        return
    at, task = seconds(fact.occurred_at), closed.task
    customer.closed.remove(closed)
    customer.tasks.append(task)
    was = task.status
    task.status, task.regressions = status.value, task.regressions + 1
    target = target_s(customer, at, context.policy)
    task.due_at = task.breach_at = at + target
    task.warn_at = at + target * context.policy.targets.warn_share
    task.severity = max(task.severity, reason.severity)
    task.sentence = f"{who(customer, at)} {reason.sentence}"
    task.evidence = [*(e for e in task.evidence if e[3] != object_hash(fact.source, fact.object)), _evidence(fact, reason)][-MOST_EVIDENCE:]
    task.acknowledged_by = task.acknowledged_at = None
    snapshots.publish(customer, task, at, MAKEGOOD, context)
    because = f"{was} by {closed.by} at {when(closed.closed_at)}, and again: {reason.sentence}"
    snapshots.log(Verdict.TASK_REGRESSED, customer, task, at, because, context)
    snapshots.notify(NoticeKind.TASK_REGRESSED, customer, task, at, f"{task.sentence} ({because})", context)


def _withdraw(customer: Customer, fact: Any, context: Context) -> bool:
    """The same answer, corrected to a good one: its evidence goes; a task that nobody has taken up and that has no other is dismissed."""
    at, thing = seconds(fact.occurred_at), object_hash(fact.source, fact.object)
    task = next((task for task in customer.tasks if any(e[3] == thing for e in task.evidence)), None)
    if task is None:
        return False
    rest = [e for e in task.evidence if e[3] != thing]
    if not rest and task.status == Status.OPEN:
        task.status = Status.DISMISSED.value
        close(customer, Closed(task, at, MAKEGOOD, reason="the customer corrected the answer"), at, context)
        snapshots.log(Verdict.TASK_MOVED, customer, task, at, "dismissed: the customer corrected the answer", context)
        return True
    task.evidence = rest or task.evidence
    snapshots.publish(customer, task, max(at, task.changed_at), MAKEGOOD, context)
    snapshots.log(Verdict.TASK_AMENDED, customer, task, at, f"the customer corrected {fact.source} {fact.object}", context)
    return True


def _verify(customer: Customer, fact: Any, score: Score, context: Context) -> None:
    """A good answer after a recovery verifies it."""
    at = seconds(fact.occurred_at)
    for closed in customer.closed:
        if closed.task.status == Status.RESOLVED and at > closed.closed_at:
            closed.task.status = Status.VERIFIED.value
            snapshots.publish(customer, closed.task, at, MAKEGOOD, context, closed)
            because = f"answered {triggers.score_text(score)} after it was resolved by {closed.by}"
            snapshots.log(Verdict.TASK_VERIFIED, customer, closed.task, at, because, context)


def _append_comment(customer: Customer, fact: Any, context: Context) -> None:
    """The comment that comes after a score belongs to the evidence of that score."""
    thing = object_hash(fact.source, fact.object)
    for task in customer.tasks:
        for number, (known, at, sentence, of, severity) in enumerate(task.evidence):
            if of == thing and quote(fact.comment) not in sentence:
                task.evidence[number] = (known, at, f"{sentence}: {quote(fact.comment)}", of, severity)
                if task.sentence.endswith(sentence):
                    task.sentence = f"{task.sentence}: {quote(fact.comment)}"
                when_ = max(seconds(fact.occurred_at), task.changed_at)
                snapshots.publish(customer, task, when_, MAKEGOOD, context)
                snapshots.log(Verdict.TASK_AMENDED, customer, task, when_, f"the customer adds: {quote(fact.comment)}", context)
                return


def close(customer: Customer, closed: Closed, at: float, context: Context) -> None:
    """Move a task from the open ones to the closed ones, and say so."""
    customer.tasks.remove(closed.task)
    closed.task.snoozed_until, closed.task.status_before_snooze = float("inf"), None
    customer.closed.append(closed)
    del customer.closed[:-MOST_CLOSED]
    snapshots.publish(customer, closed.task, at, closed.by, context, closed)
