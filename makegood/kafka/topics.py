"""The topics on a cluster: what the topic table asks for, what is there, and what was done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from makegood import kafka
from makegood.errors import UserError
from makegood.kafka import Connection, KafkaUnavailable, TopicSpec
from schemas.topics import TOPICS, Topic
from schemas.wording import counted

PREFIX = "makegood."
DEFAULT_PARTITIONS = 4
MOST_PARTITIONS_PER_WORKER = 16
"""A transactional producer per partition means connections: beyond this, more workers serve better than more partitions."""
_COPIES = 3


class Outcome(StrEnum):
    MADE = "made"
    RIGHT = "right"
    ALTERED = "altered"
    DIFFERS = "differs"


DONE: dict[Outcome, str] = {
    Outcome.MADE: "made",
    Outcome.RIGHT: "already right",
    Outcome.ALTERED: "settings changed",
    Outcome.DIFFERS: "differs",
}
"""In words."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was done about one topic; `detail` says what was changed, or what differs and why it stays."""

    topic: str
    outcome: Outcome
    detail: str = ""


def full_name(topic: str, prefix: str = PREFIX) -> str:
    """The name on the cluster: `tasks` -> `makegood.tasks`."""
    return prefix + topic


def specs(prefix: str, partitions: int, replication: int) -> list[TopicSpec]:
    """The topic table as Kafka shall have it. With three copies or more, two must be written before a record counts."""
    safety = {"min.insync.replicas": "2"} if replication >= _COPIES else {}
    return [TopicSpec(full_name(t.name, prefix), partitions, replication, {**t.config, **safety}) for t in TOPICS]


def topic_of_name(name: str, prefix: str = PREFIX) -> Topic:
    """The row of the topic table for a name on the cluster. Raises KeyError when it is none of ours."""
    return next(t for t in TOPICS if full_name(t.name, prefix) == name)


async def apply(
    connection: Connection, *, prefix: str = PREFIX, partitions: int | None = None, replication: int | None = None
) -> list[Line]:
    """Make what is missing and set right what differs; one line per topic, in the order of the table.

    `partitions` None takes the count of the topics that are there, else 4; `replication` None takes 3, or fewer where there are fewer
    brokers. Raises UserError, before anything is made, when the partition counts cannot agree; KafkaUnavailable when Kafka does not answer.
    """
    present = await kafka.describe(connection, [full_name(t.name, prefix) for t in TOPICS])
    count = agreed_partitions(present, partitions)
    copies = replication or min(_COPIES, await kafka.brokers(connection))
    wanted = specs(prefix, count, copies)
    made = set(await kafka.ensure_topics(connection, wanted))
    return [Line(w.name, Outcome.MADE) if w.name in made else await _settle(connection, w, present[w.name]) for w in wanted]


def agreed_partitions(present: Mapping[str, TopicSpec], asked: int | None) -> int:
    """The one partition count of all topics. Raises UserError when those that are there disagree with each other or with `asked`."""
    counts = {spec.partitions for spec in present.values()}
    if len(counts) > 1:
        listed = ", ".join(f"{spec.name} has {spec.partitions}" for spec in sorted(present.values(), key=lambda s: s.name))
        raise UserError(f"all topics must have the same number of partitions, but {listed}. {_WHY}")
    there = next(iter(counts), None)
    if there is not None and asked is not None and asked != there:
        raise UserError(f"the topics have {counted(there, 'partition')}, and {asked} were asked for. {_WHY}")
    return there or asked or DEFAULT_PARTITIONS


_WHY = (
    "The count decides in which partition each customer lives, so it cannot change once there are records: "
    "make new topics under another --prefix (`makegood topics apply --prefix NAME.`) and replay the history into them."
)


async def missing(connection: Connection, *, prefix: str = PREFIX) -> list[str]:
    """The full names of those of our topics that are not there. Raises KafkaUnavailable."""
    there = await kafka.topic_names(connection)
    return [name for name in (full_name(topic.name, prefix) for topic in TOPICS) if name not in there]


async def differences(connection: Connection, *, prefix: str = PREFIX) -> dict[str, dict[str, tuple[str | None, str]]]:
    """Where settings of our topics are not as the table says: by topic and setting, what is set and what should be. More is no difference.

    What is not set on a topic is None: then the broker's own default holds, whatever that is. Raises KafkaUnavailable.
    """
    found = await kafka.describe(connection, [full_name(topic.name, prefix) for topic in TOPICS])
    wrong: dict[str, dict[str, tuple[str | None, str]]] = {}
    for topic in TOPICS:
        name = full_name(topic.name, prefix)
        if name in found and (differing := _differing(topic.config, found[name].config)):
            wrong[name] = {key: (found[name].config.get(key), value) for key, value in differing.items()}
    return wrong


