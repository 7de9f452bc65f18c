"""State records: what is remembered of a customer and of an alias. Encoded compactly; times are seconds since 1970 in UTC."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

STATE_VERSION = 3
"""Raised with every change of the records below, so that an older worker refuses what it does not know.

New last fields with defaults need nothing else. Any other change of Customer or AliasRecord needs a step in `MIGRATIONS`; for records of the
partition as a whole (`unpack`) there are no such steps.
"""

NEVER = float("inf")
_HEADER = struct.Struct("<Bd")


class Profile(Struct, array_like=True):
    """What the company told us. `version` is the time of the last profile that was applied in full, in milliseconds since 1970."""

    version: int = -1
    name: str | None = None
    annual_value: float | None = None
    owner: str | None = None
    team: str | None = None
    language: str | None = None
    timezone: str | None = None
    hic: bool | None = None
    hic_total: int | None = None
    labels: dict[str, str] = {}
    renews_at: float | None = None
    by: int = 0
    """(source, object) of that profile, hashed."""


class Spend(Struct, array_like=True):
    """Purchases: rhythm (count, first, last, log gaps) and a sum that halves with the policy's half-life."""

    count: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    sum_log_gap: float = 0.0
    sum_log_gap_squared: float = 0.0
    gaps: int = 0
    decayed: float = 0.0
    decayed_at: float = 0.0
    recent: list[tuple[int, float, float]] = []
    """The last few (object, at, amount), so that an amended order corrects instead of adding."""


class Answers(Struct, array_like=True):
    """Scores: averages over all but the last few, and those few as (at, normalised, object), in event order."""

    count: int = 0
    average: float = 0.0
    slow: float = 0.0
    """Fast and slow moving average over the `count` answers that are no longer kept singly."""
    recent: list[tuple[float, float, int]] = []
    level: float | None = None
    """What counts as the customer's satisfaction."""
    now: float = 0.0
    earlier: float = 0.0
    """The averages including the recent answers: where the customer is, and where they used to be."""


class Lasting(Struct, array_like=True):
    """A state that a source repeats (urgent, past its target): since when it holds (NEVER: it does not), and when it was last spoken of."""

    since: float
    at: float


class Ticket(Struct, array_like=True):
    """One ticket over its whole life: what happened before it was resolved counts when it comes back."""

    opened_at: float | None = None
    """None until its opening was heard: other facts of it may overtake that."""
    open: bool = True
    moved_at: float = 0.0
    """When it was last resolved or reopened."""
    reopened: int = 0
    reassigned: int = 0
    urgent: Lasting | None = None
    late: Lasting | None = None
    spam: Lasting | None = None
    merged_into: str | None = None


class Tickets(Struct, array_like=True):
    """Tickets by (source, ticket), hashed: the recent ones; how many there were, and when the recent ones were opened."""

    count: int = 0
    first_at: float = 0.0
    known: dict[int, Ticket] = {}
    opened: list[float] = []


class Segment(Struct, array_like=True):
    """Tier and HIC. `history` holds earlier tiers as (since, tier), so that a late fact is judged as of its own time."""

    tier: str = "unknown"
    since: float = 0.0
    history: list[tuple[float, str]] = []
    below_since: float | None = None
    hic: bool = False
    hic_because: str | None = None
    business: float | None = None
    satisfaction: float | None = None
    """The two metric values as they stand in the partition's histograms, so that an update can take them out."""
    policy: str = ""
    """The policy version that tier and HIC were judged under."""


class Evidence(Struct, array_like=True, frozen=True):
    """One thing that a task rests on."""

    fact: str
    at: float
    sentence: str
    object_key: int
    """(source, what is said), hashed: what is said again about the same object replaces this."""
    severity: float
    ticket: int = 0
    """The ticket that it was said of, by its key in Tickets; 0 where it is of none."""


class Before(Struct, array_like=True):
    """What a task was before a person's last command, so that the person can take it back."""

    command: str
    at: float
    by: str
    status: str
    warn_at: float
    breach_at: float
    snoozed_until: float
    status_before_snooze: str | None
    acknowledged_by: str | None
    acknowledged_at: float | None
    moved_by: str
    moved_at: float


class Task(Struct, array_like=True):
    """An open recovery task."""

    id: str
    cause: str
    status: str
    version: int
    opened_at: float
    due_at: float
    warn_at: float
    """When a notice says that the due time is near; NEVER once it was said."""
    breach_at: float
    """When it becomes overdue; NEVER once that was said."""
    severity: float
    """0 to 1: the worst fact so far."""
    sentence: str
    evidence: list[Evidence]
    """The last few facts that it rests on, in event order."""
    changed_at: float
    changed_by: str
    priority: str = "P4"
    snoozed_until: float = NEVER
    status_before_snooze: str | None = None
    regressions: int = 0
    follows: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    moved_by: str = ""
    moved_at: float = 0.0
    """Who brought it into its present status, and when: amendments leave that as it was."""
    before: Before | None = None
    """Kept until anything else moves the task."""


class Closed(Struct, array_like=True):
    """A task that ended, for as long as it may regress or a survey may verify it. `task` is as it stood."""

    task: Task
    closed_at: float
    by: str
    cause: str | None = None
    action: str | None = None
    outcome: str | None = None
    reason: str | None = None


class Signal(Struct, array_like=True):
    """A churn signal as last seen: strength 0 to 1 then, its sentence and numbers."""

    strength: float
    seen_at: float
    sentence: str
    numbers: dict[str, float] = {}
    ticket: int = 0
    """The ticket that it was seen in, by its key in Tickets; 0 where it was in none."""


