"""What happens to a recovery task: one open task per customer and cause; more of the same amends it, the same again regresses it."""

from __future__ import annotations

from typing import Any

from schemas.decisions import Cause, NoticeKind, Status, Verdict
from streams.decide import publish, segment, triggers
from streams.decide.assignment import target_s
from streams.decide.context import Context, deterministic_id, object_hash
from streams.decide.lifecycle import Verb, after
from streams.decide.state import NEVER, Closed, Customer, Task
from streams.decide.tier import DAY
from streams.decide.triggers import Reason
from streams.decide.wording import quote, said, when, who

MOST_EVIDENCE = 8
MOST_CLOSED = 16
CLOSED_KEPT_WINDOWS = 6
"""Closed tasks are kept for so many re-open windows, so that a later task of the same cause can be linked to them."""
MAKEGOOD = "makegood"
"""Who changed a task when no person did."""

Evidence = tuple[str, float, str, int, float]
"""(fact id, occurred at, sentence, thing, severity), as in the state."""


# -- a reason comes in --------------------------------------------------------------------------------------------------------------


def bring(customer: Customer, fact: Any, reason: Reason, context: Context) -> None:
    """Amend the open task that this belongs to; else bring back the closed one; else raise one, for those whom tasks are for."""
    at, fresh = fact.at, _evidence(fact, reason)
    task = _resting_on(customer, fresh[3]) or _of_cause(customer, reason.cause)
    if task is not None:
        _amend(customer, task, fresh, reason, context)
        return
    closed = _unfinished(customer, reason, at, context)
    if closed is not None:
        if not _told(closed.task, fresh, reason):
            _regress(customer, closed, fresh, context)
    elif segment.is_protected(customer, at, context.policy):
        _raise(customer, fact, fresh, reason, context)


def _evidence(fact: Any, reason: Reason) -> Evidence:
    return fact.id, fact.at, reason.sentence, object_hash(fact.source, reason.object_key), reason.severity


def _resting_on(customer: Customer, object_key: int) -> Task | None:
    return next((task for task in customer.tasks if any(e[3] == object_key for e in task.evidence)), None)


def _of_cause(customer: Customer, cause: str) -> Task | None:
    return next((task for task in customer.tasks if task.cause == cause), None)


def _unfinished(customer: Customer, reason: Reason, at: float, context: Context) -> Closed | None:
    """The closed task that this trouble brings back, within the re-open window: the one of the same cause; or, for a poor answer,
    the last that was resolved and waits for the customer to say whether it is well now.
    """
    recent = [entry for entry in reversed(customer.closed) if at - entry.closed_at <= _window_s(context)]
    same = next((entry for entry in recent if entry.task.cause == reason.cause), None)
    if same is not None or reason.cause is not Cause.POOR_SURVEY:
        return same
    waiting = (e for e in recent if e.task.status == Status.RESOLVED and e.closed_at < at and _of_cause(customer, e.task.cause) is None)
    return next(waiting, None)


def _window_s(context: Context) -> float:
    return context.policy.triggers.reopen_window_days * DAY


def _told(task: Task, fresh: Evidence, reason: Reason) -> bool:
    """Whether the task knows this already: the very same again, or a lasting state that the source repeats."""
    return fresh in task.evidence or (reason.lasting and any(e[3] == fresh[3] for e in task.evidence))


# -- raise, amend, regress ----------------------------------------------------------------------------------------------------------


def _raise(customer: Customer, fact: Any, fresh: Evidence, reason: Reason, context: Context) -> None:
    at = fresh[1]
    before = next((entry for entry in reversed(customer.closed) if entry.task.cause == reason.cause), None)
    task = Task(
        id=deterministic_id("T-", customer.id, reason.cause.value, fact.source, fact.id),
        cause=reason.cause.value,
        status=Status.OPEN.value,
        version=0,
        opened_at=at,
        due_at=at,
        warn_at=NEVER,
        breach_at=NEVER,
        severity=reason.severity,
        sentence=f"{who(customer, at)} {reason.sentence}",
        evidence=[fresh],
        changed_at=at,
        changed_by=MAKEGOOD,
        follows=before.task.id if before is not None else None,
        moved_by=MAKEGOOD,
        moved_at=at,
    )
    _start_clock(customer, task, at, context)
    if before is not None:
        customer.closed.remove(before)  # it is too old to come back, and its successor names it
    customer.tasks.append(task)
    publish.publish(customer, task, at, MAKEGOOD, context)
    link = f", after {task.follows}" if task.follows else ""
    publish.log(Verdict.TASK_RAISED, customer, task, at, f"{task.priority}, due {when(task.due_at)}{link}: {task.sentence}", context)
    publish.notify(NoticeKind.TASK_RAISED, customer, task, at, task.sentence, context)


