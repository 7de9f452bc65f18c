"""One record of each kind that once stopped a part for ever: the worker goes on, and of each there is a dead letter."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from makegood import kafka
from makegood.config import settings
from makegood.errors import UserError
from makegood.kafka import Connection, dead_letters, topics
from makegood.kafka.group import member
from makegood.local.broker import Cluster
from makegood.services.until_signal import STOPPED_ITSELF
from schemas.traffic import Fault
from streams.engine.partitioner import partition_of
from tests.conftest import free_port
from tests.faults.harness import PARTITIONS, Workers
from tests.patience import PATIENT_S
from tests.raw_records import compressed, with_header_name

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


def profile(name: str, **more: object) -> bytes:
    known = {"type": "customer.profiled", "id": f"p-{name}", "source": "test", "object": name, "occurred_at": "2026-06-01T00:00:00Z"}
    return json.dumps({**known, "customer": {"id": name}, "annual_value": 100_000, **more}).encode()


@pytest.fixture
def workers(bootstrap, applied, tmp_path):
    made = Workers(bootstrap, applied, tmp_path)
    yield made
    made.end()


@pytest.fixture
def given(bootstrap, applied):
    return settings.load(kafka=bootstrap, prefix=applied, group=applied.rstrip("."))


async def settled_with(workers: Workers, name: str) -> dict:
    """Write one good fact behind everything, wait until it is decided, and return the dead letters by fault."""
    connection, prefix = Connection(workers.bootstrap), workers.prefix
    async with kafka.producer(connection) as producer:
        partition = partition_of(name, PARTITIONS)
        await producer.send_and_wait(prefix + "customers", value=profile(name), key=name.encode(), partition=partition)
    verdict = await workers.until_settled()
    assert not workers.exits, workers.log("one")[-2000:]
    assert verdict.sound, str(verdict)
    decided = {json.loads(r.value)["customer"] async for r in kafka.read_topic(connection, prefix + "decisions")}
    assert name in decided, "a fact behind the record was not decided"
    letters, _ = await dead_letters.read(settings.load(kafka=workers.bootstrap, prefix=prefix))
    return {letter.fault: letter for letter in letters.values()}


def test_a_record_too_large_for_a_dead_letter_is_cut_and_says_what_it_was(workers, given):
    rubbish = random.Random(1).randbytes(3_300_000)

    async def run() -> None:
        workers.start("one")
        async with kafka.producer(Connection(workers.bootstrap)) as producer:
            await producer.send_and_wait(workers.prefix + "customers", value=rubbish, key=b"k", partition=partition_of("C1", PARTITIONS))
        letter = (await settled_with(workers, "C1"))[Fault.NOT_JSON]
        assert (letter.cut.value_bytes, letter.cut.value_sha256) == (len(rubbish), hashlib.sha256(rubbish).hexdigest())
        with pytest.raises(UserError, match=rf"partition {letter.partition}, at offset {letter.offset}"):
            await dead_letters.replay(given, [letter.id])
        assert (await dead_letters.replay(given, None)).sent == []

    asyncio.run(run())


def test_a_batch_that_unpacks_to_too_much_is_a_dead_letter_with_its_bytes(workers):
    value = b'{"type":"survey.answered","comment":"' + b"x" * 40_000_000 + b'"}'

    async def run() -> None:
        workers.start("one")
        await compressed(workers.bootstrap, workers.prefix + "customers", partition_of("C1", PARTITIONS), value, b"k")
        letter = (await settled_with(workers, "C1"))[Fault.BROKEN_BATCH]
        assert letter.cut is None
        assert len(base64.b64decode(letter.value)) < len(value) // 100
        assert "unpacks to more than 32 MB" in letter.error

    asyncio.run(run())


@pytest.mark.parametrize("compression", [0, 1], ids=["plain", "gzip"])
def test_a_header_whose_name_is_not_utf_8_is_a_dead_letter_and_its_neighbours_are_decided(workers, given, compression):
    async def run() -> None:
        workers.start("one")
        partition = partition_of("C1", PARTITIONS)
        batch = [(b"C1", profile("C1", version=1), "plain"), (b"C1", profile("C1", version=2), "na\xefve"), (b"C1", b"no", "plain")]
        await with_header_name(workers.bootstrap, workers.prefix + "customers", partition, batch, compression)
        letters = await settled_with(workers, "C1")
        letter = letters[Fault.UNREADABLE_HEADER]
        assert (letter.offset, dead_letters.body(letter)) == (1, profile("C1", version=2).decode())
        assert letters[Fault.NOT_JSON].offset == 2
        assert (await dead_letters.replay(given, [letter.id])).sent == [letter.id]
        await workers.until_settled()
        assert len((await dead_letters.read(given))[0]) == len(letters), "sent again, it was a dead letter again"

    asyncio.run(run())


def test_a_batch_damaged_on_the_disk_is_one_dead_letter_and_the_next_is_decided(tmp_path):
    with Cluster(tmp_path / "kafka", brokers=1, first_port=free_port(2)) as cluster:
        asyncio.run(topics.apply(Connection(cluster.bootstrap), prefix="damaged.", partitions=PARTITIONS))
        workers = Workers(cluster.bootstrap, "damaged.", tmp_path)

        async def run() -> None:
            partition = partition_of("C1", PARTITIONS)
            async with kafka.producer(Connection(cluster.bootstrap)) as producer:
                await producer.send_and_wait("damaged.customers", value=profile("DAMAGED"), key=b"C1", partition=partition)
            [segment] = (tmp_path / "kafka").rglob(f"damaged.customers-{partition}/*.log")
            with segment.open("r+b") as file:
                file.seek(segment.read_bytes().index(b"DAMAGED"))
                file.write(b"d")
            workers.start("one")
            letter = (await settled_with(workers, "C1"))[Fault.BROKEN_BATCH]
            assert (letter.offset, "dAMAGED" in dead_letters.body(letter)) == (0, True)
            with pytest.raises(UserError, match="it is no record"):
                await dead_letters.replay(settings.load(kafka=cluster.bootstrap, prefix="damaged."), [letter.id])

        try:
            asyncio.run(run())
        finally:
            workers.end()


def test_readers_step_over_what_the_client_cannot_unpack(bootstrap, applied):
    async def run() -> None:
        connection, topic = Connection(bootstrap), applied + "notices"
        await with_header_name(bootstrap, topic, 0, [(b"k", b"1", "plain"), (b"k", b"2", "na\xefve"), (b"k", b"3", "plain")])
        assert [record.value async for record in kafka.read_topic(connection, topic)] == [b"1", b"3"]
        shown = [record async for record in kafka.read_topic(connection, topic, unreadable=True)]
        assert [(record.value, record.fault) for record in shown] == [(b"1", None), (b"2", "unreadable_header"), (b"3", None)]
        async with kafka.tail(connection, [topic], {}) as tail:
            read: list[bytes] = []
            while len(read) < 2:
                read += [record.value for record in await tail.read()]
            assert (read, await tail.behind()) == ([b"1", b"3"], 0)
        async with member(connection, applied + "handlers", [topic]) as one:
            read = []
            while len(read) < 2:
                read += [record.value for record in await one.read()]
                await one.commit()
        assert read == [b"1", b"3"]

    asyncio.run(run())


def test_a_fact_dated_ahead_of_the_brokers_clock_is_a_dead_letter_whatever_its_writer_dates_the_record(workers):
    ahead = datetime.now(UTC) + timedelta(days=700)

    async def run() -> None:
        workers.start("one")
        async with kafka.producer(Connection(workers.bootstrap)) as producer:
            topic, partition = workers.prefix + "customers", partition_of("C1", PARTITIONS)
            value = profile("C1", occurred_at=ahead.isoformat())
            await producer.send_and_wait(topic, value=value, key=b"C1", partition=partition, timestamp_ms=int(ahead.timestamp() * 1000))
        letter = (await settled_with(workers, "C1"))[Fault.DATED_AHEAD]
        assert abs(letter.timestamp - datetime.now(UTC).timestamp()) < 600

    asyncio.run(run())


def test_a_record_of_2018_stays_until_it_is_decided(workers):
    old = int(datetime(2018, 3, 1, tzinfo=UTC).timestamp() * 1000)

    async def run() -> None:
        connection, topic = Connection(workers.bootstrap), workers.prefix + "customers"
        async with kafka.producer(connection) as producer:
            value = profile("C2", occurred_at="2018-03-01T00:00:00Z")
            await producer.send_and_wait(topic, value=value, key=b"C2", partition=partition_of("C2", PARTITIONS), timestamp_ms=old)
        found = [record.timestamp_ms async for record in kafka.read_topic(connection, topic)]
        assert len(found) == 1
        assert found[0] > old

    asyncio.run(run())


@pytest.mark.parametrize("where", ["thread", "task"])
def test_a_crash_in_a_service_of_faust_ends_the_worker_as_every_other_end_does(workers, where):
    process = workers.start("one", CRASH=where)
    assert process.wait(PATIENT_S) == STOPPED_ITSELF
    stops = [line for line in workers.log("one").splitlines() if '"worker stops"' in line]
    assert len(stops) == 1
    assert "no more file handles" in json.loads(stops[0])["reason"]
    workers.running.clear()
