"""What happens to a recovery task: one open task per customer and cause; more of the same amends it, the same again regresses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from msgspec.structs import replace

from schemas.decisions import Cause, Status
from streams.decide import satisfaction, segment, tickets, triggers
from streams.decide.aspect import NEVER
from streams.decide.context import Context, deterministic_id, object_hash
from streams.decide.events import (
    MAKEGOOD,
    TaskAmended,
    TaskClosed,
    TaskEvent,
    TaskRaised,
    TaskRegressed,
    TaskVerified,
)
from streams.decide.lifecycle import Verb, after, woken
from streams.decide.state import Closed, Customer, Evidence, Life, Recovery, Task, Why
from streams.decide.tier import DAY
from streams.decide.triggers import Reason
from streams.decide.wording import name, short, why, words

TURNS_TO = frozenset({Cause.WANTS_TO_LEAVE, Cause.SECURITY})
"""What words say that come after their score: the task of that answer is about it from then on."""
VOIDS = frozenset({"ticket_is_spam", "ticket_deleted"})
"""Why a task ended whose ticket counts for nothing, until it does after all."""
MOST_EVIDENCE = 8
MOST_PEOPLE = 4
"""So many aliases of whoever said something are remembered with it."""
MOST_CLOSED = 16
CLOSED_KEPT_WINDOWS = 6
"""Closed tasks are kept for so many re-open windows, so that a later task of the same cause can be linked to them."""
News = Iterator[TaskEvent]
Row = TypeVar("Row")


# -- looking one up -----------------------------------------------------------------------------------------------------------------


def of(customer: Customer) -> Recovery:
    """The customer's tasks, to be changed."""
    customer.recovery = customer.recovery or Recovery()
    return customer.recovery


def find(customer: Customer, task_id: str) -> tuple[Task | None, Closed | None]:
    """A task by its id, and how it was closed, if it was."""
    for task in of(customer).open:
        if task.id == task_id:
            return task, None
    closed = next((entry for entry in of(customer).closed if entry.task.id == task_id), None)
    return (None, None) if closed is None else (closed.task, closed)


def changed_at(customer: Customer, task: Task) -> float:
    """When people were last told of it."""
    shown = customer.shown.get(task.id)
    return task.opened_at if shown is None else shown.changed_at


def remembered(customer: Customer, rows: dict[str, Row]) -> dict[str, Row]:
    """Rows by task, without those of tasks that nobody remembers any more."""
    tasks = of(customer)
    if len(rows) <= len(tasks.open) + len(tasks.closed):
        return rows
    known = {task.id for task in (*tasks.open, *(closed.task for closed in tasks.closed))}
    return {task: row for task, row in rows.items() if task in known}


def resting_on(customer: Customer, object_key: int) -> Task | None:
    return next((task for task in of(customer).open if any(e.object_key == object_key for e in task.evidence)), None)


def of_cause(customer: Customer, cause: str) -> Task | None:
    return next((task for task in of(customer).open if task.cause == cause), None)


def was_nothing(entry: Closed) -> bool:
    """Whether it ended because its ticket counts for nothing."""
    return entry.why is not None and entry.why.code in VOIDS


def _real(customer: Customer, reason: Reason) -> list[Closed]:
    """Closed tasks that were about anything, or about the ticket that this is about."""
    closed = of(customer).closed
    return [e for e in closed if not was_nothing(e) or (reason.ticket and any(known.ticket == reason.ticket for known in e.task.evidence))]


def _ended_after(customer: Customer, reason: Reason, at: float) -> Closed | None:
    """The task of this cause that was closed next after `at`."""
    later = [entry for entry in _real(customer, reason) if entry.task.cause == reason.cause and entry.closed_at >= at]
    return min(later, key=lambda entry: entry.closed_at, default=None)


def _unfinished(customer: Customer, fact: Any, reason: Reason, context: Context) -> Closed | None:
    """The closed task that this trouble brings back, within the re-open window: the one of the same cause; or, for a poor answer,
    the last that was resolved and waits for the customer to say whether it is well now.
    """
    at = fact.at
    recent = [entry for entry in reversed(_real(customer, reason)) if at - entry.closed_at <= window_s(context)]
    same = next((entry for entry in recent if entry.task.cause == reason.cause), None)
    if same is not None or reason.cause is not Cause.POOR_SURVEY:
        return same
    waiting = (e for e in recent if e.task.life.status == Status.RESOLVED and e.closed_at < at and tells_of(customer, fact, e.task))
    return next((e for e in waiting if of_cause(customer, e.task.cause) is None), None)