def _differing(wanted: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if found.get(key) != value and not _more(key, found.get(key), value)}


def _more(key: str, has: str | None, wanted: str) -> bool:
    """Whether somebody wanted more than the table asks for."""
    if key == "max.message.bytes":
        return has is not None and int(has) > int(wanted)
    return key == _KEPT and _longer(has, wanted)


def rendered(wrong: Mapping[str, Mapping[str, tuple[str | None, str]]]) -> str:
    """`differences` in words."""
    return "; ".join(
        f"{topic}: {key} is {has or 'as the broker has it'}, not {should}"
        for topic, settings_of in wrong.items()
        for key, (has, should) in settings_of.items()
    )


async def _settle(connection: Connection, wanted: TopicSpec, found: TopicSpec) -> Line:
    if differing := _differing(wanted.config, found.config):
        await kafka.alter_config(connection, wanted.name, differing)
        changes = (f"{key} is now {value} (was {found.config.get(key, 'as the broker has it')})" for key, value in differing.items())
        return Line(wanted.name, Outcome.ALTERED, "; ".join(changes))
    if _longer(found.config.get(_KEPT), wanted.config.get(_KEPT)):
        detail = f"{_KEPT} is {found.config[_KEPT]}, longer than {wanted.config[_KEPT]}: it stays, for a shorter one would erase records"
        return Line(wanted.name, Outcome.DIFFERS, detail)
    if found.replication < wanted.replication:
        detail = (
            f"{found.replication} of {counted(wanted.replication, 'copy', 'copies')}: raise them with Kafka's kafka-reassign-partitions"
        )
        return Line(wanted.name, Outcome.DIFFERS, detail)
    return Line(wanted.name, Outcome.RIGHT)


_KEPT = "retention.ms"
_FOR_EVER = -1


def _longer(has: str | None, wanted: str | None) -> bool:
    """Whether records are kept for longer than the table of topics says; somebody wanted that."""
    if has is None or wanted is None or int(wanted) == _FOR_EVER:
        return False
    return int(has) == _FOR_EVER or int(has) > int(wanted)


def too_many_for(partitions: int, workers: int) -> str | None:
    """A warning when each of `workers` would own more partitions than it should, else None."""
    if partitions <= MOST_PARTITIONS_PER_WORKER * workers:
        return None
    return (
        f"{counted(partitions, 'partition')} for {counted(workers, 'worker')}: a worker keeps a transactional producer and its connections "
        f"for each partition, and should own 8, at most {MOST_PARTITIONS_PER_WORKER}"
    )


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of the table beside what the cluster has: `partitions` None where it is missing.

    `records` counts offsets between first and end, so it includes transaction markers: at most so many records.
    """

    topic: Topic
    name: str
    partitions: int | None
    replication: int
    records: int


async def states(connection: Connection, *, prefix: str = PREFIX) -> list[TopicState]:
    """Every topic of the table as the cluster has it. Raises KafkaUnavailable when Kafka does not answer."""
    names = {full_name(t.name, prefix): t for t in TOPICS}
    found = await kafka.describe(connection, list(names))
    counts = _per_topic(await kafka.offsets(connection, found)) if found else {}
    absent = TopicSpec("", 0, 0)
    return [
        TopicState(topic, name, found[name].partitions if name in found else None, found.get(name, absent).replication, counts.get(name, 0))
        for name, topic in names.items()
    ]


def _per_topic(offsets: Mapping[tuple[str, int], tuple[int, int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for (topic, _partition), (first, end) in offsets.items():
        counts[topic] = counts.get(topic, 0) + end - first
    return counts


async def partition_count(connection: Connection, *, prefix: str = PREFIX, among: Iterable[Topic] = TOPICS) -> int:
    """How many partitions our topics have. Raises KafkaUnavailable when one is missing, UserError when they disagree."""
    names = [full_name(topic.name, prefix) for topic in among]
    found = await kafka.describe(connection, names)
    if missing := [name for name in names if name not in found]:
        raise KafkaUnavailable(f"there is no topic {', '.join(missing)}: make the topics with `makegood topics apply`")
    return agreed_partitions(found, None)