def _start_clock(customer: Customer, task: Task, at: float, context: Context) -> None:
    target = target_s(customer, at, context.policy)
    task.due_at = task.breach_at = at + target
    task.warn_at = at + target * context.policy.targets.warn_share


def _amend(customer: Customer, task: Task, fresh: Evidence, reason: Reason, context: Context) -> None:
    """Add the evidence, or replace what was said of the same thing."""
    if _told(task, fresh, reason):
        return
    old = next((e for e in task.evidence if e[3] == fresh[3]), None)
    if old is not None:  # what is absent from a later version stays as it was
        fresh = (fresh[0], fresh[1], _with_words_of(old[2], fresh[2]), fresh[3], fresh[4])
    _rest_on(customer, task, [*(e for e in task.evidence if e[3] != fresh[3]), fresh], fresh[1], fresh[2], context)


def _rest_on(customer: Customer, task: Task, evidence: list[Evidence], at: float, because: str, context: Context) -> None:
    """Let the task rest on this evidence from now on, and say so, if anything changes that people see."""
    at, evidence = max(at, task.changed_at), _kept(evidence)
    before = (task.severity, task.priority, task.due_at, [e[2:] for e in task.evidence])
    worst = _worst(evidence)
    task.severity = worst[4]
    _hurry(customer, task, at, context)
    weighed = publish.weigh(customer, task, at, context)
    if (task.severity, task.priority, task.due_at, [e[2:] for e in evidence]) == before:
        return
    task.evidence, task.sentence = evidence, f"{who(customer, at)} {worst[2]}"
    worse = task.severity > before[0] or task.priority < before[1]  # "P1" < "P2"
    task.status = (after(task.status, Verb.WORSEN if worse else Verb.AMEND) or Status(task.status)).value
    publish.publish(customer, task, at, MAKEGOOD, context, weighed=weighed)
    publish.log(Verdict.TASK_AMENDED, customer, task, at, f"{_moved(before[1], task.priority)}: {because}", context)
    if worse:
        sentence = f"{task.sentence} ({_moved(before[1], task.priority)}, {len(task.evidence)} in evidence)"
        publish.notify(NoticeKind.TASK_WORSENED, customer, task, at, sentence, context)


def _moved(before: str, now: str) -> str:
    return now if now == before else f"{now}, was {before}"


def _worst(evidence: list[Evidence]) -> Evidence:
    return max(evidence, key=lambda e: (e[4], e[1]))


def _kept(evidence: list[Evidence]) -> list[Evidence]:
    """In event order, the last few; the worst is never dropped, or forgetting would lower the severity."""
    kept = sorted(evidence, key=lambda e: e[1])
    while len(kept) > MOST_EVIDENCE:
        worst = _worst(kept)
        kept.remove(next(e for e in kept if e is not worst))
    return kept


def _hurry(customer: Customer, task: Task, at: float, context: Context) -> None:
    """A customer who matters more by now is owed an earlier answer. The due time never moves away, and what was told stays told."""
    target = target_s(customer, at, context.policy)
    due = task.opened_at + target if task.opened_at + target > at else at + target
    if task.breach_at == NEVER or due >= task.due_at:
        return
    task.due_at = task.breach_at = due
    if task.warn_at != NEVER:
        task.warn_at = min(task.warn_at, due - target * (1 - context.policy.targets.warn_share))


def _regress(customer: Customer, closed: Closed, fresh: Evidence, context: Context) -> None:
    """Trouble again soon after the task was closed: the same task comes back, with a clock of its own."""
    task, was = closed.task, closed.task.status
    status = after(was, Verb.REGRESS)
    if status is None:
        return
    at = fresh[1]
    customer.closed.remove(closed)
    customer.tasks.append(task)
    task.status, task.regressions, task.moved_by, task.moved_at = status.value, task.regressions + 1, MAKEGOOD, at
    task.acknowledged_by = task.acknowledged_at = task.before = None
    _start_clock(customer, task, at, context)
    task.evidence = _kept([*(e for e in task.evidence if e[3] != fresh[3]), fresh])
    task.severity = _worst(task.evidence)[4]
    task.sentence = f"{who(customer, at)} {fresh[2]}"
    publish.publish(customer, task, max(at, closed.closed_at), MAKEGOOD, context)
    because = f"{was} by {closed.by} at {when(closed.closed_at)}, and again: {fresh[2]}"
    publish.log(Verdict.TASK_REGRESSED, customer, task, at, because, context)
    publish.notify(NoticeKind.TASK_REGRESSED, customer, task, at, f"{task.sentence} ({was} by {closed.by} before)", context)


