"""From records of the topics to rows of the read model: pure, a function a kind of message."""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Table

from console import tables, telling
from schemas.cloudevents import merge
from schemas.commands import AnyCommand
from schemas.decisions import AlertSnapshot, Decision, Status, TaskSnapshot, Verdict
from schemas.deliveries import NoticeAttempted
from schemas.facts import CustomerProfiled, Fact, RenewalDated, SubscriptionChanged
from schemas.inputs import INPUT
from schemas.operations import PartChanged
from schemas.topics import BY_NAME, Role
from schemas.traffic import DeadLetter, DeadLetterReplayed, FactWaiting

log = structlog.get_logger(__name__)

CLOSED = {Status.RESOLVED, Status.VERIFIED, Status.DISMISSED}
RESPONDED = {Status.CONTACTED, *CLOSED}
TOPICS = ("feedback", "interactions", "commerce", "customers", "commands", "identified", "tasks", "alerts", "decisions")
MORE_TOPICS = ("deliveries", "operations", "waiting", "dead-letters")
READ = (*TOPICS, *MORE_TOPICS)
"""The topics that the board is made from."""


class Record(Protocol):
    """One record as the bus gives it; `topic` is the short name."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp_ms(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


@dataclass(slots=True)
class Patch:
    """What a record says of a customer: `values` hold if nothing of the same `aspect` is newer than `at`."""

    customer: str
    aspect: str | None
    at: float
    values: dict[str, Any]


@dataclass(slots=True)
class Rows:
    """What a batch of records adds: rows by table, patches of customers, counts, and what the board is to be told."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    patches: list[Patch] = field(default_factory=list)
    sources: dict[str, list[float]] = field(default_factory=dict)
    minutes: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    not_waiting: list[str] = field(default_factory=list)
    erased: dict[str, float] = field(default_factory=dict)
    changes: dict[tuple[str, str], None] = field(default_factory=dict)
    unread: int = 0
    """Records that could not be read: streams have made dead letters of them, or a newer version wrote them."""

    def add(self, table: Table, **row: Any) -> None:
        self.rows[table.name].append(row)

    def tell(self, kind: str, ref: str) -> None:
        """The board shows this; the same thing twice in a batch is told once, at its last place."""
        self.changes.pop((kind, ref), None)
        self.changes[kind, ref] = None


def fold(records: Iterable[Record]) -> Rows:
    """What these records add to the read model. A record that cannot be read is counted and passed over."""
    rows = Rows()
    for record in records:
        try:
            _FOLDS[record.topic](rows, record)
        except ValidationError as error:
            rows.unread += 1
            log.debug("not shown", topic=record.topic, partition=record.partition, offset=record.offset, error=str(error))
    return rows


# -- what comes in -----------------------------------------------------------------------------------------------------------------


