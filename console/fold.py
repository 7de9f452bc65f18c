"""From records of the topics to rows of the read model: pure, a function a kind of message."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Table

from console import tables
from console.command_api import VERBS
from console.database import storable
from console.feed_kinds import feed_of
from schemas import tolerant_reader
from schemas.cloudevents import merge
from schemas.commands import AnyCommand
from schemas.decisions import About, AlertSnapshot, Decision, Status, TaskSnapshot, Tier, Verdict
from schemas.deliveries import NoticeAttempted
from schemas.facts import AliasLinked, CustomerProfiled, Fact, RenewalDated, SubscriptionChanged
from schemas.failures import said
from schemas.inputs import INPUT
from schemas.message import Message
from schemas.operations import ServiceChanged
from schemas.reasons import Why
from schemas.record import Record
from schemas.sentences import LANGUAGES, call, say
from schemas.topics import BY_NAME, Role
from schemas.traffic import DeadLetter, DeadLetterReplayed, FactUnresolved, PolicyAdopted
from schemas.wording import plain

log = structlog.get_logger(__name__)

CLOSED = {Status.RESOLVED, Status.VERIFIED, Status.DISMISSED}
RESPONDED = {Status.CONTACTED, *CLOSED}
SETTLED = {Status.SNOOZED, *RESPONDED}
TOPICS = ("feedback", "interactions", "commerce", "customers", "commands", "repartition", "tasks", "alerts", "decisions")
MORE_TOPICS = ("deliveries", "operations", "unresolved", "dead-letters", "policies")
READ = (*TOPICS, *MORE_TOPICS)
"""The topics that the board is made from."""
NEVER = -1e12
"""Before everything that can have happened."""
MOST_ID = 200
MOST_PILLAR = 240
"""Characters of what people say of one of the four pillars."""
MOST_WORDS = 20_000
"""Characters of a task that the search looks at."""
HOUR_MS = 3_600_000
OURSELVES = "makegood"
"""Who decides where nobody has asked."""
_FACT, _COMMAND_STEP, _DECISION, _DELIVERY = (
    {"kind": kind, "step": step} for step, kind in enumerate(("fact", "command", "decision", "delivery"))
)
_ABOUT_NOTHING = {"about": None, "about_kind": None}


@dataclass(slots=True)
class Patch:
    """What a record says of a customer: each value holds unless one of a higher (at, order) is known. `at` in seconds since 1970."""

    customer: str
    at: float
    values: dict[str, Any]
    order: str | None = None
    """Among equal times; None where nothing orders the records: then the values themselves do."""


@dataclass(slots=True)
class Rows:
    """What a batch of records adds: rows by table, patches of customers, counts, and what the board is to show anew."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    patches: list[Patch] = field(default_factory=list)
    customers: set[str] = field(default_factory=set)
    """Of whom anything is said."""
    sources: dict[str, list[float]] = field(default_factory=dict)
    feeds: dict[str, list[float]] = field(default_factory=dict)
    feed_hours: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    minutes: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    resolved: list[str] = field(default_factory=list)
    erased: dict[str, float] = field(default_factory=dict)
    changes: dict[tuple[str, str], None] = field(default_factory=dict)
    unread: int = 0
    """Records that could not be read: streams have made dead letters of them, or a newer version wrote them."""

    def add(self, table: Table, **row: Any) -> None:
        clean = {name: storable(value) if isinstance(value, str) else value for name, value in row.items()}
        self.rows[table.name].append(clean)
        if row.get("customer"):
            self.customers.add(clean["customer"])

    def patch(self, customer: str, at: float, values: dict[str, Any], order: str | None = None) -> None:
        known = {name: storable(value) if isinstance(value, str) else value for name, value in values.items() if value is not None}
        self.patches.append(Patch(storable(customer), at, known, order))
        self.customers.add(storable(customer))

    def changed(self, kind: str, ref: str) -> None:
        """The board shows this; the same twice in a batch counts once, at its last place."""
        self.changes.pop((kind, storable(ref)), None)
        self.changes[kind, storable(ref)] = None


def fold(records: Iterable[Record]) -> Rows:
    """What these records add to the read model. A record that cannot be read is counted and passed over."""
    rows = Rows()
    for record in records:
        try:
            if record.value is not None or record.topic == "unresolved":
                _FOLDS[record.topic](rows, record)
        except Exception as error:  # noqa: BLE001  one record must not hide all that come after it
            rows.unread += 1
            known = isinstance(error, ValidationError)
            where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            (log.debug if known else log.warning)("not shown", **where, error=said(error))
    return rows


