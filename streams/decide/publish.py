"""What goes out, once, from what happened and the state: snapshots as things stand, lines of the decision log, notices for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from schemas.customers import Trust
from schemas.decisions import About, Level, NoticeKind, Priority, Verdict
from schemas.message import instant
from schemas.traffic import AliasBound
from streams.decide import churn, events, recovery, wire
from streams.decide import priority as priorities
from streams.decide.aspect import NEVER, Aspect, Event
from streams.decide.assignment import next_step, owner_of
from streams.decide.context import Context, Sent, deterministic_id, wired
from streams.decide.contributions import changes, shares
from streams.decide.events import MAKEGOOD, TaskEvent
from streams.decide.state import Alert, Closed, Customer, Shown, Signal, Task, Why
from streams.decide.tier import tier_at
from streams.decide.value import business_value
from streams.decide.wording import moment, why

MOST_REASONS = 4
_ABOUT_THE_TASK = {"severity", "age"}
Signals = list[tuple[str, Signal, float]]
_ALERT_PRIORITY = {Level.WATCH: Priority.P3, Level.WARNING: Priority.P2, Level.CRITICAL: Priority.P1}

PUBLISH = Aspect("publish", state="shown")
"""Hears nothing: it is given every event when the pass is over."""


def publish(customer: Customer, happened: Sequence[Event], context: Context) -> None:
    """Send what follows from the events, tasks last: each that something happened to, once; that it weighs more or less, once, too."""
    if not happened:
        return
    tasks: dict[str, list[TaskEvent]] = {}
    weighed_again: Iterable[events.TaskWeighedAgain] = ()
    for news in happened:
        if isinstance(news, TaskEvent):
            about = tasks.setdefault(news.task, [])
            if type(news) is not events.TaskWeighedAgain or not any(type(known) is events.TaskWeighedAgain for known in about):
                about.append(news)
        elif (send := _SENDS.get(type(news))) is not None:
            send(customer, news, context)
        elif type(news) is events.ChanceMoved:
            weighed_again = _weighed_again(customer, news, context)
    for again in weighed_again:
        tasks.setdefault(again.task, [again])
    for task_id, about in tasks.items():
        _task(customer, task_id, about, context)


# -- tasks --------------------------------------------------------------------------------------------------------------------------


def _task(customer: Customer, task_id: str, about: list[TaskEvent], context: Context) -> None:
    """The snapshot, then what happened in lines of the log, and who must know; nothing, where nobody would see a difference."""
    task, closed = recovery.find(customer, task_id)
    if task is None:
        return
    before = customer.shown.get(task_id)
    at = max(*(news.at for news in about), before.changed_at if before is not None else 0.0)
    weighed = priorities.weigh(customer, task, at, context.policy)
    now = priorities.level(weighed[0], context.policy).value
    if before is not None and now == before.priority and not any(news.seen for news in about):
        return
    by = next((news.by for news in reversed(about) if news.by != MAKEGOOD), MAKEGOOD)
    _snapshot(customer, task, closed, (now, *weighed), at, by, context)
    for news in about:
        _say(customer, task, news, before, weighed, context)


def _weighed_again(customer: Customer, news: Event, context: Context) -> Iterator[events.TaskWeighedAgain]:
    """Every open task shows the customer's one chance of leaving, so each is shown anew when that moves."""
    because = why("chance_of_leaving", chance=churn.shown_chance(customer, context.policy))
    for task in customer.recovery.open if customer.recovery is not None else ():
        yield events.TaskWeighedAgain(at=news.at, task=task.id, why=because)