def _waited_for(customer: Customer, fresh: Evidence, context: Context) -> Closed | None:
    """The task, closed a while ago, that this order had not come."""
    recent = (entry for entry in of(customer).closed if fresh.at - entry.closed_at <= window_s(context))
    return next((entry for entry in recent if any(e.object_key == fresh.object_key for e in entry.task.evidence)), None)


def people_of(fact: Any) -> list[int]:
    """The aliases under which a fact came, hashed."""
    return [object_hash("alias", alias) for alias in fact.customer.aliases[:MOST_PEOPLE]]


def tells_of(customer: Customer, fact: Any, task: Task) -> bool:
    """Whether an answer says how a recovery went: it is about the same thing, or the same person says it.

    Where one of them names no alias, it is the same person as far as the customer is known under one address only.
    """
    about, people = satisfaction.key_of(fact), set(people_of(fact))
    ticket = tickets.key_of_fact(customer, fact) if fact.type == "ticket.rated" else 0
    if any(e.object_key == about or (ticket and e.ticket == ticket) for e in task.evidence):
        return True
    before = {person for e in task.evidence for person in e.people}
    if people and before:
        return not people.isdisjoint(before)
    return sum(alias.startswith("email:") for alias in customer.aliases) <= 1


def window_s(context: Context) -> float:
    """Seconds within which the same trouble is the same task."""
    return context.policy.triggers.reopen_window_days * DAY


# -- a reason comes in --------------------------------------------------------------------------------------------------------------


def bring(customer: Customer, fact: Any, reason: Reason, context: Context) -> News | None:
    """Amend the open task that this belongs to; else bring back the closed one; else raise one. None where tasks are not for them.

    Facts do not come in order: what happened before a task was closed is evidence on that one, and brings nothing back; nor does the order
    that comes at last, where one that it had not come was closed.
    """
    at, fresh = fact.at, evidence_of(fact, reason)
    task = resting_on(customer, fresh.object_key) or of_cause(customer, reason.cause)
    ended = _ended_after(customer, reason, at)
    if ended is not None and (task is None or at < task.opened_at):
        return _complete(customer, ended, fresh, reason)
    if task is not None:
        return _amend(customer, task, fresh, reason)
    closed = _unfinished(customer, fact, reason, context)
    if closed is not None:
        return iter(()) if _is_known(closed.task, fresh, reason) else _regress(customer, closed, fresh)
    arrived = _waited_for(customer, fresh, context) if reason.cause is Cause.LATE_DELIVERY else None
    if arrived is not None:
        return _complete(customer, arrived, fresh, reason)
    return _raise(customer, fact.source, fresh, reason) if segment.is_protected(customer, at, context.policy) else None


def bring_late(customer: Customer, source: str, fresh: Evidence, reason: Reason) -> News:
    """The same for what was heard before anybody knew that tasks are for this customer."""
    task = resting_on(customer, fresh.object_key) or of_cause(customer, reason.cause)
    return _raise(customer, source, fresh, reason) if task is None else _amend(customer, task, fresh, reason)


def evidence_of(fact: Any, reason: Reason) -> Evidence:
    """The fact as what a task rests on."""
    object_key = object_hash(fact.source, reason.about)
    return Evidence(fact.id, fact.at, short(reason.why), object_key, reason.severity, reason.ticket, people_of(fact))


def _is_known(task: Task, fresh: Evidence, reason: Reason) -> bool:
    """Whether the task knows this already: the very same again, a state that has held since it was noted, or nothing more of what is said once."""
    known = [e for e in task.evidence if e.object_key == fresh.object_key]
    if reason.once:
        return any(_says_as_much(e, fresh) for e in known)
    return fresh in known or (reason.since is not None and any(e.at >= reason.since for e in known))


def _says_as_much(known: Evidence, fresh: Evidence) -> bool:
    said = fresh.why.said if fresh.why.said is not None else known.why.said
    return (known.severity, known.why) == (fresh.severity, replace(fresh.why, said=said))


def _raise(customer: Customer, source: str, fresh: Evidence, reason: Reason) -> News:
    at, tasks = fresh.at, of(customer)
    before = next((entry for entry in reversed(_real(customer, reason)) if entry.task.cause == reason.cause), None)
    task = Task(
        id=deterministic_id("T-", customer.id, reason.cause.value, source, fresh.fact),
        cause=reason.cause.value,
        life=Life(Status.OPEN.value, MAKEGOOD, at),
        opened_at=at,
        severity=reason.severity,
        why=fresh.why,
        evidence=[fresh],
        follows=before.task.id if before is not None else None,
    )
    if before is not None:
        tasks.closed.remove(before)  # it is too old to come back, and its successor names it
    tasks.open.append(task)
    yield TaskRaised(at=at, task=task.id, why=fresh.why, follows=task.follows)


