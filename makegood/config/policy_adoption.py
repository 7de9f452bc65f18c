"""Sending a policy to the workers: one record to every partition of the `policies` topic, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from makegood import kafka
from makegood.config.policy_file import built_in
from makegood.errors import UserError
from makegood.kafka import Connection, Record
from makegood.kafka.topics import PREFIX, full_name, partition_count
from schemas.cloudevents import headers_of
from schemas.policy import Policy
from schemas.topics import BY_NAME
from schemas.traffic import PolicyAdopted


class Adoption(StrEnum):
    SENT = "sent"
    ALREADY = "already"


async def adopt(connection: Connection, policy: Policy, *, prefix: str = PREFIX) -> Adoption:
    """Write the policy to every partition that does not have it as its newest, all or none.

    Going back to an earlier policy is allowed. Raises UserError when this version was used for other content, KafkaUnavailable when Kafka
    does not answer or the topic is missing.
    """
    topic = full_name("policies", prefix)
    partitions = await partition_count(connection, prefix=prefix, among=[BY_NAME["policies"]])
    async with kafka.producer(connection, transactional_id=f"{topic}-apply") as producer:
        # read only now: starting the producer has fenced any other adoption and waited until the last one can be seen
        records = [record async for record in kafka.read_topic(connection, topic)]
        refuse_changed(policy, [found for record in records if (found := policy_of(record))])
        newest = {record.partition: policy_of(record) for record in records}
        lacking = [number for number in range(partitions) if newest.get(number) != policy]
        if lacking:
            await _send(producer, topic, policy, lacking)
    return Adoption.SENT if lacking else Adoption.ALREADY


def policy_of(record: Record) -> Policy | None:
    """The policy that a record of the topic carries; None for what is no policy (workers made it a dead letter)."""
    try:
        return PolicyAdopted.model_validate_json(record.value or b"").policy
    except ValidationError:
        return None


def refuse_changed(policy: Policy, known: Iterable[Policy]) -> None:
    """Raises UserError when the version already stands for something else: every decision names it, so it must mean one thing."""
    if any(other.version == policy.version and other != policy for other in [*known, built_in()]):
        raise UserError(
            f'version "{policy.version}" was already used for a policy with other content: '
            "decisions name their policy by version, so give the changed file a new one"
        )


async def _send(producer: Any, topic: str, policy: Policy, partitions: Iterable[int]) -> None:
    now, key = datetime.now(UTC), policy.version.encode()
    value = PolicyAdopted(policy=policy).model_dump_json().encode()
    async with producer.transaction():
        pending = kafka.PendingSends(producer)
        for number in partitions:
            headers = headers_of("policy.adopted", f"{policy.version}-{number}", "makegood", now)
            await pending.send(topic, value=value, key=key, partition=number, headers=headers)
        await pending.settled()