# -- what comes in -----------------------------------------------------------------------------------------------------------------


def _input(rows: Rows, record: Record) -> None:
    """A fact. On the loop only those that found their customer are of interest: there they come with the customer's id."""
    first_hand = BY_NAME[record.topic].role is Role.INPUT
    if first_hand:
        rows.minutes[record.timestamp_ms // 60_000]["facts"] += 1
    value = record.value or b""
    message = tolerant_reader.read(INPUT, merge(record.headers, value) if record.headers else value)
    if not isinstance(message, Fact):
        return
    if first_hand:
        _count(rows, message, record)
    if message.customer.id is not None:
        _happened(rows, message.customer.id, message)


def _happened(rows: Rows, customer: str, fact: Any) -> None:
    row_id = _short(f"{fact.source}:{fact.id}")
    rows.add(tables.entry, customer=customer, id=row_id, at=fact.at, message=_json(fact), type=fact.type, **_ABOUT_NOTHING, **_FACT)
    linked = (fact.alias,) if isinstance(fact, AliasLinked) else ()
    for alias in (*fact.customer.aliases, *linked):
        rows.add(tables.alias, alias=alias, customer=customer, at=fact.at)
    if isinstance(fact, CustomerProfiled):
        labels = {f"label {name}": value for name, value in (fact.labels or {}).items()}
        given = {name: getattr(fact, name) for name in ("name", "owner", "team", "annual_value", "behaviour")}
        pillars = {f"pillar {name}": plain(text, MOST_PILLAR) or None for name, text in _given(fact.pillars).items()}
        rows.patch(customer, fact.at, {**given, **labels, **pillars})
    elif isinstance(fact, SubscriptionChanged):
        rows.patch(customer, fact.at, {"annual_value": fact.annual_value})
    elif isinstance(fact, RenewalDated):
        rows.patch(customer, fact.at, {"renews_on": fact.renews_on.date().isoformat()})


def _given(part: Message | None) -> dict[str, Any]:
    return {} if part is None else part.model_dump(exclude_none=True)


def _short(row_id: str) -> str:
    """An index of PostgreSQL takes no key of more than 2,700 bytes, and a fact's source and id may be longer."""
    if len(row_id) <= MOST_ID:
        return row_id
    return f"{row_id[:MOST_ID]}#{hashlib.blake2b(row_id.encode(), digest_size=8).hexdigest()}"


def _count(rows: Rows, fact: Fact, record: Record) -> None:
    known = rows.sources.setdefault(storable(fact.source), [0, 0.0, 0.0])
    known[:] = [known[0] + 1, max(known[1], fact.at), max(known[2], record.timestamp_ms / 1000)]
    if (feed := feed_of(fact)) is not None:
        counted = rows.feeds.setdefault(feed, [0, 0.0])
        counted[:] = [counted[0] + 1, max(counted[1], record.timestamp_ms / 1000)]
        rows.feed_hours[feed].add(record.timestamp_ms // HOUR_MS)


_COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


def _command(rows: Rows, record: Record) -> None:
    asked = tolerant_reader.read(_COMMAND, record.value or b"")
    known = {"customer": asked.customer.id or "", "at": asked.issued_at.timestamp(), "message": _json(asked)}
    rows.add(tables.command, id=asked.id, input=_input_id(record), task=asked.task, verb=VERBS[asked.type], actor=asked.actor, **known)
    about = {"about": asked.task, "about_kind": About.TASK.value, "type": asked.type}
    rows.add(tables.entry, id=_short(asked.id), **about, **known, **_COMMAND_STEP)
    rows.changed("command", asked.id)
    rows.changed("task", asked.task)


def _input_id(record: Record) -> str:
    return f"{record.topic}-{record.partition}-{record.offset}"


# -- what was decided --------------------------------------------------------------------------------------------------------------


def _task(rows: Rows, record: Record) -> None:
    task = TaskSnapshot.model_validate_json(record.value or b"")
    rows.add(
        tables.task,
        **{name: getattr(task, name) for name in ("id", "version", "customer", "customer_name", "owner", "follows")},
        **{name: getattr(task, name).value for name in ("tier", "cause", "status", "priority")},
        is_open=task.status not in CLOSED,
        settled=int(task.status in SETTLED),
        due_at=task.due_at.timestamp(),
        changed_at=task.changed_at.timestamp(),
        words=_words(task),
        snapshot=(record.value or b"").decode(),
    )
    _known(rows, task, record)
    _measured(rows, task.customer, task.changed_at.timestamp(), (one.why for one in task.addends))
    rows.changed("task", task.id)


def _alert(rows: Rows, record: Record) -> None:
    alert = AlertSnapshot.model_validate_json(record.value or b"")
    rows.add(
        tables.alert,
        **{name: getattr(alert, name) for name in ("id", "version", "customer", "active")},
        value=alert.value_at_risk or 0.0,
        changed_at=alert.changed_at.timestamp(),
        snapshot=(record.value or b"").decode(),
    )
    at, signals = alert.changed_at.timestamp(), [[one.name, one.strength] for one in alert.signals]
    known = {"alert": alert.id, "active": alert.active, "level": alert.level.value, "chance": alert.chance, "signals": json.dumps(signals)}
    rows.add(tables.chance, **known, version=alert.version, customer=alert.customer, at=at)
    _known(rows, alert, record)
    _measured(rows, alert.customer, at, (one.why for one in alert.signals))
    rows.changed("alert", alert.id)


def _measured(rows: Rows, customer: str, at: float, reasons: Iterable[Why]) -> None:
    """What the customer is worth a year, and how content they are (0 to 100), where a reason of what was decided holds it."""
    for values in (why.values for why in reasons):
        if "annual_value" in values and "currency" in values:
            rows.patch(customer, at, {"value": [values["annual_value"], values["currency"]]})
        rows.patch(customer, at, {"satisfaction": values.get("satisfaction")})


def _known(rows: Rows, snapshot: TaskSnapshot | AlertSnapshot, record: Record) -> None:
    """The name, where no profile has given one yet; and the chance of leaving, which every page shows as the newest snapshot has it."""
    rows.patch(snapshot.customer, NEVER, {"name": snapshot.customer_name})
    order = f"{record.timestamp_ms:020d} {record.topic == 'alerts':d} {record.offset:020d}"
    rows.patch(snapshot.customer, snapshot.changed_at.timestamp(), {"chance": snapshot.chance}, order)


_QUIET = {Verdict.DUPLICATE_IGNORED, Verdict.FACT_PARKED, Verdict.FACT_RELEASED}
"""Not part of what happened to a customer: the decision log has them."""


def _decision(rows: Rows, record: Record) -> None:
    rows.minutes[record.timestamp_ms // 60_000]["decisions"] += 1
    made = Decision.model_validate_json(record.value or b"")
    at, order = made.at.timestamp(), f"{record.offset:020d}"
    if made.by != OURSELVES:
        _judge(rows, made.basis.input, made.customer, at, "refused" if made.verdict is Verdict.COMMAND_REFUSED else "done", made)
    if made.verdict is Verdict.CUSTOMER_ERASED:
        _erase(rows, storable(made.customer), max(at, record.timestamp_ms / 1000))
        return
    if made.tier is not None:
        rows.patch(made.customer, at, {"tier": made.tier.value, "tier_why": _data(made.why)}, order)
    if made.hic is not None:
        rows.patch(made.customer, at, {"hic": made.hic, "hic_why": _data(made.why)}, order)
    if made.protected is not None:
        rows.patch(made.customer, at, {"protected": made.protected, "protected_why": _data(made.why)}, order)
    if made.about_kind is About.CUSTOMER and made.tier is not Tier.UNKNOWN:  # whose tier nobody can tell, their value is unknown
        _measured(rows, made.customer, at, (made.why,))
    if made.verdict not in _QUIET:
        kind, about = _subject(made)
        known = {"about": about, "about_kind": kind.value, "type": made.verdict.value, "message": _json(made)}
        rows.add(tables.entry, customer=made.customer, id=_short(made.id), at=at, **known, **_DECISION)


def _judge(rows: Rows, asked_by: str, customer: str, at: float, state: str, message: Decision | DeadLetter) -> None:
    """What became of a command: `message` says why."""
    text = _json(message) if isinstance(message, Decision) else message.model_dump_json(include={"type", "fault", "error"})
    rows.add(tables.verdict, input=asked_by, customer=customer, at=at, state=state, message=text)
    rows.changed("verdict", asked_by)


def _erase(rows: Rows, customer: str, at: float) -> None:
    """What was known by the time of the decision is to be forgotten, even where it happened after the request."""
    rows.erased[customer] = max(at, rows.erased.get(customer, 0.0))
    rows.customers.add(customer)
    rows.changed("erased", customer)


# -- what became of it -------------------------------------------------------------------------------------------------------------


def _delivery(rows: Rows, record: Record) -> None:
    made = NoticeAttempted.model_validate_json(record.value or b"")
    at, channel = made.at.timestamp(), made.channel.value if made.channel else None
    rows.add(
        tables.delivery,
        **{name: getattr(made, name) for name in ("id", "notice", "about", "customer", "destination", "attempt", "detail")},
        kind=made.kind,
        about_kind=made.about_kind,
        channel=channel,
        outcome=made.outcome.value,
        at=at,
        next_at=made.next_at.timestamp() if made.next_at else None,
    )
    about = {"about": made.about, "about_kind": made.about_kind, "type": made.outcome.value}
    rows.add(tables.entry, customer=made.customer, id=_short(made.id), at=at, message=_json(made), **about, **_DELIVERY)
    rows.changed("delivery", made.id)
    if made.about_kind is About.TASK:
        rows.changed("task", made.about)


_LETTER: TypeAdapter[DeadLetter | DeadLetterReplayed] = TypeAdapter(DeadLetter | DeadLetterReplayed)


def _dead_letter(rows: Rows, record: Record) -> None:
    letter = _LETTER.validate_json(record.value or b"")
    rows.changed("dead_letter", letter.id)
    if isinstance(letter, DeadLetterReplayed):
        rows.add(tables.replayed, id=letter.id, at=letter.at.timestamp())
        return
    same = {name: getattr(letter, name) for name in ("id", "topic", "partition", "offset", "error", "key", "value")}
    headers = json.dumps([[name, base64.b64decode(value).decode("utf-8", "replace")] for name, value in letter.headers])
    size = letter.cut.value_bytes or 0 if letter.cut is not None else len(base64.b64decode(letter.value or ""))
    known = {"fault": letter.fault.value, "headers": headers, "size": size, "whole": letter.is_whole}
    rows.add(tables.dead_letter, **same, at=record.timestamp_ms / 1000, **known)
    if letter.topic == "commands":
        _judge(rows, letter.id, "", record.timestamp_ms / 1000, "refused", letter)


def _unresolved(rows: Rows, record: Record) -> None:
    fact = storable((record.key or b"").decode("utf-8", "replace"))
    if record.value is None:
        rows.rows[tables.unresolved.name] = [row for row in rows.rows[tables.unresolved.name] if row["fact"] != fact]
        rows.resolved.append(fact)
        return
    source = FactUnresolved.model_validate_json(record.value).source
    rows.resolved = [name for name in rows.resolved if name != fact]
    rows.add(tables.unresolved, fact=fact, source=source)


def _operation(rows: Rows, record: Record) -> None:
    event = ServiceChanged.model_validate_json(record.value or b"")
    rows.add(
        tables.service_event, id=event.id, service=event.service, state=event.state.value, at=event.at.timestamp(), sentence=event.sentence
    )
    rows.changed("service_event", event.id)


def _policy(rows: Rows, record: Record) -> None:
    adopted = PolicyAdopted.model_validate_json(record.value or b"")
    rows.add(tables.policy, name="adopted", at=record.timestamp_ms / 1000, silence=adopted.policy.churn.silence.model_dump_json())


def _words(task: TaskSnapshot) -> str:
    """What the search finds a task by: who it is about, what was said, and what it is called in every language."""
    known = (task.customer, task.customer_name, task.owner, task.id)
    sentences = [text for language in LANGUAGES for text in (say(task.why, language), call("cause", task.cause, language))]
    said = (why.said for why in (task.why, *(one.why for one in task.evidence)))
    return " ".join(dict.fromkeys(text for text in (*known, *sentences, *said) if text)).casefold()[:MOST_WORDS]


def _subject(made: Decision) -> tuple[About, str]:
    """What a decision is shown beside: a refused command stands in the history of its task."""
    return (made.about_kind, made.about) if made.task is None else (About.TASK, made.task)


def _json(message: Message) -> str:
    return message.model_dump_json(exclude_none=True)


def _data(why: Why) -> dict[str, Any]:
    return why.model_dump(mode="json", exclude_none=True)


_FOLDS: dict[str, Callable[[Rows, Record], None]] = {
    **dict.fromkeys(("feedback", "interactions", "commerce", "customers", "repartition"), _input),
    "commands": _command,
    "tasks": _task,
    "alerts": _alert,
    "decisions": _decision,
    "deliveries": _delivery,
    "dead-letters": _dead_letter,
    "unresolved": _unresolved,
    "operations": _operation,
    "policies": _policy,
}