def _snapshot(
    customer: Customer, task: Task, closed: Closed | None, weighed: tuple[str, float, Any], at: float, by: str, context: Context
) -> None:
    shown, life = customer.shown.get(task.id), task.life
    version, (priority, score, addends) = (shown.version if shown is not None else 0) + 1, weighed
    customer.shown[task.id] = Shown(version, priority, at)
    customer.shown = recovery.remembered(customer, customer.shown)
    snapshot = wire.TaskSnapshot(
        id=task.id,
        version=version,
        **_who(customer, at, context),
        chance=_chance(customer, context),
        cause=task.cause,
        status=life.status,
        priority=priority,
        score=score,
        addends=_addends(addends),
        why=wired(task.why),
        evidence=[wire.Evidence(fact=e.fact, occurred_at=instant(e.at), severity=e.severity, why=wired(e.why)) for e in task.evidence],
        owner=owner_of(customer, task, at, context.policy),
        next_step=next_step(customer, task, context.policy),
        opened_at=instant(task.opened_at),
        due_at=instant(customer.clocks[task.id].due_at),
        snoozed_until=instant(life.snoozed_until) if life.snoozed_until != NEVER else None,
        changed_at=instant(at),
        changed_by=by,
        moved_at=instant(life.moved_at),
        moved_by=life.moved_by,
        acknowledged_at=instant(life.acknowledged_at) if life.acknowledged_at is not None else None,
        acknowledged_by=life.acknowledged_by,
        regressions=task.regressions,
        follows=task.follows,
        resolution=_resolution(closed),
        **_described(customer),
    )
    context.effects.sent.append(Sent("tasks", customer.id, snapshot))


def _resolution(closed: Closed | None) -> Any:
    if closed is None:
        return None
    said = {name: getattr(closed, name) for name in ("by", "cause", "action", "outcome", "reason")}
    return wire.Resolution(at=instant(closed.closed_at), why=wired(closed.why), **said)


def _addends(addends: Sequence[priorities.Addend]) -> list[Any]:
    return [wire.Addend(name=addend.name, points=addend.points, why=wired(addend.why)) for addend in addends]


# -- what is said of a task ---------------------------------------------------------------------------------------------------------


def _say(customer: Customer, task: Task, news: TaskEvent, before: Shown | None, weighed: tuple[float, Any], context: Context) -> None:
    """One event of a task: a line of the log, and a notice, where people must know."""
    now, amended = customer.shown[task.id].priority, isinstance(news, events.TaskAmended | events.TaskWeighedAgain)
    verdict = news.line(moved=before is not None and now != before.priority)
    if verdict is None:
        return
    moved = _given(was=getattr(news, "was", None), now=getattr(news, "now", task.life.status if amended or hasattr(news, "was") else None))
    values = {**_standing(customer, task, news, before, now), **news.values()}
    context.log(verdict, customer.id, task.id, About.TASK, news.at, news.why, by=news.by, values=values, **moved)
    kind = news.notice(more_urgent=before is not None and now < before.priority)  # "P1" < "P2"
    if kind is not None and not (amended and before is None):  # that it was raised tells of all that made it
        _notice(customer, task, kind, news, values, weighed, moved, context)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _standing(customer: Customer, task: Task, news: TaskEvent, before: Shown | None, now: str) -> dict[str, Any]:
    """How the task stands, for those events of which that is a part."""
    match news:
        case events.TaskRaised():
            return {"priority": now, "due_at": moment(customer.clocks[task.id].due_at)}
        case events.TaskAmended() | events.TaskWeighedAgain():
            return {"priority": now, "priority_before": before.priority if before is not None else now, "evidence": len(task.evidence)}
    return {}


def _notice(
    customer: Customer,
    task: Task,
    kind: NoticeKind,
    news: TaskEvent,
    values: dict[str, Any],
    weighed: tuple[float, Any],
    moved: dict[str, Any],
    context: Context,
) -> None:
    shown = customer.shown[task.id]
    notice = wire.Notice(
        id=f"{task.id}-{shown.version}-{kind.value.replace('_', '-')}",
        kind=kind,
        priority=shown.priority,
        **_who(customer, news.at, context),
        chance=_chance(customer, context),
        about=task.id,
        about_kind=About.TASK,
        route=context.policy.routes.named(news.route) if news.route else context.policy.routes.of(Priority(shown.priority)),
        owner=owner_of(customer, task, news.at, context.policy),
        cause=task.cause,
        by=news.by,
        why=wired(task.why),
        change=wired(news.why) if news.why != task.why else None,
        newest=wired(max(task.evidence, key=lambda e: e.at).why) if task.evidence else None,
        matters=_matters(weighed[1]),
        values=values,
        next_step=next_step(customer, task, context.policy),
        at=instant(news.at),
        due_at=instant(customer.clocks[task.id].due_at),
        version=shown.version,
        **moved,
    )
    context.effects.sent.append(Sent("notices", customer.id, notice))


def _matters(addends: Sequence[priorities.Addend]) -> list[Any]:
    """Why it matters: the addends of the priority that are about the customer, the heaviest first."""
    ours = sorted((addend for addend in addends if addend.name not in _ABOUT_THE_TASK), key=lambda addend: -addend.points)
    return _addends(ours[:MOST_REASONS])


