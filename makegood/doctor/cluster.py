"""Kafka: it answers, the topics are there, nothing is read on the way, and its clock agrees with ours."""

from __future__ import annotations

from makegood import kafka
from makegood.config.secrets import all_here
from makegood.config.settings import Settings
from makegood.doctor.finding import Finding
from makegood.kafka import KafkaUnavailable, topics
from schemas.operations import ServiceChanged
from schemas.wording import counted

MOST_SKEW_S = 2.0
"""Deadlines and signatures are judged by the clock: minutes would be wrong, a second is nothing."""


async def cluster(settings: Settings) -> list[Finding]:
    """The cluster and our topics on it. Raises KafkaUnavailable."""
    count = await kafka.brokers(settings.connection)
    findings = [Finding(True, f"Kafka answers at {settings.kafka}: {counted(count, 'broker')}")]
    if settings.kafka_security in {"PLAINTEXT", "SASL_PLAINTEXT"} and not all_here(settings.kafka):
        findings.append(
            Finding(False, f"{settings.kafka} is another machine and the connection is not encrypted: set MAKEGOOD_KAFKA_SECURITY=SASL_SSL")
        )
    findings.append(await _clock(settings))
    partitions = await topics.partition_count(settings.connection, prefix=settings.prefix)
    findings.append(Finding(True, f"the topics {settings.prefix}* are there, {counted(partitions, 'partition')} each"))
    return [*findings, await _topic_settings(settings), *await _accepted_holes(settings)]


async def _accepted_holes(settings: Settings) -> list[Finding]:
    """What a person has decided is not wrong, but nobody should have to remember it. The topic keeps it for a month, the journal for ever."""
    topic = topics.full_name("operations", settings.prefix)
    found = [_gap(record.value or b"") async for record in kafka.read_topic(settings.connection, topic)]
    gaps = sorted((change.at, change.sentence) for change in found if change is not None)
    return [Finding(True, f"{sentence} ({at:%Y-%m-%d %H:%M} UTC)") for at, sentence in gaps]


def _gap(value: bytes) -> ServiceChanged | None:
    """None for another change, and for what is none at all."""
    try:
        change = ServiceChanged.model_validate_json(value)
    except ValueError:
        return None
    return change if change.gap is not None else None


async def _topic_settings(settings: Settings) -> Finding:
    wrong = await topics.differences(settings.connection, prefix=settings.prefix)
    if not wrong:
        return Finding(True, "the settings of the topics are as they should be")
    return Finding(False, f"{topics.rendered(wrong)}. `makegood topics apply` sets them right")


async def _clock(settings: Settings) -> Finding:
    try:
        ahead, give_or_take = await kafka.clock_ahead_s(settings.connection, settings.prefix)
    except KafkaUnavailable as error:
        return Finding(True, f"the clocks were not compared: no topic could be made for it ({error})")
    skew = max(0.0, abs(ahead) - give_or_take)
    if skew <= MOST_SKEW_S:
        return Finding(True, f"the clocks of Kafka and of this machine agree within {MOST_SKEW_S:.0f} s")
    side = "ahead of" if ahead > 0 else "behind"
    return Finding(False, f"the clock of Kafka is {skew:.0f} s {side} that of this machine: let both follow a time server (NTP)")