def _amend(customer: Customer, task: Task, fresh: Evidence, reason: Reason) -> News:
    """Add the evidence, or replace what was said of the same object. What is absent from a later version stays as it was."""
    if _is_known(task, fresh, reason):
        return
    old = next((e for e in task.evidence if e.object_key == fresh.object_key), None)
    if old is not None and fresh.why.said is None and old.why.said is not None:
        fresh = replace(fresh, why=replace(fresh.why, said=old.why.said))
    evidence = [*(e for e in task.evidence if e.object_key != fresh.object_key), fresh]
    yield from rest_on(customer, task, evidence, fresh.at, fresh.why, complains=True)


def _complete(customer: Customer, ended: Closed, fresh: Evidence, reason: Reason) -> News:
    """A closed task learns late of something that had happened before it was closed. Nobody is paged for it."""
    task = ended.task
    if _is_known(task, fresh, reason):
        return
    task.evidence = _kept([*(e for e in task.evidence if e.object_key != fresh.object_key), fresh])
    yield TaskAmended(at=max(fresh.at, changed_at(customer, task)), task=task.id, why=fresh.why, late=True)


def rest_on(customer: Customer, task: Task, evidence: list[Evidence], at: float, because: Why, *, complains: bool = False) -> News:
    """Let the task rest on this evidence from now on.

    Whoever `complains` while the task rests, because it is snoozed or they were spoken to, is owed an answer from then on.
    """
    rouses = complains and at > task.life.moved_at and after(task.life.status, Verb.ROUSE) is not None
    at, evidence = max(at, changed_at(customer, task)), _kept(evidence)
    worst, changed = _worst(evidence), _shown(evidence) != _shown(task.evidence)
    worse = worst.severity > task.severity
    if changed:
        task.evidence, task.severity, task.why = evidence, worst.severity, worst.why
    was = _rouse(task, at) if rouses and changed else None
    yield TaskAmended(at=at, task=task.id, why=because, changed=changed, worse=worse, roused_from=was)


def _rouse(task: Task, at: float) -> str:
    """The task rests no longer, nobody has answered it, and its clock starts anew. Returns from what it was roused."""
    was = task.life.status
    task.life, task.before = Life((after(was, Verb.ROUSE) or Status(was)).value, MAKEGOOD, at), None
    return was


def wake(task: Task, at: float) -> None:
    """It is again what it was before it was snoozed."""
    life = task.life
    life.status = woken(life.status_before_snooze).value
    life.snoozed_until, life.status_before_snooze, task.before = NEVER, None, None
    life.moved_by, life.moved_at = MAKEGOOD, at


def _shown(evidence: list[Evidence]) -> list[tuple[Why, int, float]]:
    """What of evidence makes a difference to people."""
    return [(e.why, e.object_key, e.severity) for e in evidence]


def _worst(evidence: list[Evidence]) -> Evidence:
    return max(evidence, key=lambda e: (e.severity, e.at))


def _kept(evidence: list[Evidence]) -> list[Evidence]:
    """In event order, the last few; the worst is never dropped, or forgetting would lower the severity."""
    kept = sorted(evidence, key=lambda e: e.at)
    while len(kept) > MOST_EVIDENCE:
        worst = _worst(kept)
        kept.remove(next(e for e in kept if e is not worst))
    return kept


def _regress(customer: Customer, closed: Closed, fresh: Evidence) -> News:
    """Trouble again soon after the task was closed: the same task comes back, with a clock of its own."""
    task, was, at = closed.task, closed.task.life.status, fresh.at
    status = after(was, Verb.REGRESS)
    if status is None:
        return
    of(customer).closed.remove(closed)
    of(customer).open.append(task)
    task.life, task.before, task.regressions = Life(status.value, MAKEGOOD, at), None, task.regressions + 1
    task.evidence = _kept([*(e for e in task.evidence if e.object_key != fresh.object_key), fresh])
    task.severity, task.why = _worst(task.evidence).severity, fresh.why
    yield TaskRegressed(at=at, task=task.id, why=fresh.why, was=was, closed_by=closed.by, closed_at=closed.closed_at)


def turn(customer: Customer, object_key: int, cause: Cause) -> bool:
    """Words of leaving, or of security, that come after their score: the task of that answer is about them from now on."""
    task = resting_on(customer, object_key)
    turns = task is not None and task.cause == Cause.POOR_SURVEY and cause in TURNS_TO and of_cause(customer, cause) is None
    if task is not None and turns:
        task.cause = cause.value
    return turns