# -- customers ----------------------------------------------------------------------------------------------------------------------


def _who(customer: Customer, at: float, context: Context) -> dict[str, Any]:
    segment_, profile = customer.segment, customer.profile
    return {
        "customer": customer.id,
        "customer_name": profile.name if profile is not None else None,
        "tier": tier_at(segment_, at),
        "hic": segment_ is not None and segment_.hic,
        "hic_why": wired(segment_.hic_why) if segment_ is not None else None,
        "basis": context.basis,
    }


def _described(customer: Customer) -> dict[str, Any]:
    """How people describe the customer, where they do."""
    profile = customer.profile
    return {} if profile is None else {"pillars": profile.pillars or None, "behaviour": profile.behaviour}


def _chance(customer: Customer, context: Context) -> float:
    return round(churn.shown_chance(customer, context.policy), 4)


def _tier_changed(customer: Customer, news: events.TierChanged, context: Context) -> None:
    moved = {"was": news.was, "now": news.now, "tier": news.now}
    context.log(Verdict.TIER_CHANGED, customer.id, customer.id, About.CUSTOMER, news.at, news.why, **moved)


def _hic_changed(customer: Customer, news: events.HicChanged, context: Context) -> None:
    context.log(Verdict.HIC_CHANGED, customer.id, customer.id, About.CUSTOMER, news.at, news.why, hic=news.hic)


def _protection_changed(customer: Customer, news: events.ProtectionChanged, context: Context) -> None:
    """That somebody is protected no longer is told to people: nobody else will notice."""
    context.log(Verdict.PROTECTION_CHANGED, customer.id, customer.id, About.CUSTOMER, news.at, news.why, protected=news.protected)
    if not news.protected:
        notice = deterministic_id("N-", customer.id, "protection", context.input)
        owner = customer.profile.owner if customer.profile is not None else None
        _plain_notice(
            customer, news, NoticeKind.PROTECTION_LOST, notice, (customer.id, About.CUSTOMER), context.policy.routes.P4, context, owner
        )


def _alias_claimed(customer: Customer, news: events.AliasClaimed, context: Context) -> None:
    bound = AliasBound(alias=news.alias, customer=customer.id, trust=Trust(news.trust), at=instant(news.at))
    context.effects.sent.append(Sent("repartition", news.alias, bound))


def _command_refused(customer: Customer, news: events.CommandRefused, context: Context) -> None:
    context.log(Verdict.COMMAND_REFUSED, customer.id, news.command, About.COMMAND, news.at, news.why, by=news.by, task=news.task)


def _payment_refused(customer: Customer, news: events.PaymentRefused, context: Context) -> None:
    context.log(Verdict.SENT_TO_BILLING, customer.id, news.fact, About.FACT, news.at, news.why)
    _plain_notice(customer, news, NoticeKind.PAYMENT_FAILED, news.notice, (news.fact, About.FACT), context.policy.routes.billing, context)


def _plain_notice(
    customer: Customer,
    news: Any,
    kind: NoticeKind,
    notice: str,
    about: tuple[str, About],
    route: str,
    context: Context,
    owner: str | None = None,
) -> None:
    """Of what is neither a task nor an alert."""
    said = wire.Notice(
        id=notice,
        kind=kind,
        priority=Priority.P4,
        **_who(customer, news.at, context),
        chance=_chance(customer, context),
        about=about[0],
        about_kind=about[1],
        route=route,
        owner=owner,
        by=MAKEGOOD,
        why=wired(news.why),
        matters=[],
        values={},
        at=instant(news.at),
        version=0,
    )
    context.effects.sent.append(Sent("notices", customer.id, said))


# -- alerts -------------------------------------------------------------------------------------------------------------------------


def _alert_raised(customer: Customer, news: events.AlertRaised, context: Context) -> None:
    signals = _alert(customer, news.alert, news.at, context)
    _log_alert(customer, news.alert, Verdict.ALERT_RAISED, signals, news.at, context, now=news.alert.level)
    _notify(customer, news.alert, NoticeKind.ALERT_RAISED, signals, news.at, context, now=news.alert.level)