def _input(rows: Rows, record: Record) -> None:
    """A fact. On the loop only those that found their customer are of interest: there they come with the customer's id."""
    if record.value is None:
        return
    first_hand = BY_NAME[record.topic].role is Role.INPUT
    if first_hand:
        rows.minutes[record.timestamp_ms // 60_000]["facts"] += 1
    message = INPUT.validate_json(merge(record.headers, record.value) if record.headers else record.value)
    if not isinstance(message, Fact):
        return
    if first_hand:
        _count(rows, message, record)
    if message.customer.id is None:
        return
    customer = message.customer.id
    title, detail = telling.fact(message)
    row_id = f"{message.source}:{message.id}"
    kind: Any = message
    rows.add(tables.entry, customer=customer, kind="fact", id=row_id, about=None, type=kind.type, at=message.at, title=title, detail=detail)
    rows.patches.append(Patch(customer, None, message.at, {}))
    _profile(rows, customer, message)


def _count(rows: Rows, fact: Fact, record: Record) -> None:
    known = rows.sources.setdefault(fact.source, [0, 0.0, 0.0])
    known[:] = [known[0] + 1, max(known[1], fact.at), max(known[2], record.timestamp_ms / 1000)]


def _profile(rows: Rows, customer: str, fact: Fact) -> None:
    if isinstance(fact, CustomerProfiled):
        labels = None if fact.labels is None else json.dumps(fact.labels, ensure_ascii=False)
        told = {"name": fact.name, "owner": fact.owner or fact.team, "annual_value": fact.annual_value, "labels": labels}
        rows.patches.append(Patch(customer, "profile", fact.at, {k: v for k, v in told.items() if v is not None}))
    elif isinstance(fact, SubscriptionChanged) and fact.annual_value is not None:
        rows.patches.append(Patch(customer, "profile", fact.at, {"annual_value": fact.annual_value}))
    elif isinstance(fact, RenewalDated):
        rows.patches.append(Patch(customer, "renewal", fact.at, {"renews_on": fact.renews_on.date().isoformat()}))


_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


def _command(rows: Rows, record: Record) -> None:
    if record.value is None:
        return
    asked = _COMMAND.validate_json(record.value)
    verb, detail = telling.command(asked)
    customer, at = asked.customer.id or "", asked.issued_at.timestamp()
    where = {"customer": customer, "at": at, "detail": detail}
    rows.add(tables.command, id=asked.id, input=_input_id(record), task=asked.task, verb=verb, actor=asked.actor, **where)
    title = f"{asked.actor} asked to {verb}" if verb != "undo" else f"{asked.actor} took it back"
    rows.add(tables.entry, kind="command", id=asked.id, about=asked.task, type=asked.type, title=title, **where)
    rows.tell("command", asked.id)
    rows.tell("task", asked.task)


def _input_id(record: Record) -> str:
    return f"{record.topic}-{record.partition}-{record.offset}"


# -- what was decided --------------------------------------------------------------------------------------------------------------


def _task(rows: Rows, record: Record) -> None:
    if record.value is None:
        return
    task = TaskSnapshot.model_validate_json(record.value)
    rows.add(
        tables.task,
        **{name: getattr(task, name) for name in ("id", "version", "customer", "customer_name", "owner", "follows")},
        **{name: getattr(task, name).value for name in ("tier", "cause", "status", "priority")},
        is_open=task.status not in CLOSED,
        due_at=task.due_at.timestamp(),
        changed_at=task.changed_at.timestamp(),
        words=_words(task.customer, task.customer_name, task.sentence, task.owner, task.id),
        snapshot=record.value.decode(),
    )
    rows.patches.append(Patch(task.customer, "hic", task.changed_at.timestamp(), {"hic": task.hic, "hic_because": task.hic_because}))
    _named(rows, task)
    rows.tell("task", task.id)


def _alert(rows: Rows, record: Record) -> None:
    if record.value is None:
        return
    alert = AlertSnapshot.model_validate_json(record.value)
    rows.add(
        tables.alert,
        **{name: getattr(alert, name) for name in ("id", "version", "customer", "active")},
        value=alert.value_at_risk or 0.0,
        changed_at=alert.changed_at.timestamp(),
        snapshot=record.value.decode(),
    )
    _named(rows, alert)
    rows.tell("alert", alert.id)


def _named(rows: Rows, snapshot: TaskSnapshot | AlertSnapshot) -> None:
    at = snapshot.changed_at.timestamp()
    rows.patches.append(Patch(snapshot.customer, "tier", at, {"tier": snapshot.tier.value}))
    if snapshot.customer_name:
        rows.patches.append(Patch(snapshot.customer, "profile", 0.0, {"name": snapshot.customer_name}))


_QUIET = {Verdict.DUPLICATE_IGNORED, Verdict.FACT_PARKED, Verdict.FACT_RELEASED}
"""Not part of what happened to a customer: the decision log has them."""


def _decision(rows: Rows, record: Record) -> None:
    if record.value is None:
        return
    rows.minutes[record.timestamp_ms // 60_000]["decisions"] += 1
    made = Decision.model_validate_json(record.value)
    at = made.at.timestamp()
    if made.basis.input.startswith("commands-"):
        refused = made.verdict is Verdict.COMMAND_REFUSED
        sentence = made.because.partition(": ")[2] if refused else made.because
        rows.add(tables.verdict, input=made.basis.input, state="refused" if refused else "done", sentence=sentence)
        rows.tell("verdict", made.basis.input)
    if made.verdict is Verdict.CUSTOMER_ERASED:
        rows.erased[made.customer] = max(at, rows.erased.get(made.customer, 0.0))
        return
    if made.tier is not None:
        rows.patches.append(Patch(made.customer, "tier", at, {"tier": made.tier.value, "tier_because": made.because}))
    if made.hic is not None:
        because = made.because.partition(": ")[2] if made.hic else None
        rows.patches.append(Patch(made.customer, "hic", at, {"hic": made.hic, "hic_because": because}))
    if made.verdict not in _QUIET:
        about = {"about": made.about, "type": made.verdict.value, "title": made.verdict.value, "detail": made.because}
        rows.add(tables.entry, customer=made.customer, kind="decision", id=made.id, at=at, **about)


# -- what became of it -------------------------------------------------------------------------------------------------------------


def _delivery(rows: Rows, record: Record) -> None:
    if record.value is None:
        return
    made = NoticeAttempted.model_validate_json(record.value)
    at, channel = made.at.timestamp(), made.channel.value if made.channel else None
    rows.add(
        tables.delivery,
        **{name: getattr(made, name) for name in ("id", "notice", "about", "customer", "destination", "attempt", "detail")},
        channel=channel,
        outcome=made.outcome.value,
        at=at,
        next_at=made.next_at.timestamp() if made.next_at else None,
    )
    title = f"{made.destination} {made.outcome.value}"
    about = {"about": made.about, "type": made.outcome.name.lower(), "title": title, "detail": made.detail}
    rows.add(tables.entry, customer=made.customer, kind="delivery", id=made.id, at=at, **about)
    rows.tell("delivery", made.id)
    rows.tell("task", made.about)


_LETTER: TypeAdapter[DeadLetter | DeadLetterReplayed] = TypeAdapter(DeadLetter | DeadLetterReplayed)


def _dead_letter(rows: Rows, record: Record) -> None:
    if record.value is None:
        return
    letter = _LETTER.validate_json(record.value)
    rows.tell("dead_letter", letter.id)
    if isinstance(letter, DeadLetterReplayed):
        rows.add(tables.replayed, id=letter.id, at=letter.at.timestamp())
        return
    same = {name: getattr(letter, name) for name in ("id", "topic", "partition", "offset", "error", "key", "value")}
    headers = json.dumps([[name, base64.b64decode(value).decode("utf-8", "replace")] for name, value in letter.headers])
    rows.add(tables.dead_letter, **same, at=record.timestamp_ms / 1000, fault=letter.fault.value, headers=headers)


def _waiting(rows: Rows, record: Record) -> None:
    fact = (record.key or b"").decode("utf-8", "replace")
    if record.value is None:
        rows.rows[tables.waiting.name] = [row for row in rows.rows[tables.waiting.name] if row["fact"] != fact]
        rows.not_waiting.append(fact)
        return
    source = FactWaiting.model_validate_json(record.value).source
    rows.not_waiting = [name for name in rows.not_waiting if name != fact]
    rows.add(tables.waiting, fact=fact, source=source)


def _operation(rows: Rows, record: Record) -> None:
    if record.value is None:
        return
    told = PartChanged.model_validate_json(record.value)
    rows.add(tables.happening, id=told.id, part=told.part, state=told.state.value, at=told.at.timestamp(), sentence=told.sentence)
    rows.tell("happening", told.id)


def _words(*texts: str | None) -> str:
    return " ".join(text for text in texts if text).casefold()


_FOLDS: dict[str, Callable[[Rows, Record], None]] = {
    **dict.fromkeys(("feedback", "interactions", "commerce", "customers", "identified"), _input),
    "commands": _command,
    "tasks": _task,
    "alerts": _alert,
    "decisions": _decision,
    "deliveries": _delivery,
    "dead-letters": _dead_letter,
    "waiting": _waiting,
    "operations": _operation,
}