# -- what a later answer does -------------------------------------------------------------------------------------------------------


def add_comment(customer: Customer, fact: Any, reason: Reason | None) -> News | None:
    """The comment that comes after a score belongs to the evidence of that score. None where no open task rests on the answer."""
    object_key = satisfaction.key_of(fact)
    task = resting_on(customer, object_key) if fact.comment else None
    if task is None:
        return None
    known = next(e for e in task.evidence if e.object_key == object_key)
    worse = max(known.severity, reason.severity if reason is not None else 0.0)
    fresh = replace(known, why=replace(known.why, said=words(fact.comment)), severity=worse)
    evidence = [fresh if e.object_key == object_key else e for e in task.evidence]
    return rest_on(customer, task, evidence, fact.at, why("comment_added", fact.comment), complains=True)


def correct(customer: Customer, fact: Any, context: Context) -> News:
    """The same answer, good now: it counts no longer."""
    object_key = satisfaction.key_of(fact)
    task = resting_on(customer, object_key)
    return iter(()) if task is None else _take_back(customer, task, fact, object_key, triggers.rated(fact, "corrected_answer"), context)


def arrived_in_time(customer: Customer, fact: Any, context: Context) -> News | None:
    """An order of which it was heard late that it had come by when it was missed."""
    object_key = object_hash(fact.source, triggers.about_order(fact))
    task = resting_on(customer, object_key)
    if task is None or any(e.at < fact.at for e in task.evidence if e.object_key == object_key):
        return None
    return _take_back(customer, task, fact, object_key, why("delivered_in_time", order=name(fact.object)), context)


def _take_back(customer: Customer, task: Task, fact: Any, object_key: int, because: Why, context: Context) -> News:
    """It counts no longer. A task that rests on nothing else and that nobody has taken up is dismissed."""
    at = fact.at
    evidence = [*(e for e in task.evidence if e.object_key != object_key), Evidence(fact.id, at, because, object_key, 0.0)]
    if after(task.life.status, Verb.WITHDRAW) is None or _worst(evidence).severity > 0:
        yield from rest_on(customer, task, evidence, at, because)
        return
    task.evidence, task.severity, task.why = _kept(evidence), 0.0, because
    yield from end(customer, task, at, Verb.WITHDRAW, because, context)


def verify(customer: Customer, fact: Any, context: Context) -> News:
    """A good answer after a recovery, within the re-open window, verifies it, if it tells of that one."""
    at = fact.at
    for closed in of(customer).closed:
        status = after(closed.task.life.status, Verb.VERIFY)
        if status is not None and 0 < at - closed.closed_at <= window_s(context) and tells_of(customer, fact, closed.task):
            task = closed.task
            task.life.status, task.life.moved_by, task.life.moved_at, task.before = status.value, MAKEGOOD, at, None
            yield TaskVerified(at=at, task=task.id, why=triggers.rated(fact), closed_by=closed.by, closed_at=closed.closed_at)


# -- the end ------------------------------------------------------------------------------------------------------------------------


def end(customer: Customer, task: Task, at: float, verb: Verb, because: Why, context: Context) -> News:
    task.before = None
    closed = Closed(task, max(at, changed_at(customer, task)), MAKEGOOD, why=because)
    yield from close(customer, closed, verb, because, context)


def close(customer: Customer, closed: Closed, verb: Verb, because: Why, context: Context) -> News:
    """Move a task from the open ones to the closed ones. The life cycle allows the verb."""
    task, tasks, was = closed.task, of(customer), closed.task.life.status
    now = (after(was, verb) or Status(was)).value
    tasks.open.remove(task)
    task.life.status, task.life.moved_by, task.life.moved_at = now, closed.by, closed.closed_at
    task.life.snoozed_until, task.life.status_before_snooze = NEVER, None
    forget_old(customer, closed.closed_at, context)
    tasks.closed.append(closed)
    del tasks.closed[:-MOST_CLOSED]
    yield TaskClosed(at=closed.closed_at, task=task.id, by=closed.by, why=because, was=was, now=now)


def forget_old(customer: Customer, at: float, context: Context) -> None:
    """Drop closed tasks that can neither come back nor be followed."""
    oldest = at - CLOSED_KEPT_WINDOWS * window_s(context)
    if customer.recovery is not None and any(closed.closed_at < oldest for closed in customer.recovery.closed):
        customer.recovery.closed = [closed for closed in customer.recovery.closed if closed.closed_at >= oldest]
