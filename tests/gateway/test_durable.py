"""Promises on a real Kafka: what is answered 2xx can be read back, what comes twice has no second effect, an outage is told and passes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from makegood import kafka
from makegood.kafka import Connection, topics
from makegood.local.broker import Cluster
from schemas.inputs import FACT
from schemas.policy import Policy
from schemas.topics import BY_NAME
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.conftest import free_port
from tests.gateway.conftest import gateway_over, until_ready
from tests.gateway.sending import a_fact, keyed, payload, signed
from tests.patience import PATIENT_S

pytestmark = pytest.mark.broker
PARTITIONS = 4


async def read(bootstrap: str, topic: str) -> list[kafka.Record]:
    return [record async for record in kafka.read_topic(Connection(bootstrap), topic)]


def zendesk(name: str, **change: str) -> tuple[bytes, dict[str, str]]:
    body = payload("zendesk", name)
    for old, new in change.items():
        body = body.replace(old.encode(), new.encode())
    return body, signed("zendesk", body, datetime.now(UTC))


async def test_what_is_answered_200_lies_in_its_topic_under_its_customer(bootstrap, applied):
    async with gateway_over(bootstrap, applied) as (client, _):
        await until_ready(client)
        answer = await client.post("/v1/facts", headers=keyed(), json=a_fact())
        assert answer.status_code == 200
        (record,) = await read(bootstrap, f"{applied}feedback")  # read_committed, at once: not a moment later
    assert record.key == b"email:ann@example.com"
    assert record.partition == partition_of("email:ann@example.com", PARTITIONS)
    assert FACT.validate_json(record.value).comment == "nobody called me back"
    assert dict(record.headers)["ce_type"] == b"survey.answered"


async def test_a_delivery_goes_to_the_topics_of_its_facts(bootstrap, applied):
    body, headers = zendesk("ticket_created")
    async with gateway_over(bootstrap, applied) as (client, _):
        await until_ready(client)
        assert (await client.post("/v1/webhooks/zendesk", content=body, headers=headers)).status_code == 200
    (record,) = await read(bootstrap, f"{applied}interactions")
    assert FACT.validate_json(record.value).object == "5158"


async def test_what_comes_twice_has_no_second_effect(bootstrap, applied):
    profile = a_fact(type="customer.profiled", id="p", object="p", customer={"id": "C-1", "aliases": ["zendesk:8447388090494"]}, hic=True)
    body, headers = zendesk("ticket_created", LOW="URGENT")
    async with gateway_over(bootstrap, applied) as (client, _):
        await until_ready(client)
        for _ in range(3):
            assert (await client.post("/v1/facts", headers=keyed(), json=profile)).status_code == 200
            assert (await client.post("/v1/webhooks/zendesk", content=body, headers=headers)).status_code == 200
    decided = await decided_from(bootstrap, applied)
    assert [task["version"] for task in decided["tasks"]] == [1]
    assert sum(one["verdict"] == "duplicate_ignored" for one in decided["decisions"]) == 4


async def decided_from(bootstrap: str, prefix: str) -> dict[str, list[dict]]:
    """What the real fold makes of what the gateway wrote, in the order of the topics."""
    outputs: dict[str, list[dict]] = {name: [] for name in BY_NAME}
    machine = Offline(Policy(version="test"), PARTITIONS, lambda output: outputs[output.topic].append(json.loads(output.value or b"{}")))
    for topic in ("customers", "interactions"):
        for record in await read(bootstrap, prefix + topic):
            machine.feed(topic, record.partition, record.key, record.value, list(record.headers))
    return outputs


async def test_a_batch_is_written_whole_and_each_record_once(bootstrap, applied):
    batch = [a_fact(id=f"r-{n}", object=f"o-{n}", customer={"id": f"C-{n % 50}"}) for n in range(1000)]
    async with gateway_over(bootstrap, applied) as (client, _):
        await until_ready(client)
        answer = await client.post("/v1/facts/batch", headers=keyed(), json=batch)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1000)
    found = await read(bootstrap, f"{applied}feedback")
    assert sorted(FACT.validate_json(record.value).id for record in found) == sorted(one["id"] for one in batch)
    assert {record.partition for record in found} == set(range(PARTITIONS))


async def test_without_topics_the_gateway_says_what_to_do(bootstrap, prefix):
    async with gateway_over(bootstrap, prefix) as (client, writer):
        async with asyncio.timeout(PATIENT_S):
            while "topics apply" not in (writer.trouble or ""):  # noqa: ASYNC110  it is another task that will know
                await asyncio.sleep(0.1)
        answer = await client.post("/v1/facts", headers=keyed(), json=a_fact())
    assert (answer.status_code, "makegood topics apply" in answer.json()["error"]) == (503, True)


def _kill(cluster: Cluster) -> Callable[[], None]:
    cluster.kill(1)
    return lambda: cluster.restart(1)


def _freeze(cluster: Cluster) -> Callable[[], None]:
    pid = cluster.pid(1)
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


@pytest.mark.faults
@pytest.mark.parametrize("die", [_kill, _freeze])
async def test_while_kafka_is_away_senders_are_told_in_time_and_all_goes_on_when_it_is_back(tmp_path, prefix, die):
    with Cluster(tmp_path, first_port=free_port(2)) as cluster:
        await topics.apply(Connection(cluster.bootstrap), prefix=prefix, partitions=PARTITIONS, replication=1)
        async with gateway_over(cluster.bootstrap, prefix, within_s=3) as (client, _):
            await until_ready(client)
            assert (await client.post("/v1/facts", headers=keyed(), json=a_fact(id="before"))).status_code == 200
            come_back = await asyncio.to_thread(die, cluster)
            began = time.monotonic()
            answers = await asyncio.gather(
                *(client.post("/v1/facts", headers=keyed(), json=a_fact(id=f"during-{n}", object=f"d-{n}")) for n in range(20))
            )
            assert time.monotonic() - began < PATIENT_S  # no measure of speed: only that it ends
            assert {answer.status_code for answer in answers} == {503}
            assert all(answer.headers["retry-after"] for answer in answers)
            assert (await client.get("/readyz")).status_code == 503
            await asyncio.to_thread(come_back)
            await until_ready(client)
            again = await client.post("/v1/facts", headers=keyed(), json=a_fact(id="after", object="after"))
            assert again.status_code == 200
            written = [FACT.validate_json(record.value).id for record in await read(cluster.bootstrap, f"{prefix}feedback")]
    assert {"before", "after"} <= set(written)
    assert len(written) == len(set(written)), "the client tried again, and wrote something twice"
