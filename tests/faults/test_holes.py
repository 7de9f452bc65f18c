"""A hole in the input stops the worker with one sentence; going on behind it is a person's word, and stands in the journal."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from console import tables
from console.fold import fold
from makegood import kafka
from makegood.config import settings
from makegood.doctor import cluster as doctor_of_cluster
from makegood.kafka import Connection, topics
from schemas.message import instant
from schemas.traffic import JournalEntry
from streams.engine.partitioner import partition_of
from tests.faults.harness import PARTITIONS, Workers
from tests.faults.load import Load, pour
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

COUNT = 3000


@pytest.fixture
def stopped(make_workers, cluster, seed):
    """Workers of an installation that has decided something, of which none runs; and a load that goes on where it was."""
    workers, load = make_workers(), Load(seed)

    async def run() -> None:
        workers.start("one")
        await pour(cluster.bootstrap, workers.prefix, load.records(COUNT), 2000, PARTITIONS)
        assert (await workers.until_settled()).sound

    asyncio.run(run())
    workers.stop("one")
    return workers, load


async def ended(workers, name: str = "one", within_s: float = 2 * PATIENT_S) -> str:
    """Why a worker stopped by itself."""
    process, began = workers.running[name], time.monotonic()
    while process.poll() is None:
        assert time.monotonic() - began < within_s, "the worker goes on as if nothing were missing"
        await asyncio.sleep(0.2)
    del workers.running[name]
    assert process.returncode == 70
    return next(line for line in reversed(workers.log(name).splitlines()) if "worker stops" in line)


async def refused(workers, name: str = "one") -> str:
    """What a worker says that does not even start."""
    process = workers.running.pop(name)
    assert await asyncio.to_thread(process.wait, PATIENT_S) == 1
    return workers.log(name).splitlines()[-1]


async def more(cluster, workers, load, count: int = 500) -> None:
    await pour(cluster.bootstrap, workers.prefix, (load._any() for _ in range(count)), 2000, PARTITIONS)


async def remove_before_end(cluster, topic: str, partition: int) -> None:
    """What DeleteRecords does, and retention in its time."""
    client = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await client.start()
    try:
        ends = await kafka.offsets(Connection(cluster.bootstrap), [topic])
        await client.delete_records({TopicPartition(topic, partition): RecordsToDelete(before_offset=ends[(topic, partition)][1])})
    finally:
        await client.close()


async def delete(cluster, topic: str) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await client.start()
    try:
        await client.delete_topics([topic])
    finally:
        await client.close()


async def make_anew(cluster, workers, topic: str) -> None:
    await delete(cluster, workers.prefix + topic)
    await asyncio.sleep(3)
    await topics.apply(Connection(cluster.bootstrap), prefix=workers.prefix, partitions=PARTITIONS)


async def gaps(cluster, workers) -> list:
    records = [record async for record in kafka.read_topic(Connection(cluster.bootstrap), workers.prefix + "journal")]
    return [gap for record in records for gap in JournalEntry.model_validate_json(record.value).accepted or ()]


async def told(workers) -> list[str]:
    """What `makegood doctor` says of holes."""
    given = settings.load(kafka=workers.bootstrap, prefix=workers.prefix, group=workers.settings["group"])
    return [sentence for _, sentence in await doctor_of_cluster.cluster(given) if "hole" in sentence]


async def on_the_board(cluster, workers) -> list[str]:
    """Which services have something to say of holes in the list of the pipeline page."""
    records = [record async for record in kafka.read_topic(Connection(cluster.bootstrap), workers.prefix + "operations")]
    shown = fold(record._replace(topic="operations") for record in records).rows[tables.service_event.name]
    return [row["service"] for row in shown if "hole" in row["sentence"]]


def test_records_removed_before_they_were_decided_stop_the_worker_until_a_person_accepts(cluster, stopped):
    workers, load = stopped

    async def run() -> None:
        await more(cluster, workers, load)
        await remove_before_end(cluster, workers.prefix + "feedback", 2)
        workers.start("one")
        why = await ended(workers)
        assert "feedback-2: offsets" in why
        assert "--accept-gap feedback-2" in why
        workers.settings["accept_gap"] = ["feedback-2"]
        workers.start("one")
        await more(cluster, workers, load)
        verdict = await workers.until_settled()  # what was removed cannot be folded again, but everything that is there was applied
        assert not any("never applied" in fault for fault in verdict.faults)
        [gap] = await gaps(cluster, workers)
        assert (gap.topic, gap.cause) == ("feedback", "removed")
        assert gap.first > gap.expected
        assert [
            f"goes on behind a hole that a person accepted: feedback-2: offsets {gap.expected}" in said for said in await told(workers)
        ] == [True]
        assert await on_the_board(cluster, workers) == ["worker"]

    asyncio.run(run())


def test_an_input_deleted_and_made_again_stops_the_worker_before_and_while_it_runs(cluster, stopped):
    workers, load = stopped

    async def run() -> None:
        await make_anew(cluster, workers, "commerce")
        workers.start("one")
        assert "not the log that was decided" in await ended(workers)
        workers.settings["accept_gap"] = [f"commerce-{number}" for number in range(PARTITIONS)]
        workers.start("one")
        await more(cluster, workers, load)
        await workers.until_moving()
        assert {gap.cause for gap in await gaps(cluster, workers)} == {"other_log"}
        workers.stop("one")
        workers.settings["accept_gap"] = []
        workers.start("one", LOOK_AGAIN_S="1")
        await more(cluster, workers, load)
        await workers.until_moving()
        await make_anew(cluster, workers, "interactions")
        assert "interactions" in await ended(workers)

    asyncio.run(run())


@pytest.mark.parametrize("topic", ["commerce", "decisions", "state"])
def test_a_topic_deleted_while_the_worker_runs_is_named(cluster, stopped, topic):
    workers, load = stopped

    async def run() -> None:
        workers.start("one")
        await more(cluster, workers, load)
        await workers.until_moving()
        await delete(cluster, workers.prefix + topic)
        assert f"there is no topic {workers.prefix}{topic} any more" in await ended(workers)

    asyncio.run(run())


def test_a_partition_added_to_an_input_stops_the_worker_while_it_runs_and_before(cluster, stopped):
    workers, load = stopped

    async def run() -> None:
        workers.start("one", LOOK_AGAIN_S="1")
        await more(cluster, workers, load)
        await workers.until_moving()
        client = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        await client.start()
        await client.create_partitions({workers.prefix + "feedback": NewPartitions(PARTITIONS + 1)})
        await client.close()
        assert f"feedback has {PARTITIONS + 1} partitions" in await ended(workers)
        workers.start("one")
        assert f"{workers.prefix}feedback has {PARTITIONS + 1}" in await refused(workers)

    asyncio.run(run())


def test_with_a_state_topic_that_would_forget_customers_no_worker_starts(cluster, stopped):
    workers, _ = stopped

    async def run() -> None:
        await kafka.alter_config(Connection(cluster.bootstrap), workers.prefix + "state", {"cleanup.policy": "delete"})
        workers.start("one")
        why = await refused(workers)
        assert f"{workers.prefix}state: cleanup.policy is delete" in why
        assert "makegood topics apply" in why

    asyncio.run(run())


def test_a_state_made_with_another_number_of_partitions_is_not_gone_on_with(cluster, stopped):
    workers, _ = stopped

    async def run() -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        await client.start()
        names = [topics.full_name(topic.name, workers.prefix) for topic in topics.TOPICS]
        await client.create_partitions({name: NewPartitions(PARTITIONS * 2) for name in names})
        await client.close()
        await asyncio.sleep(2)
        workers.start("one")
        assert f"made with {PARTITIONS} partitions, now there are {PARTITIONS * 2}" in await ended(workers)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("store", "words"), [("rocksdb", "the topic was emptied or made again"), ("memory", "the state lost a transaction")]
)
def test_a_state_topic_made_again_is_not_gone_on_with_from_the_disk_nor_from_nothing(cluster, make_workers, seed, store, words):
    workers = make_workers(store=store)

    async def run() -> None:
        workers.start("one")
        await pour(cluster.bootstrap, workers.prefix, Load(seed).records(COUNT), 2000, PARTITIONS)
        await workers.until_settled()
        workers.stop("one")
        await make_anew(cluster, workers, "state")
        workers.start("one")
        assert words in await ended(workers)

    asyncio.run(run())


def test_gaps_that_transactions_and_compaction_leave_are_no_holes(cluster, stopped):
    workers, load = stopped

    async def run() -> None:
        for _ in range(3):
            workers.start("one")
            await more(cluster, workers, load, 300)
            await workers.until_moving()
            workers.kill("one")
        workers.start("one")
        verdict = await workers.until_settled()
        assert verdict.sound, str(verdict)
        assert await gaps(cluster, workers) == []

    asyncio.run(run())


def test_a_strangers_open_transaction_is_seen_and_named_and_what_is_behind_it_is_not_lost(cluster, stopped):
    workers, load = stopped
    said = "an open transaction of another producer holds up an input"

    async def until_said() -> str:
        for _ in range(240):
            if said in workers.log("one"):
                break
            await asyncio.sleep(0.5)
        return next(line for line in workers.log("one").splitlines() if said in line)

    async def run() -> None:
        stranger = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, transactional_id=f"{workers.prefix}stranger")
        await stranger.start()
        await stranger.begin_transaction()
        await stranger.send_and_wait(workers.prefix + "feedback", b"not json", partition=1)
        workers.start("one")
        await more(cluster, workers, load)
        assert "feedback-1 at offset" in await until_said()
        await stranger.abort_transaction()
        await stranger.stop()
        verdict = await workers.until_settled()
        assert verdict.sound, str(verdict)

    asyncio.run(run())


DAY = 86_400.0


def regular(name: str, last_days_ago: float, count: int = 20, every_days: float = 6) -> list[tuple[str, str, bytes]]:
    """A customer whom we must not lose, and who bought regularly, until so many days ago."""
    known, now = {"source": "shop", "customer": {"id": name}}, time.time()
    days = [last_days_ago + every_days * (count - 1 - number) for number in range(count)]
    profile = known | {"type": "customer.profiled", "id": "p", "object": name, "annual_value": 1_000_000}
    orders = [known | {"type": "purchase.made", "id": f"b{day:.3f}", "object": f"{name} {day:.3f}", "amount": 100} for day in days]
    dated = [("customers", profile, days[0]), *(("commerce", order, day) for order, day in zip(orders, days, strict=True))]
    return [(topic, name, json.dumps(fact | {"occurred_at": instant(now - ago * DAY).isoformat()}).encode()) for topic, fact, ago in dated]


def in_partition(number: int) -> str:
    """The name of a customer who is decided there."""
    return next(name for name in (f"c{n}" for n in range(1000)) if partition_of(name, PARTITIONS) == number)


async def alerted(cluster, workers) -> set[str]:
    records = [record async for record in kafka.read_topic(Connection(cluster.bootstrap), workers.prefix + "alerts")]
    return {json.loads(record.value)["customer"] for record in records}


def test_whoever_bought_behind_a_strangers_open_transaction_is_not_taken_for_silent(cluster, make_workers):
    """Who is really silent, in another partition, is: so deadlines do fall due meanwhile."""
    workers, silent, held_up = make_workers(), in_partition(0), in_partition(1)

    async def run() -> None:
        load = [*regular(silent, 60), *regular(held_up, 60)]
        await pour(cluster.bootstrap, workers.prefix, load, 2000, PARTITIONS)
        stranger = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, transactional_id=f"{workers.prefix}stranger")
        await stranger.start()
        await stranger.begin_transaction()
        await stranger.send_and_wait(workers.prefix + "commerce", b"not json", partition=1)
        behind = [record for record in regular(held_up, 0.1, count=9) if record[0] == "commerce"]
        await pour(cluster.bootstrap, workers.prefix, behind, 2000, PARTITIONS)
        workers.start("one")
        for _ in range(int(PATIENT_S)):
            if found := await alerted(cluster, workers):
                break
            await asyncio.sleep(1)
        assert found == {silent}
        await asyncio.sleep(10)
        assert await alerted(cluster, workers) == {silent}
        await stranger.abort_transaction()
        await stranger.stop()
        verdict = await workers.until_settled()
        assert verdict.sound, str(verdict)
        assert await alerted(cluster, workers) == {silent}

    asyncio.run(run())


def test_files_of_another_installation_are_made_anew_and_no_customer_is_forgotten(cluster, make_workers, prefix, tmp_path, seed):
    group = {"group": prefix.rstrip(".")}
    other = Workers(cluster.bootstrap, f"other-{prefix}", tmp_path, store="rocksdb", **group)
    ours = make_workers(store="memory")

    async def settled(workers: Workers, count: int, load: Load) -> None:
        workers.start("one")
        await pour(cluster.bootstrap, workers.prefix, load.records(count), 2000, PARTITIONS)
        verdict = await workers.until_settled()
        assert verdict.sound, str(verdict)

    async def run() -> None:
        await topics.apply(Connection(cluster.bootstrap), prefix=other.prefix, partitions=PARTITIONS)
        load = Load(seed)
        await settled(other, 300, Load(seed + 1))
        other.stop("one")
        await settled(ours, 1500, load)
        ours.stop("one")
        ours.settings["store"] = "rocksdb"
        ours.start("one")
        await more(cluster, ours, load, 300)
        verdict = await ours.until_settled()
        assert verdict.sound, str(verdict)
        assert "it belongs to another installation" in ours.log("one")

    try:
        asyncio.run(run())
    finally:
        other.end()