# -- what a later answer does -------------------------------------------------------------------------------------------------------


def add_comment(customer: Customer, fact: Any, reason: Reason | None, context: Context) -> bool:
    """The comment that comes after a score belongs to the evidence of that score. False where no open task rests on the answer."""
    if not customer.tasks or not fact.comment:
        return False
    object_key = object_hash(fact.source, triggers.answer(fact))
    task = _resting_on(customer, object_key)
    if task is None:
        return False
    known, at, sentence, _, severity = next(e for e in task.evidence if e[3] == object_key)
    worse = max(severity, reason.severity if reason is not None else 0.0)
    fresh = (known, at, said(_without_words(sentence), fact.comment), object_key, worse)
    evidence = [fresh if e[3] == object_key else e for e in task.evidence]
    _rest_on(customer, task, evidence, fact.at, f"the customer adds {quote(fact.comment)}", context)
    return True


def _without_words(sentence: str) -> str:
    return sentence.partition(": “")[0]


def _with_words_of(old: str, sentence: str) -> str:
    words = old.partition(": “")[2]
    return f"{sentence}: “{words}" if words and ": “" not in sentence else sentence


def correct(customer: Customer, fact: Any, context: Context) -> None:
    """The same answer, good now: it counts no longer. A task that rests on nothing else and that nobody has taken up is dismissed."""
    if not customer.tasks:
        return
    at, object_key = fact.at, object_hash(fact.source, triggers.answer(fact))
    task = _resting_on(customer, object_key)
    if task is None:
        return
    sentence = said(f"corrected the answer: {triggers.rated(fact)}", fact.comment)
    evidence = [*(e for e in task.evidence if e[3] != object_key), (fact.id, at, sentence, object_key, 0.0)]
    status = after(task.status, Verb.WITHDRAW)
    if status is None or _worst(evidence)[4] > 0:
        _rest_on(customer, task, evidence, at, f"the customer {sentence}", context)
        return
    task.evidence, task.severity, task.sentence, task.before = _kept(evidence), 0.0, f"{who(customer, at)} {sentence}", None
    close(customer, Closed(task, max(at, task.changed_at), MAKEGOOD, reason="the customer corrected the answer"), status, context)
    publish.log(Verdict.TASK_MOVED, customer, task, at, f"{status.value}: the customer {sentence}", context)


def verify(customer: Customer, fact: Any, context: Context) -> None:
    """A good answer after a recovery, within the re-open window, verifies it."""
    at = fact.at
    for closed in customer.closed:
        status = after(closed.task.status, Verb.VERIFY)
        if status is not None and 0 < at - closed.closed_at <= _window_s(context):
            task = closed.task
            task.status, task.moved_by, task.moved_at, task.before = status.value, MAKEGOOD, at, None
            publish.publish(customer, task, at, MAKEGOOD, context, closed)
            because = f"{triggers.rated(fact)} after it was resolved by {closed.by} at {when(closed.closed_at)}"
            publish.log(Verdict.TASK_VERIFIED, customer, task, at, because, context)


# -- the end ------------------------------------------------------------------------------------------------------------------------


def close(customer: Customer, closed: Closed, status: Status, context: Context) -> None:
    """Move a task from the open ones to the closed ones, stop its clock, and send it as it stands."""
    task, at = closed.task, closed.closed_at
    customer.tasks.remove(task)
    task.status, task.moved_by, task.moved_at = status.value, closed.by, at
    task.warn_at = task.breach_at = task.snoozed_until = NEVER
    task.status_before_snooze = None
    forget_old(customer, at, context)
    customer.closed.append(closed)
    del customer.closed[:-MOST_CLOSED]
    publish.publish(customer, task, at, closed.by, context, closed)


def forget_old(customer: Customer, at: float, context: Context) -> None:
    """Drop closed tasks that can neither come back nor be followed."""
    oldest = at - CLOSED_KEPT_WINDOWS * _window_s(context)
    if any(closed.closed_at < oldest for closed in customer.closed):
        customer.closed = [closed for closed in customer.closed if closed.closed_at >= oldest]
