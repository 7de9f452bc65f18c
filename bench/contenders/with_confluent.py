"""A hand-written loop on confluent-kafka: consume a batch, apply it, produce, flush, commit. At least once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import orjson
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from bench import engine_job, whole_job
from bench.trial import PARTITIONS, SESSION_S, Meter, Trial, calm, leave, told

BATCH = 5000


@dataclass(slots=True)
class Taken:
    """A message with the fields that `Partition` reads."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list
    timestamp: int


class Sender:
    """Produces, and fails when a delivery failed."""

    def __init__(self, trial: Trial) -> None:
        settings = {"linger.ms": 5, "acks": "all", "queue.buffering.max.messages": 1_000_000, "batch.size": 900_000}
        self.producer = Producer({"bootstrap.servers": trial.bootstrap} | settings)
        self.failed: list = []

    def delivered(self, error: object, _: Message) -> None:
        """Called for each record."""
        if error is not None:
            self.failed.append(error)

    def send(self, topic: str, partition: int, key: bytes, value: bytes | None, headers: list | None = None) -> None:
        """Hand over one record."""
        self.producer.produce(topic, value, key, partition, self.delivered, headers=headers or None)

    def settled(self) -> None:
        """Everything handed over is acknowledged."""
        self.producer.flush()
        if self.failed:
            raise KafkaException(self.failed[0])


class EngineJob:
    """State in a dictionary per partition; the changed keys of a batch go to the changelog once."""

    def __init__(self, trial: Trial) -> None:
        self.trial, self.seen = trial, 0
        self.states: dict[int, dict[str, list]] = defaultdict(dict)
        self.topics = [trial.inputs + engine_job.INPUT]

    def take(self, messages: list[Message], sender: Sender) -> None:
        """Apply a batch."""
        changed: dict[tuple[int, str], list] = {}
        validate, judge, dumps = engine_job.validate, engine_job.judge, orjson.dumps
        rescues, state_topic = self.trial.prefix + engine_job.OUTPUT, self.trial.prefix + "state"
        for message in messages:
            event, partition = validate(message.value()), message.partition()
            customer, states = event.customer, self.states[partition]
            new, output = judge(states.get(customer), event, message.offset())
            if new is None:
                continue
            states[customer] = changed[partition, customer] = new
            if output is not None:
                sender.send(rescues, partition, customer.encode(), dumps(output))
        for (partition, customer), state in changed.items():
            sender.send(state_topic, partition, customer.encode(), dumps(state))
        self.seen += len(messages)

    def tick(self, sender: Sender) -> None:
        """No deadlines."""

    @property
    def done(self) -> bool:
        """Whether the last event is applied."""
        return self.seen >= self.trial.total

    def note_order(self) -> None:
        """The partition's own order is the only one."""


class WholeJob:
    """The real decisions; a batch is cut into stretches of one topic and partition."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.decider = whole_job.Decider(trial.total, PARTITIONS)
        self.short_name = {self._topic(name): name for name in whole_job.INPUTS}
        self.topics = list(self.short_name)

    def _topic(self, name: str) -> str:
        return (self.trial.inputs if name in whole_job.SHARED else self.trial.prefix) + name

    def take(self, messages: list[Message], sender: Sender) -> None:
        """Apply a batch."""
        stretches: dict[tuple[str, int], list[Taken]] = defaultdict(list)
        for message in messages:
            taken = Taken(message.offset(), message.key(), message.value(), message.headers() or [], message.timestamp()[1])
            stretches[message.topic(), message.partition()].append(taken)
        changed: dict[tuple[int, bytes], bytes | None] = {}
        for (topic, partition), records in stretches.items():
            decided = self.decider.decide(self.short_name[topic], partition, records)
            self._send(decided.outputs, sender)
            for key, value in decided.writes.items():
                changed[partition, key] = value
        for (partition, key), value in changed.items():
            sender.send(self._topic("state"), partition, key, value)

    def tick(self, sender: Sender) -> None:
        """Send what fell due."""
        self._send(self.decider.due(), sender)

    def _send(self, outputs: list, sender: Sender) -> None:
        for topic, partition, key, value, headers in outputs:
            sender.send(self._topic(topic), partition, key, value, headers)

    @property
    def done(self) -> bool:
        """Whether the last event is applied, with all that came of it."""
        return self.decider.progress.complete

    def note_order(self) -> None:
        """For the verification."""
        whole_job.note_order(self.decider.order, self.trial.order_file.write_text)


def consumer_of(trial: Trial) -> Consumer:
    """Time-outs as Makegood's engine has them; the library's own fetch settings, which are larger."""
    settings = {
        "bootstrap.servers": trial.bootstrap,
        "group.id": trial.group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": int(SESSION_S * 1000),
        "heartbeat.interval.ms": 1000,
        "fetch.wait.max.ms": 20,
    }
    return Consumer(settings)


def run(trial: Trial) -> None:
    """Consume, apply, produce, flush, commit, until the last event is durable."""
    job = WholeJob(trial) if trial.job == "whole" else EngineJob(trial)
    consumer, sender, meter = consumer_of(trial), Sender(trial), Meter()
    consumer.subscribe(job.topics)
    while not job.done:
        messages = consumer.consume(BATCH, 0.05)
        if any(message.error() for message in messages):
            raise KafkaException(next(message.error() for message in messages if message.error()))
        if messages:
            meter.start()
            job.take(messages, sender)
        job.tick(sender)
        sender.settled()
        if messages:
            after = {(m.topic(), m.partition()): m.offset() + 1 for m in messages}
            consumer.commit(offsets=[TopicPartition(*place, offset) for place, offset in after.items()], asynchronous=False)
    meter.stop(trial.total)
    job.note_order()
    leave()


if __name__ == "__main__":
    calm()
    run(told())
