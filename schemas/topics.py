"""The topic table: what each topic carries, by which key, and for how long. Topics, docs and the AsyncAPI document are made from it.

What comes in at the same moment is decided in the order of the table: who a customer is, before what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LARGEST_RECORD = 4 << 20
"""Bytes: the `max.message.bytes` of every topic, which bounds a batch of records with all that is around them."""
_AROUND = 16 << 10
"""Bytes that are left for headers, and for the batch around a record."""


class Role(StrEnum):
    """Who writes a topic and who reads it; MEANING says it in words."""

    INPUT = "input"
    LOOP = "loop"
    OUTPUT = "output"
    EFFECT = "effect"
    STATE = "state"


MEANING: dict[Role, str] = {
    Role.INPUT: "anybody may write",
    Role.LOOP: "streams write it and read it again",
    Role.OUTPUT: "streams write, others read",
    Role.EFFECT: "handlers and supervisors write, others read",
    Role.STATE: "streams recover from it",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One row. `keep_days` None keeps for ever; `compacted` keeps the last record of each key."""

    name: str
    role: Role
    carries: tuple[str, ...]
    key: str
    keep_days: int | None = None
    compacted: bool = False
    about: str = ""

    @property
    def config(self) -> dict[str, str]:
        """Kafka's topic settings. What comes in is dated when it is appended: by its own date, a replay of old facts would be deleted at once."""
        config = {"max.message.bytes": str(LARGEST_RECORD)}
        if self.compacted:
            return {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.3", **config}
        keep = -1 if self.keep_days is None else self.keep_days * 86_400_000
        appended = {"message.timestamp.type": "LogAppendTime"} if self.role in {Role.INPUT, Role.LOOP} else {}
        return {"cleanup.policy": "delete", "retention.ms": str(keep), "retention.bytes": "-1", **config, **appended}

    @property
    def most_bytes(self) -> int:
        """Of key and value of a record that we write: with headers and batch around it, it then fits in the topic."""
        return LARGEST_RECORD - _AROUND


_CUSTOMER = "customer id, else the most trusted alias"

TOPICS: tuple[Topic, ...] = (
    Topic("customers", Role.INPUT, ("customer.profiled", "alias.linked", "erasure.requested"), _CUSTOMER, 365, about="who customers are"),
    Topic("feedback", Role.INPUT, ("survey.*", "employee.feedback"), _CUSTOMER, 365, about="surveys, and what employees report"),
    Topic("interactions", Role.INPUT, ("ticket.*", "usage.recorded"), _CUSTOMER, 365, about="tickets and use of the product"),
    Topic(
        "commerce",
        Role.INPUT,
        ("purchase.*", "delivery.*", "payment.*", "subscription.*", "renewal.*"),
        _CUSTOMER,
        365,
        about="money and goods",
    ),
    Topic("commands", Role.INPUT, ("task.*",), "customer id", 365, about="what people ask for in the console"),
    Topic("policies", Role.INPUT, ("policy.adopted",), "policy version, one record per partition", None, about="policy versions"),
    Topic(
        "repartition",
        Role.LOOP,
        ("fact types", "alias.*", "fact.released"),
        _CUSTOMER,
        365,
        about="facts and links on the way to their partition",
    ),
    Topic("timers", Role.LOOP, ("timer.due",), "customer id", 365, about="timers that fell due"),
    Topic(
        "percentiles",
        Role.LOOP,
        ("histogram.reported", "thresholds.set", "outcomes.reported", "correction.set"),
        "partition",
        365,
        about="percentiles: histograms in, thresholds out",
    ),
    Topic("tasks", Role.OUTPUT, ("task.snapshot",), "customer id", None, about="recovery tasks, one record per change"),
    Topic("alerts", Role.OUTPUT, ("alert.snapshot",), "customer id", None, about="churn alerts, one record per change"),
    Topic("decisions", Role.OUTPUT, ("decision",), "customer id or alias", None, about="the decision log"),
    Topic("notices", Role.OUTPUT, ("notice",), "customer id", 30, about="what people are to be told; handlers deliver it"),
    Topic(
        "enriched",
        Role.OUTPUT,
        ("fact.enriched",),
        "customer id",
        30,
        about="surveys and interactions with who the customer was to us then, where the policy says so",
    ),
    Topic("deliveries", Role.EFFECT, ("notice.attempted",), "customer id", 365, about="what became of each attempt to tell people"),
    Topic("operations", Role.EFFECT, ("service.changed",), "service", 30, about="what happened to the services of Makegood itself"),
    Topic("unresolved", Role.OUTPUT, ("fact.unresolved",), "fact id", compacted=True, about="facts whose customer nobody knows yet"),
    Topic(
        "dead-letters",
        Role.OUTPUT,
        ("dead.letter", "dead.letter.replayed"),
        "topic-partition-offset",
        365,
        about="records that could not be decoded or decided",
    ),
    Topic("journal", Role.OUTPUT, ("journal.entry",), "partition", None, about="which inputs each transaction applied, in order"),
    Topic("state", Role.STATE, ("state records",), "record key", compacted=True, about="the state of every customer and alias"),
)

BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
INPUTS: tuple[str, ...] = tuple(t.name for t in TOPICS if t.role in (Role.INPUT, Role.LOOP))
TOPIC_OF_TYPE: dict[str, str] = {
    "survey": "feedback",
    "employee": "feedback",
    "ticket": "interactions",
    "usage": "interactions",
    "purchase": "commerce",
    "delivery": "commerce",
    "payment": "commerce",
    "subscription": "commerce",
    "renewal": "commerce",
    "customer": "customers",
    "alias": "customers",
    "erasure": "customers",
    "task": "commands",
}


def topic_of(message_type: str) -> str:
    """The input topic of a fact or command type, by the part before its dot."""
    return TOPIC_OF_TYPE[message_type.partition(".")[0]]
