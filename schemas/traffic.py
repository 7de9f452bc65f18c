"""Traffic between our own partitions: facts that seek their customer, timers, thresholds, corrections, policies, journal, dead letters."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.customers import Alias, Trust
from schemas.facts import AnyFact
from schemas.message import Count, Instant, Message, Name, Text
from schemas.policy import Policy
from schemas.slugs import Open

Bucket = Annotated[int, Field(ge=-17_000, le=17_000)]
"""A bucket of a histogram; beyond these its bounds would be no finite numbers."""
Customers = Annotated[int, Field(ge=0, le=10**9)]
Quarter = Annotated[int, Field(ge=-100_000, le=100_000)]
OddsStep = Annotated[int, Field(ge=-16, le=16)]


class AliasSought(Message):
    """A fact on its way along its aliases: `seeking` decides the partition, `tried` are those that nobody has linked yet."""

    type: Literal["alias.sought"] = "alias.sought"
    fact: Annotated[AnyFact, Field(discriminator="type")]
    seeking: Alias
    tried: tuple[Alias, ...] = ()


class AliasBound(Message):
    """The customer's partition tells the alias's partition whose it is."""

    type: Literal["alias.bound"] = "alias.bound"
    alias: Alias
    customer: Name
    trust: Trust
    at: Instant


class AliasErased(Message):
    """The customer whose alias this is was erased: forget the link."""

    type: Literal["alias.erased"] = "alias.erased"
    alias: Alias
    customer: Name
    at: Instant


class FactReleased(Message):
    """A link arrived at an alias that `fact` had tried before: it follows the fact to the alias where it is parked (or was, by then)."""

    type: Literal["fact.released"] = "fact.released"
    fact: Name
    alias: Alias
    customer: Name
    at: Instant
    source: Name | None = None
    trust: Trust | None = None
    """Of the link; a guess where it is not said."""


class TimerDue(Message):
    """The earliest timer of a customer fell due at `at`; what is still pending by then is decided. Twice has no effect."""

    type: Literal["timer.due"] = "timer.due"
    customer: Name
    at: Instant


class HistogramReported(Message):
    """Buckets of one partition's histograms, sent to partition 0, which adds them up."""

    type: Literal["histogram.reported"] = "histogram.reported"
    partition: Count
    version: Count
    business: dict[Bucket, Customers]
    satisfaction: dict[Bucket, Customers]


class ThresholdsSet(Message):
    """Percentile values that hold from here on, one record per partition."""

    type: Literal["thresholds.set"] = "thresholds.set"
    version: Annotated[Count, Field(ge=1)]
    population: Count
    business_high: float
    business_middle: float
    satisfaction_high: float
    satisfaction_middle: float
    business_total: float = 0.0


class OutcomesReported(Message):
    """What came of the chances that one partition stated by one model, sent to partition 0, which adds it up.

    By quarter since 1970 and step of their logarithmic odds: how many were stated, and of how many it happened.
    """

    type: Literal["outcomes.reported"] = "outcomes.reported"
    partition: Count
    model: Count
    quarters: dict[Quarter, dict[OddsStep, tuple[Customers, Customers]]]


class CorrectionSet(Message):
    """How chances of this model are corrected from here on, one record per partition: the odds become e^offset * odds^slope."""

    type: Literal["correction.set"] = "correction.set"
    model: Count
    offset: Annotated[float, Field(ge=-10, le=10)]
    slope: Annotated[float, Field(gt=0, le=10)]


class PolicyAdopted(Message):
    """A new version of the policy, one record per partition: what is decided after it is decided under it."""

    type: Literal["policy.adopted"] = "policy.adopted"
    policy: Policy


class FactUnresolved(Message):
    """A fact whose customer nobody knows yet, for people to see. A record without a value ends the wait."""

    type: Literal["fact.unresolved"] = "fact.unresolved"
    fact: Name
    fact_type: Name
    source: Name
    aliases: tuple[Alias, ...]
    occurred_at: Instant
    waits_at: Alias


class JournalInput(Message):
    """One stretch of one input topic, as far as it was applied: offsets from `first` up to, not including, `next`."""

    topic: Name
    first: Count
    next: Count


class JournalGap(Message):
    """A hole in an input topic that a person accepted: what should have followed from `expected` on is lost, `first` is where it goes on.

    `cause`: the records were removed before they were decided, or the topic is another log than the one decided so far.
    """

    topic: Name
    cause: Literal["removed", "other_log"]
    expected: Count
    first: Count


class JournalEntry(Message):
    """One transaction: which stretches of which inputs were applied, in this order, under which policy.

    `adopted` holds the policy in full where the partition had none and took the worker's: so the journal needs no second source.
    `accepted` names the holes behind which this transaction goes on.
    `code` names the version of the decision code, `data` that of the data it leans on (see streams/code_version.py).
    """

    type: Literal["journal.entry"] = "journal.entry"
    sequence: Annotated[Count, Field(ge=1)]
    inputs: tuple[JournalInput, ...]
    policy: Name
    adopted: Policy | None = None
    code: Name | None = None
    data: Name | None = None
    accepted: tuple[JournalGap, ...] | None = None


class Fault(StrEnum):
    """Why a record became a dead letter."""

    NOT_JSON = "not_json"
    UNKNOWN_TYPE = "unknown_type"
    NOT_VALID = "not_valid"
    DECISION_RAISED = "decision_raised"
    DATED_AHEAD = "dated_ahead"
    TOO_LARGE = "too_large"
    UNREADABLE_HEADER = "unreadable_header"
    BROKEN_BATCH = "broken_batch"


class Cut(Message):
    """What a record was before it was cut to fit in a dead letter: lengths in bytes (none where there is no key or value), its headers' count."""

    key_bytes: Count | None = None
    value_bytes: Count | None = None
    value_sha256: Name | None = None
    headers: Count = 0


class DeadLetter(Message):
    """A record that could not be decoded or decided. `id` is topic-partition-offset; bytes are base64.

    It is kept whole where it fits; else `cut` says what it was: the whole record lies in its topic, at its offset. Of a batch that could
    not be unpacked (`broken_batch`), `offset` is the first and `value` the batch as it lies in the log.
    """

    type: Literal["dead.letter"] = "dead.letter"
    id: Name
    topic: Name
    partition: Count
    offset: Count
    timestamp: float
    key: str | None
    value: str | None
    headers: tuple[tuple[str, str], ...] = ()
    fault: Open[Fault]
    error: Text
    schema_version: int
    cut: Cut | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it holds a record, all of it: only then can it be sent again."""
        return self.cut is None and self.fault is not Fault.BROKEN_BATCH


class DeadLetterReplayed(Message):
    """A dead letter was sent to its topic again, in the same transaction as this note, so that nobody sends it twice."""

    type: Literal["dead.letter.replayed"] = "dead.letter.replayed"
    id: Name
    at: Instant
