"""Topics on the cluster: what is there, making what is missing, changing settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from makegood.kafka.clients import admin
from makegood.kafka.connection import Connection, KafkaUnavailable

_SET_ON_THE_TOPIC = 1  # config source of DescribeConfigs: not inherited from the broker
_VISIBLE_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it shall be, or as it is: `config` holds only what is set on the topic itself."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str] = field(default_factory=dict)


async def brokers(connection: Connection) -> int:
    """How many brokers the cluster has at this moment. Raises KafkaUnavailable."""
    async with admin(connection) as client:
        return len((await client.describe_cluster())["brokers"])


async def cluster(connection: Connection) -> str:
    """The id that the cluster was given when it was made. Raises KafkaUnavailable."""
    async with admin(connection) as client:
        return str((await client.describe_cluster())["cluster_id"])


async def topic_names(connection: Connection) -> set[str]:
    """Every topic on the cluster that we may see. Raises KafkaUnavailable."""
    async with admin(connection) as client:
        return set(await client.list_topics())


async def describe(connection: Connection, names: Sequence[str]) -> dict[str, TopicSpec]:
    """Those of the topics that exist, as they are. Raises KafkaUnavailable."""
    async with admin(connection) as client:
        described = await existing(client, names)
        configs = await _configs(client, list(described))
    return {
        name: TopicSpec(name, len(found["partitions"]), min(len(p["replicas"]) for p in found["partitions"]), configs[name])
        for name, found in described.items()
    }


async def existing(client: Any, names: Sequence[str]) -> dict[str, Any]:
    there = set(await client.list_topics()) & set(names)
    return {found["topic"]: found for found in await client.describe_topics(sorted(there)) if found["partitions"]} if there else {}


async def _configs(client: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    resources = [resource for answer in answers for resource in answer.resources]
    # an entry is (name, value, read only, source, ...)
    return {name: {e[0]: e[1] for e in entries if e[3] == _SET_ON_THE_TOPIC} for _code, _message, _kind, name, entries in resources}


async def ensure_topics(connection: Connection, specs: Sequence[TopicSpec]) -> list[str]:
    """Make those of the topics that do not exist, wait until they can be used, and return their names. Existing ones stay as they are.

    Raises KafkaUnavailable when Kafka refuses one (too many replicas, an unknown setting).
    """
    async with admin(connection) as client:
        there = await existing(client, [spec.name for spec in specs])
        missing = [spec for spec in specs if spec.name not in there]
        if not missing:
            return []
        answer = await client.create_topics([NewTopic(s.name, s.partitions, s.replication, topic_configs=dict(s.config)) for s in missing])
        for name, code, message, *_ in answer.topic_errors:
            if code and code != TopicAlreadyExistsError.errno:
                raise KafkaUnavailable(f"Kafka cannot make the topic {name}: {message or for_code(code).__name__}")
        await _until_usable(client, missing)
    return [spec.name for spec in missing]


async def _until_usable(client: Any, specs: Sequence[TopicSpec]) -> None:
    async with asyncio.timeout(_VISIBLE_WITHIN_S):
        while True:
            found = await existing(client, [spec.name for spec in specs])
            led = [name for name, topic in found.items() if all(p["leader"] >= 0 for p in topic["partitions"])]
            if len(led) == len(specs):
                return
            await asyncio.sleep(0.05)


async def alter_config(connection: Connection, name: str, config: Mapping[str, str]) -> None:
    """Give a topic these settings, beside those that it already has. Raises KafkaUnavailable when Kafka refuses."""
    async with admin(connection) as client:
        # the request replaces every setting of the topic, so those that are not ours are sent again
        present = (await _configs(client, [name]))[name]
        answers = await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs={**present, **config})])
    for code, message, *_ in (resource for answer in answers for resource in answer.resources):
        if code:
            raise KafkaUnavailable(f"Kafka cannot change the settings of {name}: {message or for_code(code).__name__}")
