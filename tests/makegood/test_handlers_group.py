"""Promises of a member of a consumer group: what was not committed comes again, what was does not, to whoever has the partition."""

from __future__ import annotations

import asyncio

import pytest

from makegood import kafka
from makegood.kafka import Connection, KafkaUnavailable
from tests.conftest import free_port
from tests.patience import PATIENT_S

pytestmark = pytest.mark.broker


async def write(bootstrap: str, topic: str, *values: str) -> None:
    async with kafka.producer(Connection(bootstrap)) as producer:
        for value in values:
            await producer.send_and_wait(topic, value.encode(), key=value.encode())


async def read(member: kafka.Member, count: int) -> list[str]:
    """Read until there are so many, committing none but the last batches by hand of the caller."""
    found: list[str] = []
    async with asyncio.timeout(PATIENT_S):
        while len(found) < count:
            found += [record.value.decode() for record in await member.read()]
    return found


async def test_what_was_not_committed_is_read_again_and_what_was_is_not(bootstrap, applied):
    topic, group = applied + "notices", applied + "g"
    await write(bootstrap, topic, "a", "b", "c")
    async with kafka.member(Connection(bootstrap), group, [topic]) as member:
        assert sorted(await read(member, 3)) == ["a", "b", "c"]
    async with kafka.member(Connection(bootstrap), group, [topic]) as member:
        seen: list[str] = []
        while len(seen) < 3:
            seen += [record.value.decode() for record in await member.read()]
            await member.commit()
        assert sorted(seen) == ["a", "b", "c"]
    await write(bootstrap, topic, "d")
    async with kafka.member(Connection(bootstrap), group, [topic]) as member:
        assert await read(member, 1) == ["d"]


async def test_two_members_share_the_partitions(bootstrap, applied):
    topic, group = applied + "notices", applied + "g"
    async with kafka.member(Connection(bootstrap), group, [topic]) as one, kafka.member(Connection(bootstrap), group, [topic]) as two:
        async with asyncio.timeout(PATIENT_S):
            while sorted(one.partitions + two.partitions) != [0, 1, 2, 3] or not (one.partitions and two.partitions):
                await asyncio.gather(one.read(), two.read())


def breaks_down(client: object) -> None:
    """What fetches in the background raises, as it does on a bug of the client: aiokafka logs that, and reads nothing any more."""

    def raising(*_: object) -> None:
        raise RuntimeError("a bug")

    client._fetcher._get_actions_per_node = raising


@pytest.mark.parametrize("how", ["as a member", "by hand"])
async def test_a_reader_that_would_read_nothing_any_more_says_so(bootstrap, applied, how, caplog):
    topic, connection = applied + "notices", Connection(bootstrap)
    caplog.set_level("CRITICAL", "aiokafka")
    with pytest.raises(KafkaUnavailable, match="data retrieval"):
        async with (
            kafka.member(connection, applied + "g", [topic]) if how == "as a member" else kafka.tail(connection, [topic], {}) as reader
        ):
            await reader.read()
            breaks_down(reader._client if how == "as a member" else reader._reader)
            await write(bootstrap, topic, "a")
            async with asyncio.timeout(PATIENT_S):
                while True:
                    await reader.read()


async def test_a_topic_that_is_not_there_is_a_clear_word(bootstrap, prefix):
    with pytest.raises(KafkaUnavailable, match="makegood topics apply"):
        async with kafka.member(Connection(bootstrap), "g", [prefix + "notices"]):
            pass


async def test_nobody_there_is_a_clear_word():
    with pytest.raises(KafkaUnavailable, match="nobody answers"):
        async with kafka.member(Connection(f"127.0.0.1:{free_port()}"), "g", ["notices"]):
            pass