def _alert_amended(customer: Customer, news: events.AlertAmended, context: Context) -> None:
    alert, moved = news.alert, {"was": news.was, "now": news.alert.level}
    signals = _alert(customer, alert, news.at, context, announced=news.announced)
    _log_alert(customer, alert, Verdict.ALERT_AMENDED, signals, news.at, context, **moved)
    if churn.LEVELS.index(Level(alert.level)) > churn.LEVELS.index(Level(news.was)):
        changed = wired(next(iter(changes(news.announced, signals)), None))
        _notify(customer, alert, NoticeKind.ALERT_WORSENED, signals, news.at, context, change=changed, **moved)


def _alert_resolved(customer: Customer, news: events.AlertResolved, context: Context) -> None:
    signals = _alert(customer, news.alert, news.at, context, news.why, announced=news.alert.announced)
    context.log(Verdict.ALERT_RESOLVED, customer.id, news.alert.id, About.ALERT, news.at, news.why, was=news.alert.level)
    _notify(customer, news.alert, NoticeKind.ALERT_RESOLVED, signals, news.at, context, change=wired(news.why), was=news.alert.level)


def _log_alert(customer: Customer, alert: Alert, verdict: Verdict, signals: Signals, at: float, context: Context, **moved: str) -> None:
    values = {"chance": _chance(customer, context)}
    context.log(verdict, customer.id, alert.id, About.ALERT, at, signals[0][1].why, values=values, **moved)


def _alert(
    customer: Customer, alert: Alert, at: float, context: Context, ended: Why | None = None, announced: dict[str, float] | None = None
) -> Signals:
    """Send the alert as it stands, with what changed since its signals were `announced`. Returns its signals, the strongest first."""
    value, signals = business_value(customer, at, context.policy), churn.by_strength(customer, at, context.policy)
    rest, share = shares(_chance(customer, context), signals, context.policy)
    snapshot = wire.AlertSnapshot(
        id=alert.id,
        version=alert.version,
        **_who(customer, at, context),
        active=ended is None,
        level=alert.level,
        chance=_chance(customer, context),
        value_at_risk=None if value is None else round(value, 2),
        currency=None if value is None else context.policy.currency,
        signals=[
            wire.SignalShown(name=name, strength=round(now, 4), share=share[name], seen_at=instant(signal.seen_at), why=wired(signal.why))
            for name, signal, now in signals
        ],
        without_signals=rest,
        changes=[wired(change) for change in changes(announced, signals)] if announced is not None else [],
        newest_at=instant(max(signal.seen_at for _, signal, _ in signals)) if signals else None,
        raised_at=instant(alert.raised_at),
        changed_at=instant(at),
        resolved_why=wired(ended),
        **_described(customer),
    )
    context.effects.sent.append(Sent("alerts", customer.id, snapshot))
    return signals


def _notify(customer: Customer, alert: Alert, kind: NoticeKind, signals: Signals, at: float, context: Context, **fields: Any) -> None:
    value = business_value(customer, at, context.policy)
    at_risk = Why("value_at_risk", {"annual_value": value, "currency": context.policy.currency}) if value is not None else None
    notice = wire.Notice(
        id=f"{alert.id}-{alert.version}-{kind.value.replace('_', '-')}",
        kind=kind,
        priority=_ALERT_PRIORITY[Level(alert.level)],
        **_who(customer, at, context),
        chance=_chance(customer, context),
        about=alert.id,
        about_kind=About.ALERT,
        route=context.policy.routes.alerts,
        owner=customer.profile.owner if customer.profile is not None else None,
        level=alert.level,
        by=MAKEGOOD,
        why=wired(signals[0][1].why) if signals else None,
        matters=[wire.Addend(name="value_at_risk", points=0.0, why=wired(at_risk))] if at_risk is not None else [],
        values={} if kind is NoticeKind.ALERT_RESOLVED else {"chance": _chance(customer, context)},
        at=instant(at),
        version=alert.version,
        **fields,
    )
    context.effects.sent.append(Sent("notices", customer.id, notice))


_SENDS: dict[type, Any] = {
    events.TierChanged: _tier_changed,
    events.HicChanged: _hic_changed,
    events.ProtectionChanged: _protection_changed,
    events.AliasClaimed: _alias_claimed,
    events.CommandRefused: _command_refused,
    events.PaymentRefused: _payment_refused,
    events.AlertRaised: _alert_raised,
    events.AlertAmended: _alert_amended,
    events.AlertResolved: _alert_resolved,
}
