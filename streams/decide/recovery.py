"""What happens to a recovery task: one open task per customer and cause; more of the same amends it, the same again regresses it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from schemas.decisions import Cause, NoticeKind, Status, Verdict
from streams.decide import publish, satisfaction, segment, triggers
from streams.decide.assignment import target_s
from streams.decide.context import Context, deterministic_id, object_hash
from streams.decide.lifecycle import Verb, after, woken
from streams.decide.state import NEVER, Closed, Customer, Evidence, Task
from streams.decide.tier import DAY
from streams.decide.triggers import Reason
from streams.decide.wording import quote, said, when, who

MOST_EVIDENCE = 8
MOST_CLOSED = 16
CLOSED_KEPT_WINDOWS = 6
"""Closed tasks are kept for so many re-open windows, so that a later task of the same cause can be linked to them."""
MAKEGOOD = "makegood"
"""Who changed a task when no person did."""


# -- a reason comes in --------------------------------------------------------------------------------------------------------------


def bring(customer: Customer, fact: Any, reason: Reason, context: Context) -> None:
    """Amend the open task that this belongs to; else bring back the closed one; else raise one, for those whom tasks are for.

    Facts do not come in order: what happened before a task was closed is evidence on that one, and brings nothing back.
    """
    at, fresh = fact.at, _evidence(fact, reason)
    task = _resting_on(customer, fresh.object_key) or _of_cause(customer, reason.cause)
    ended = _ended_after(customer, reason.cause, at)
    if ended is not None and (task is None or at < task.opened_at):
        _complete(customer, ended, fresh, reason, context)
        return
    if task is not None:
        _amend(customer, task, fresh, reason, context)
        return
    closed = _unfinished(customer, reason, at, context)
    if closed is not None:
        if not _is_known(closed.task, fresh, reason):
            _regress(customer, closed, fresh, context)
    elif segment.is_protected(customer, at, context.policy):
        _raise(customer, fact, fresh, reason, context)


def _evidence(fact: Any, reason: Reason) -> Evidence:
    return Evidence(fact.id, fact.at, reason.sentence, object_hash(fact.source, reason.about), reason.severity, reason.ticket)


def _resting_on(customer: Customer, object_key: int) -> Task | None:
    return next((task for task in customer.tasks if any(e.object_key == object_key for e in task.evidence)), None)


def _of_cause(customer: Customer, cause: str) -> Task | None:
    return next((task for task in customer.tasks if task.cause == cause), None)


def _ended_after(customer: Customer, cause: str, at: float) -> Closed | None:
    """The task of this cause that was closed next after `at`."""
    later = [entry for entry in customer.closed if entry.task.cause == cause and entry.closed_at >= at]
    return min(later, key=lambda entry: entry.closed_at, default=None)


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


def _is_known(task: Task, fresh: Evidence, reason: Reason) -> bool:
    """Whether the task knows this already: the very same again, or a state that has held since it was noted."""
    known = [e for e in task.evidence if e.object_key == fresh.object_key]
    return fresh in known or (reason.since is not None and any(e.at >= reason.since for e in known))


# -- raise, amend, regress ----------------------------------------------------------------------------------------------------------


def _raise(customer: Customer, fact: Any, fresh: Evidence, reason: Reason, context: Context) -> None:
    at = fresh.at
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
    """Add the evidence, or replace what was said of the same object."""
    if _is_known(task, fresh, reason):
        return
    old = next((e for e in task.evidence if e.object_key == fresh.object_key), None)
    if old is not None:  # what is absent from a later version stays as it was
        fresh = replace(fresh, sentence=_with_words_of(old.sentence, fresh.sentence))
    evidence = [*(e for e in task.evidence if e.object_key != fresh.object_key), fresh]
    _rest_on(customer, task, evidence, fresh.at, fresh.sentence, context, complains=True)


def _complete(customer: Customer, ended: Closed, fresh: Evidence, reason: Reason, context: Context) -> None:
    """A closed task learns late of something that had happened before it was closed. Nobody is paged for it."""
    task = ended.task
    if _is_known(task, fresh, reason):
        return
    task.evidence = _kept([*(e for e in task.evidence if e.object_key != fresh.object_key), fresh])
    at = max(fresh.at, task.changed_at)
    publish.publish(customer, task, at, MAKEGOOD, context, ended)
    because = f"heard of late, from before it was {task.status}: {fresh.sentence}"
    publish.log(Verdict.TASK_AMENDED, customer, task, at, because, context)


def _rest_on(
    customer: Customer, task: Task, evidence: list[Evidence], at: float, because: str, context: Context, *, complains: bool = False
) -> None:
    """Let the task rest on this evidence from now on, and say so, if anything changes that people see.

    Whoever `complains` while the task rests, because it is snoozed or they were spoken to, is owed an answer from then on.
    """
    rouses = complains and at > task.moved_at and task.status in RESTING
    at, evidence = max(at, task.changed_at), _kept(evidence)
    before = (task.severity, task.priority, task.due_at, _shown(task.evidence))
    worst = _worst(evidence)
    task.severity = worst.severity
    _hurry(customer, task, at, context)
    weighed = publish.weigh(customer, task, at, context)
    if (task.severity, task.priority, task.due_at, _shown(evidence)) == before:
        return
    task.evidence, task.sentence = evidence, f"{who(customer, at)} {worst.sentence}"
    worse = task.severity > before[0] or task.priority < before[1]  # "P1" < "P2"
    task.status = (after(task.status, Verb.WORSEN if worse else Verb.AMEND) or Status(task.status)).value
    rested = _rouse(customer, task, at, context) if rouses else ""
    publish.publish(customer, task, at, MAKEGOOD, context, weighed=weighed)
    publish.log(Verdict.TASK_AMENDED, customer, task, at, f"{_priority_change(before[1], task.priority)}: {because}", context)
    if worse or rested:
        sentence = f"{task.sentence} ({rested}{_priority_change(before[1], task.priority)}, {len(task.evidence)} in evidence)"
        kind = NoticeKind.SNOOZE_ENDED if rested == _SNOOZED else NoticeKind.TASK_WORSENED
        publish.notify(kind, customer, task, at, sentence, context)


RESTING = (Status.SNOOZED, Status.CONTACTED)
_SNOOZED, _SPOKEN_TO = "while it was snoozed, ", "after they were spoken to, "


def _rouse(customer: Customer, task: Task, at: float, context: Context) -> str:
    """The task rests no longer, and its clock starts anew. Returns from what it was roused."""
    was = task.status
    if was == Status.SNOOZED:
        task.status = woken(task.status_before_snooze).value
        task.snoozed_until, task.status_before_snooze, task.moved_by, task.moved_at = NEVER, None, MAKEGOOD, at
    task.before = None
    _start_clock(customer, task, at, context)
    return _SNOOZED if was == Status.SNOOZED else _SPOKEN_TO


def _shown(evidence: list[Evidence]) -> list[tuple[str, int, float]]:
    """What of evidence makes a difference to people."""
    return [(e.sentence, e.object_key, e.severity) for e in evidence]


def _priority_change(before: str, now: str) -> str:
    return now if now == before else f"{now}, was {before}"


def _worst(evidence: list[Evidence]) -> Evidence:
    return max(evidence, key=lambda e: (e.severity, e.at))


def _kept(evidence: list[Evidence]) -> list[Evidence]:
    """In event order, the last few; the worst is never dropped, or forgetting would lower the severity."""
    kept = sorted(evidence, key=lambda e: e.at)
    while len(kept) > MOST_EVIDENCE:
        worst = _worst(kept)
        kept.remove(next(e for e in kept if e is not worst))
    return kept


def _hurry(customer: Customer, task: Task, at: float, context: Context) -> None:
    """A customer who matters more by now is owed an earlier answer. The due time never moves away, and a notice that went out is not repeated."""
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
    at = fresh.at
    customer.closed.remove(closed)
    customer.tasks.append(task)
    task.status, task.regressions, task.moved_by, task.moved_at = status.value, task.regressions + 1, MAKEGOOD, at
    task.acknowledged_by = task.acknowledged_at = task.before = None
    _start_clock(customer, task, at, context)
    task.evidence = _kept([*(e for e in task.evidence if e.object_key != fresh.object_key), fresh])
    task.severity = _worst(task.evidence).severity
    task.sentence = f"{who(customer, at)} {fresh.sentence}"
    publish.publish(customer, task, max(at, closed.closed_at), MAKEGOOD, context)
    because = f"{was} by {closed.by} at {when(closed.closed_at)}, and again: {fresh.sentence}"
    publish.log(Verdict.TASK_REGRESSED, customer, task, at, because, context)
    publish.notify(NoticeKind.TASK_REGRESSED, customer, task, at, f"{task.sentence} ({was} by {closed.by} before)", context)


# -- what a later answer does -------------------------------------------------------------------------------------------------------


def add_comment(customer: Customer, fact: Any, reason: Reason | None, context: Context) -> bool:
    """The comment that comes after a score belongs to the evidence of that score. False where no open task rests on the answer."""
    if not customer.tasks or not fact.comment:
        return False
    object_key = satisfaction.key_of(fact)
    task = _resting_on(customer, object_key)
    if task is None:
        return False
    known = next(e for e in task.evidence if e.object_key == object_key)
    worse = max(known.severity, reason.severity if reason is not None else 0.0)
    fresh = replace(known, sentence=said(_without_words(known.sentence), fact.comment), severity=worse)
    evidence = [fresh if e.object_key == object_key else e for e in task.evidence]
    _rest_on(customer, task, evidence, fact.at, f"the customer adds {quote(fact.comment)}", context, complains=True)
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
    at, object_key = fact.at, satisfaction.key_of(fact)
    task = _resting_on(customer, object_key)
    if task is None:
        return
    sentence = said(f"corrected the answer: {triggers.rated(fact)}", fact.comment)
    evidence = [*(e for e in task.evidence if e.object_key != object_key), Evidence(fact.id, at, sentence, object_key, 0.0)]
    status = after(task.status, Verb.WITHDRAW)
    if status is None or _worst(evidence).severity > 0:
        _rest_on(customer, task, evidence, at, f"the customer {sentence}", context)
        return
    task.evidence, task.severity, task.sentence, task.before = _kept(evidence), 0.0, f"{who(customer, at)} {sentence}", None
    close(customer, Closed(task, max(at, task.changed_at), MAKEGOOD, reason="the customer corrected the answer"), status, context)
    publish.log(Verdict.TASK_MOVED, customer, task, at, f"{status.value}: the customer {sentence}", context)


def drop_ticket(customer: Customer, ticket: int, at: float, because: str, context: Context) -> None:
    """A ticket counts no longer. A task that rests on nothing else ends, whoever has taken it up, and says why."""
    for task in list(customer.tasks):
        rest = [e for e in task.evidence if e.ticket != ticket]
        if len(rest) == len(task.evidence):
            continue
        status = after(task.status, Verb.VOID)
        if rest or status is None:
            _rest_on(customer, task, rest, at, because, context)
            continue
        task.before = None
        close(customer, Closed(task, max(at, task.changed_at), MAKEGOOD, reason=because), status, context)
        publish.log(Verdict.TASK_MOVED, customer, task, at, f"{status.value}: {because}", context)


def follow_ticket(customer: Customer, ticket: int, into: int, at: float, because: str, context: Context) -> None:
    """What was said in one ticket goes on in another, and the tasks that rest on it with it."""
    for task in customer.tasks:
        if any(e.ticket == ticket for e in task.evidence):
            task.evidence = [replace(e, ticket=into) if e.ticket == ticket else e for e in task.evidence]
            changed_at = max(at, task.changed_at)
            publish.publish(customer, task, changed_at, MAKEGOOD, context)
            publish.log(Verdict.TASK_AMENDED, customer, task, changed_at, because, context)


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
