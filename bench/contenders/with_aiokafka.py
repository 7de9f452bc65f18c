"""An expert's own loop on aiokafka: whole batches, one write per changed key, commit after; or one transaction per batch."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import asynccontextmanager

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench import engine_job, whole_job
from bench.trial import PARTITIONS, SESSION_S, Meter, Trial, calm, leave, told

Entry = tuple[bytes, bytes | None, list]
BATCH_BYTES = 900_000


class Sender:
    """Fills batches by hand, which costs a third of sending record by record."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.producer = producer
        self.under_way: list[asyncio.Future] = []

    async def send(self, topic: str, partition: int, entries: Iterable[Entry]) -> None:
        """Hand over; `settled` waits for the acknowledgements."""
        producer, now = self.producer, int(time.time() * 1000)
        batch = producer.create_batch()
        for key, value, headers in entries:
            if batch.append(timestamp=now, key=key, value=value, headers=headers) is None:
                self.under_way.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(timestamp=now, key=key, value=value, headers=headers)
        if batch.record_count():
            self.under_way.append(await producer.send_batch(batch, topic, partition=partition))

    async def settled(self) -> None:
        """Everything handed over is acknowledged."""
        under_way, self.under_way = self.under_way, []
        await asyncio.gather(*under_way)


class EngineJob:
    """State in a dictionary per partition; the changed keys of a batch go to the changelog once."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.seen = trial, 0
        self.states: dict[int, dict[str, list]] = defaultdict(dict)
        self.topics = [trial.inputs + engine_job.INPUT]

    async def take(self, place: TopicPartition, records: list, sender: Sender) -> None:
        """Apply one partition's part of a batch."""
        states, changed, outputs = self.states[place.partition], {}, []
        validate, judge, dumps = engine_job.validate, engine_job.judge, orjson.dumps
        for record in records:
            event = validate(record.value)
            customer = event.customer
            new, output = judge(states.get(customer), event, record.offset)
            if new is None:
                continue
            states[customer] = changed[customer] = new
            if output is not None:
                outputs.append((customer.encode(), dumps(output), []))
        await sender.send(self.trial.prefix + engine_job.OUTPUT, place.partition, outputs)
        writes = ((customer.encode(), dumps(state), []) for customer, state in changed.items())
        await sender.send(self.trial.prefix + "state", place.partition, writes)
        self.seen += len(records)

    async def tick(self, sender: Sender) -> None:
        """No deadlines."""

    @property
    def done(self) -> bool:
        """Whether the last event is applied."""
        return self.seen >= self.trial.total

    def note_order(self) -> None:
        """The partition's own order is the only one."""


class WholeJob:
    """The real decisions, a batch at a time; outputs grouped by topic and partition."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.decider = whole_job.Decider(trial.total, PARTITIONS)
        self.short_name = {self._topic(name): name for name in whole_job.INPUTS}
        self.topics = list(self.short_name)

    def _topic(self, name: str) -> str:
        return (self.trial.inputs if name in whole_job.SHARED else self.trial.prefix) + name

    async def take(self, place: TopicPartition, records: list, sender: Sender) -> None:
        """Apply one partition's part of a batch."""
        decided = self.decider.decide(self.short_name[place.topic], place.partition, records)
        await self._send(decided.outputs, sender)
        await sender.send(self._topic("state"), place.partition, ((key, value, []) for key, value in decided.writes.items()))

    async def tick(self, sender: Sender) -> None:
        """Send what fell due."""
        await self._send(self.decider.due(), sender)

    async def _send(self, outputs: list, sender: Sender) -> None:
        groups: dict[tuple[str, int], list[Entry]] = defaultdict(list)
        for topic, partition, key, value, headers in outputs:
            groups[topic, partition].append((key, value, headers))
        for (topic, partition), entries in groups.items():
            await sender.send(self._topic(topic), partition, entries)

    @property
    def done(self) -> bool:
        """Whether the last event is applied, with all that came of it."""
        return self.decider.progress.complete

    def note_order(self) -> None:
        """For the verification."""
        whole_job.note_order(self.decider.order, self.trial.order_file.write_text)


def clients(trial: Trial, topics: list[str]) -> tuple[AIOKafkaConsumer, AIOKafkaProducer]:
    """Fetch sizes, batches and time-outs as Makegood's engine has them."""
    once = {"isolation_level": "read_committed"} if trial.exactly_once else {}
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=trial.bootstrap,
        group_id=trial.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=None,
        max_partition_fetch_bytes=1 << 20,
        fetch_max_wait_ms=20,
        session_timeout_ms=int(SESSION_S * 1000),
        heartbeat_interval_ms=1000,
        **once,
    )
    more = {"transactional_id": trial.group, "retry_backoff_ms": 10} if trial.exactly_once else {"linger_ms": 5}
    return consumer, AIOKafkaProducer(bootstrap_servers=trial.bootstrap, max_batch_size=BATCH_BYTES, acks="all", **more)


@asynccontextmanager
async def durable(trial: Trial, consumer: AIOKafkaConsumer, sender: Sender, offsets: dict[TopicPartition, int]):
    """What a batch sends is durable at the end, and then its offsets: together, or one after the other."""
    if trial.exactly_once:
        async with sender.producer.transaction():
            yield
            await sender.settled()
            if offsets:
                await sender.producer.send_offsets_to_transaction(offsets, trial.group)
    else:
        yield
        await sender.settled()
        if offsets:
            await consumer.commit(offsets)


async def run(trial: Trial) -> None:
    """Fetch, apply, send, commit, until the last event is durable."""
    job = WholeJob(trial) if trial.job == "whole" else EngineJob(trial)
    consumer, producer = clients(trial, job.topics)
    await consumer.start()
    await producer.start()
    sender, meter = Sender(producer), Meter()
    while not job.done:
        batch = await consumer.getmany(timeout_ms=200)
        if batch:
            meter.start()
        offsets = {place: records[-1].offset + 1 for place, records in batch.items()}
        async with durable(trial, consumer, sender, offsets):
            for place, records in batch.items():
                await job.take(place, records, sender)
            await job.tick(sender)
    meter.stop(trial.total)
    job.note_order()
    leave()


if __name__ == "__main__":
    calm()
    uvloop.install()
    asyncio.run(run(told()))