class Alert(Struct, array_like=True):
    """The active churn alert."""

    id: str
    version: int
    level: str
    chance: float
    raised_at: float
    changed_at: float
    names: list[str] = []
    """Signals shown in the last snapshot."""
    review_at: float = NEVER
    """When its signals have faded so far that it must be looked at again."""


class Customer(Struct, array_like=True):
    """One record per customer: all that decisions rest on. What is closed for good lives in its topic, not here."""

    id: str
    heard_at: float = 0.0
    """The latest event time seen."""
    aliases: list[str] = []
    profile: Profile | None = None
    seen: dict[int, int] = {}
    """(source, object), hashed, to the highest version applied."""
    spend: Spend | None = None
    answers: Answers | None = None
    tickets: Tickets | None = None
    segment: Segment | None = None
    tasks: list[Task] = []
    closed: list[Closed] = []
    signals: dict[str, Signal] = {}
    alert: Alert | None = None
    alerts_raised: int = 0
    silence_at: float = NEVER
    """When the customer's silence will be worth a look, were nothing more heard."""


class Parked(Struct, array_like=True):
    """A fact that waits: the fact as JSON where it is parked, else the next alias that it went on to."""

    fact: str
    occurred_at: float
    body: bytes | None = None
    onward: str | None = None
    source: str = ""
    """Whose fact it is: ids are only unique within a source."""


class AliasRecord(Struct, array_like=True):
    """Whose an alias is, and the facts that came before anybody said so."""

    alias: str
    customer: str | None = None
    trust: int = 0
    linked_at: float = 0.0
    parked: list[Parked] = []


class Thresholds(Struct, array_like=True):
    """Percentile values in force; version 0 means the policy's fixed values hold."""

    version: int = 0
    population: int = 0
    business_high: float = 0.0
    business_middle: float = 0.0
    satisfaction_high: float = 0.0
    satisfaction_middle: float = 0.0


def next_timer(customer: Customer) -> float:
    """The earliest time at which something must be decided about this customer without a new fact; NEVER if there is none."""
    earliest = customer.silence_at
    for task in customer.tasks:
        earliest = min(earliest, task.snoozed_until if task.status == "snoozed" else min(task.warn_at, task.breach_at))
    if customer.alert is not None:
        earliest = min(earliest, customer.alert.review_at)
    return earliest


class NewerState(RuntimeError):
    """The state was written by a newer version of Makegood than this worker: upgrade the worker."""


Migration = Callable[[list[Any]], list[Any]]


def _tickets_without_a_source(fields: list[Any]) -> list[Any]:
    """Version 2 kept open tickets by number alone, so which is whose cannot be said any more. How many there were, and when, is kept."""
    tickets = fields[Customer.__struct_fields__.index("tickets")]
    if tickets is not None:
        tickets[Tickets.__struct_fields__.index("known")] = {}
    return fields


MIGRATIONS: dict[tuple[str, int], Migration] = {("Customer", 2): _tickets_without_a_source}
"""(record name, older version) -> what turns the record's fields into those of the next version; without an entry they stay as they are."""

Record = TypeVar("Record", Customer, AliasRecord)
Whole = TypeVar("Whole", bound=Struct)

_encode = msgspec.msgpack.Encoder().encode
_decode_customer = msgspec.msgpack.Decoder(Customer).decode
_decode_alias = msgspec.msgpack.Decoder(AliasRecord).decode


def encode_customer(customer: Customer) -> bytes:
    """One version byte, the next timer, the record."""
    return _HEADER.pack(STATE_VERSION, next_timer(customer)) + _encode(customer)


def encode_alias(record: AliasRecord) -> bytes:
    """One version byte, no timer, the record."""
    return _HEADER.pack(STATE_VERSION, NEVER) + _encode(record)


def decode_customer(raw: bytes) -> Customer:
    """Raises NewerState where the record was written by a later version."""
    return _decode_customer(memoryview(raw)[9:]) if raw[0] == STATE_VERSION else _migrated(raw, Customer)


def decode_alias(raw: bytes) -> AliasRecord:
    """Raises NewerState where the record was written by a later version."""
    return _decode_alias(memoryview(raw)[9:]) if raw[0] == STATE_VERSION else _migrated(raw, AliasRecord)


def pack(record: Struct) -> bytes:
    """One version byte and a record of the partition as a whole."""
    return bytes((STATE_VERSION,)) + _encode(record)


def unpack(raw: bytes, kind: type[Whole]) -> Whole:
    """Raises NewerState where the record was written by a later version."""
    _refuse_newer(raw[0])
    return msgspec.msgpack.decode(memoryview(raw)[1:], type=kind)


def timer_in(raw: bytes) -> float:
    """The next timer of an encoded record, without decoding it."""
    return float(_HEADER.unpack_from(raw)[1])


def _migrated(raw: bytes, kind: type[Record]) -> Record:
    version = raw[0]
    _refuse_newer(version)
    fields = msgspec.msgpack.decode(memoryview(raw)[9:])
    while version < STATE_VERSION:
        step = MIGRATIONS.get((kind.__name__, version))
        fields = step(fields) if step else fields
        version += 1
    return msgspec.convert(fields, kind)


def _refuse_newer(version: int) -> None:
    if version > STATE_VERSION:
        raise NewerState(f"a state record has version {version}, this worker reads up to {STATE_VERSION}: upgrade the worker")
