"""Idiomatic Faust: an agent that takes one event at a time, a table with a changelog, its own topics and commits. At least once."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import faust
import orjson
import uvloop

from bench import engine_job, whole_job
from bench.trial import PARTITIONS, SESSION_S, Meter, Trial, calm, leave, told


class Taken(NamedTuple):
    """A message with the fields that `Partition` reads."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list
    timestamp: int


def new_app(trial: Trial) -> faust.App:
    """An application as its documentation shows it, with a memory store."""
    return faust.App(
        trial.group,
        broker=f"kafka://{trial.bootstrap}",
        store="memory://",
        datadir=trial.directory,
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        table_standby_replicas=0,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=1.0,
        broker_rebalance_timeout=SESSION_S,
        web_enabled=False,
    )


def raw_topic(app: faust.App, *names: str) -> Any:
    """A topic of bytes: decoding is the job's."""
    return app.topic(*names, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


async def finish(app: faust.App, meter: Meter, trial: Trial) -> None:
    """Make the last event durable, then stop the meter."""
    await asyncio.sleep(0)
    await app.producer.flush()
    await app.consumer.commit()
    meter.stop(trial.total)


def engine(trial: Trial) -> faust.App:
    """The engine job."""
    app, meter, seen = new_app(trial), Meter(), 0
    events, rescues = raw_topic(app, trial.inputs + engine_job.INPUT), raw_topic(app, trial.prefix + engine_job.OUTPUT)
    table = app.Table("state", partitions=PARTITIONS)

    async def last() -> None:
        await finish(app, meter, trial)
        leave()

    @app.agent(events)
    async def judge(stream: Any) -> None:
        nonlocal seen
        async for taken in stream.events():
            meter.start()
            event = engine_job.validate(taken.value)
            new, output = engine_job.judge(table.get(event.customer), event, taken.message.offset)
            if new is not None:
                table[event.customer] = new
                if output is not None:
                    await rescues.send(key=event.customer.encode(), value=orjson.dumps(output))
            seen += 1
            if seen == trial.total:
                asyncio.ensure_future(last())

    return app


def whole(trial: Trial) -> faust.App:
    """The whole job: one agent over all inputs, one record at a time. Keys carry the partition, for the table is one for all."""
    app, meter, decider = new_app(trial), Meter(), Tabled(trial)
    names = {(trial.inputs if name in whole_job.SHARED else trial.prefix) + name: name for name in whole_job.INPUTS}
    inputs = raw_topic(app, *names)
    outputs = {name: raw_topic(app, trial.prefix + name) for name in whole_job.OWN}
    raw = faust.Schema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    decider.table = table = app.Table("state", partitions=PARTITIONS, schema=raw)

    async def send(produced: list) -> None:
        for topic, partition, key, value, headers in produced:
            await outputs[topic].send(key=key, value=value, partition=partition, headers=headers)

    async def last() -> None:
        await finish(app, meter, trial)
        whole_job.note_order(decider.order, trial.order_file.write_text)
        leave()

    @app.agent(inputs)
    async def decide(stream: Any) -> None:
        async for event in stream.events():
            meter.start()
            message = event.message
            taken = Taken(message.offset, message.key, message.value, message.headers or [], int(message.timestamp * 1000))
            decided = decider.one(names[message.topic], message.partition, taken)
            for key, value in decided.writes.items():
                if value is None:
                    table.pop(decider.key(message.partition, key), None)
                else:
                    table[decider.key(message.partition, key)] = value
            await send(decided.outputs)
            if decider.progress.complete:
                asyncio.ensure_future(last())

    @app.timer(whole_job.DUE_INTERVAL_S)
    async def deadlines() -> None:
        await send(decider.due())

    return app


class Tabled(whole_job.Decider):
    """Reads its state from the Faust table."""

    table: Any = None

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial.total, PARTITIONS)

    @staticmethod
    def key(number: int, key: bytes) -> bytes:
        """Partition and key."""
        return b"%d/%b" % (number, key)

    def fold(self, number: int) -> Any:
        """The state machine of a partition."""
        if number not in self.folds:
            self.folds[number] = whole_job.Partition(
                number, self.partitions, self.policy, lambda key: self.table.get(self.key(number, key))
            )
        return self.folds[number]

    def one(self, topic: str, number: int, record: Taken) -> Any:
        """Decide one record."""
        decided = self.fold(number).decide(topic, [record])
        self.order.append((topic, number, record.offset, record.offset + 1))
        self.progress.applied(topic, 1, decided.outputs)
        return decided


if __name__ == "__main__":
    given = told()
    uvloop.install()
    application = whole(given) if given.job == "whole" else engine(given)
    calm()
    worker = application.Worker(override_logging=False, redirect_stdouts=False, quiet=True, console_port=0, loglevel="error")
    worker.execute_from_commandline()
