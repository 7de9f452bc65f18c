"""Promises of a real gateway process: what it answered 2xx outlives kill -9, and a kind end answers what was taken."""

from __future__ import annotations

import asyncio
import random

import httpx
import pytest

from makegood import kafka
from makegood.kafka import Connection, topics
from schemas.inputs import FACT
from tests.conftest import free_port
from tests.gateway.process import Gateway
from tests.gateway.sending import a_fact, keyed
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]
KILLS = 5
SENDERS = 8


@pytest.fixture
async def gateway(bootstrap, prefix, tmp_path):
    await topics.apply(Connection(bootstrap), prefix=prefix, partitions=4, replication=1)
    with Gateway(tmp_path, bootstrap, prefix) as gateway:
        await gateway.start()
        yield gateway


async def send(client: httpx.AsyncClient, name: str, taken: list[str]) -> None:
    """Until it is answered 2xx, as a patient sender does."""
    while True:
        try:
            answer = await client.post("/v1/facts", headers=keyed(), json=a_fact(id=name, object=name))
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code == 200:
            taken.append(name)
            return
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.05)


async def pour(port: int, taken: list[str], go_on) -> None:
    async def sender(number: int) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            count = 0
            while go_on():
                await send(client, f"s{number}-{count}", taken)
                count += 1

    await asyncio.gather(*(sender(number) for number in range(SENDERS)))


async def written(bootstrap: str, prefix: str) -> list[str]:
    return [FACT.validate_json(record.value).id async for record in kafka.read_topic(Connection(bootstrap), f"{prefix}feedback")]


@pytest.mark.faults
async def test_what_was_answered_2xx_is_in_kafka_after_every_kill(gateway, bootstrap, prefix):
    taken: list[str] = []
    killing = True
    pouring = asyncio.create_task(pour(gateway.port, taken, lambda: killing))
    for _ in range(KILLS):
        before = len(taken)
        async with asyncio.timeout(PATIENT_S):
            while len(taken) < before + 100:  # noqa: ASYNC110  senders of another task fill it
                await asyncio.sleep(0.02)
        await asyncio.sleep(random.random() / 2)
        gateway.kill()
        answered = list(taken)
        missing = set(answered) - set(await written(bootstrap, prefix))
        assert not missing, f"{len(missing)} facts were answered 200 and are not in Kafka"
        await gateway.start()
    killing = False
    await pouring
    found = await written(bootstrap, prefix)
    print(f"\n{KILLS} kills, {len(taken):,} facts answered 200, {len(found):,} records: {len(found) - len(set(found))} written again")
    assert set(taken) <= set(found)
    assert len(found) - len(set(found)) <= KILLS * SENDERS, "only what was under way at a kill may be written again"


async def test_a_kind_end_answers_what_was_taken_and_exits_0(gateway, bootstrap, prefix):
    taken: list[str] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gateway.port}", timeout=30) as client:
        await send(client, "before", taken)
        body_half_sent = asyncio.Event()

        async def slowly():
            yield b'{"type": "survey.answered", "id": "slow", "source": "shop", "object": "slow", "occurred_at": '
            body_half_sent.set()
            await asyncio.sleep(1)
            yield b'"2026-06-01T10:00:00Z", "customer": {"id": "C"}}'

        under_way = asyncio.create_task(client.post("/v1/facts", headers=keyed(), content=slowly()))
        await body_half_sent.wait()
        await asyncio.sleep(0.3)
        assert await gateway.end() == 0
        assert (await under_way).status_code == 200
    assert set(await written(bootstrap, prefix)) == {"before", "slow"}
    assert "gateway ended" in gateway.log()


async def test_a_gateway_without_kafka_says_so_and_ends_when_told(tmp_path, prefix):
    with Gateway(tmp_path, f"127.0.0.1:{free_port()}", prefix) as lonely:
        await lonely.start("/livez")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{lonely.port}") as client:
            answer = await client.post("/v1/facts", headers=keyed(), json=a_fact())
        assert (answer.status_code, "nobody answers" in answer.json()["error"]) == (503, True)
        assert await lonely.end() == 0
        assert "facts cannot be written" in lonely.log()
