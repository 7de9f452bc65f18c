"""What Makegood itself goes through: dead letters, feeds, the pipeline."""

from __future__ import annotations

from pydantic import Field

from console.answers.shown import Instant, Shown


class DeadLetter(Shown):
    """A record that could not be decided."""

    id: str
    topic: str
    partition: int
    offset: int
    fault: str
    error: str
    at: Instant
    replayed_at: Instant | None
    size: int = Field(description="Bytes of the record's value.")
    whole: bool = Field(description="Whether the letter holds all of the record: only then can it be replayed.")
    preview: str


class Header(Shown):
    """A header of the record; its value as far as it is text."""

    name: str
    value: str


class DeadLetterPage(DeadLetter):
    """With the record as it came, as far as it is text."""

    key: str | None
    value_text: str
    headers: list[Header]


class DeadLetters(Shown):
    change: int
    letters: list[DeadLetter]
    total: int
    unrepaired: int = Field(description="How many were not replayed yet.")
    next: str | None


class ServiceEvent(Shown):
    at: Instant
    service: str
    state: str = Field(description="starting, running or down.")
    sentence: str


class Feed(Shown):
    """A feed that the judgement lives on; `dried_up` where its own rhythm does not explain its silence. Lengths in seconds."""

    feed: str
    facts: int
    last_arrived_at: Instant | None
    silent_s: int | None
    longest_pause_s: int | None
    dried_up: bool


class Feeds(Shown):
    """What the judgement lives on, and what of it never arrived."""

    change: int
    feeds: list[Feed]
    missing: list[str]
    customers: int
    customers_without_value: int


class PartitionLag(Shown):
    partition: int
    lag: int


class Rate(Shown):
    facts_per_min: float
    decisions_per_min: float


class Minutes(Shown):
    """`t`: seconds since 1970 at which each minute began."""

    t: list[int]
    facts: list[int]
    decisions: list[int]


class Source(Shown):
    source: str
    facts: int
    last_event_at: Instant
    last_arrived_at: Instant


class Service(Shown):
    name: str
    state: str
    since: Instant | None
    detail: str


class Reading(Shown):
    """How far the read model is behind, and why, where Kafka cannot be followed."""

    behind_records: int | None
    as_of: Instant | None
    trouble: str | None
    trouble_since: Instant | None


class Pipeline(Shown):
    change: int
    server_time: Instant
    partitions: list[PartitionLag]
    lag: int | None
    rate: Rate
    minutes: Minutes
    sources: list[Source]
    waiting: int
    dead_letters: int
    services: list[Service]
    service_events: list[ServiceEvent]
    reading: Reading
