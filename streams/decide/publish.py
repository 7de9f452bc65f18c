"""What is published of a task: a snapshot with every addend, a line in the decision log, a notice where people must know."""

from __future__ import annotations

from schemas.decisions import Addend, Cause, Evidence, Notice, NoticeKind, Priority, Resolution, Status, TaskSnapshot, Verdict
from schemas.message import instant
from streams.decide import priority
from streams.decide.assignment import next_step, owner_of
from streams.decide.context import Context
from streams.decide.state import NEVER, Closed, Customer, Task
from streams.decide.tier import tier_at

_ABOUT_THE_TASK = {"severity", "age"}
_MOST_REASONS = 4

Weighed = tuple[float, tuple[Addend, ...]]


def weigh(customer: Customer, task: Task, at: float, context: Context) -> Weighed:
    """Weigh the task as of `at`, and set its priority."""
    weighed = priority.weigh(customer, task, at, context.policy)
    task.priority = priority.level(weighed[0], context.policy).value
    return weighed


def publish(
    customer: Customer, task: Task, at: float, by: str, context: Context, closed: Closed | None = None, weighed: Weighed | None = None
) -> None:
    """Send the task as it stands, one version on; weighed anew, unless it just was."""
    task.version += 1
    task.changed_at, task.changed_by = at, by
    score, addends = weighed or weigh(customer, task, at, context)
    segment, profile = customer.segment, customer.profile
    context.send(
        TaskSnapshot(
            id=task.id,
            version=task.version,
            customer=customer.id,
            customer_name=profile.name if profile is not None else None,
            tier=tier_at(segment, at),
            hic=segment is not None and segment.hic,
            hic_because=segment.hic_because if segment is not None else None,
            cause=Cause(task.cause),
            status=Status(task.status),
            priority=Priority(task.priority),
            score=score,
            addends=addends,
            sentence=task.sentence,
            evidence=tuple(Evidence(fact=e.fact, occurred_at=instant(e.at), sentence=e.sentence) for e in task.evidence),
            owner=owner_of(customer, task, context.policy),
            next_step=next_step(customer, task, context.policy),
            opened_at=instant(task.opened_at),
            due_at=instant(task.due_at),
            snoozed_until=instant(task.snoozed_until) if task.snoozed_until != NEVER else None,
            changed_at=instant(at),
            changed_by=by,
            regressions=task.regressions,
            follows=task.follows,
            resolution=_resolution(closed),
            basis=context.basis,
        )
    )


def _resolution(closed: Closed | None) -> Resolution | None:
    if closed is None:
        return None
    return Resolution(
        by=closed.by, at=instant(closed.closed_at), cause=closed.cause, action=closed.action, outcome=closed.outcome, reason=closed.reason
    )


def log(verdict: Verdict, customer: Customer, task: Task, at: float, because: str, context: Context) -> None:
    """A line of the decision log about a task."""
    context.log(verdict, customer.id, task.id, at, because)


def notify(kind: NoticeKind, customer: Customer, task: Task, at: float, sentence: str, context: Context) -> None:
    """Tell people, by the route of the task's priority. The id is the same on every replay."""
    level = Priority(task.priority)
    context.send(
        Notice(
            id=f"{task.id}-{task.version}-{kind.name.lower().replace('_', '-')}",
            kind=kind,
            priority=level,
            customer=customer.id,
            customer_name=customer.profile.name if customer.profile is not None else None,
            tier=tier_at(customer.segment, at),
            hic=customer.segment is not None and customer.segment.hic,
            about=task.id,
            route=context.policy.routes.of(level),
            owner=owner_of(customer, task, context.policy),
            sentence=sentence,
            said=max(task.evidence, key=lambda e: e.at).sentence if task.evidence else None,
            why=_why(customer, task, at, context),
            next_step=next_step(customer, task, context.policy),
            at=instant(at),
            due_at=instant(task.due_at),
            version=task.version,
            basis=context.basis,
        )
    )


def _why(customer: Customer, task: Task, at: float, context: Context) -> str:
    """Why it matters: the addends of the priority that are about the customer, the heaviest first."""
    _, addends = priority.weigh(customer, task, at, context.policy)
    ours = sorted((a for a in addends if a.name not in _ABOUT_THE_TASK), key=lambda a: -a.points)
    return "; ".join(a.because for a in ours[:_MOST_REASONS])
