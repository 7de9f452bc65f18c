"""Quix Streams as its documentation shows it: a dataframe, stateful apply, to_topic; RocksDB state with a changelog. At least once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, NamedTuple

import orjson
from quixstreams import Application, State, message_context
from quixstreams.models import Deserializer, Serializer

from bench import engine_job, whole_job
from bench.trial import PARTITIONS, SESSION_S, Meter, Trial, calm, leave, told
from streams.engine.partitioner import partition_of

PER_PARTITION = "p"
"""The whole job reads records of several keys while it decides one, so all state of a partition lives under one prefix."""


class OnePrefix(Deserializer):
    """Every record of a partition shares its state."""

    def __call__(self, value: bytes | None, ctx: Any) -> str:
        """The prefix."""
        return PER_PARTITION


class ValueOf(Serializer):
    """What an output carries; its topic and key are chosen beside it."""

    def __call__(self, value: Any, ctx: Any) -> bytes | None:
        """The bytes."""
        return value.value


class Taken(NamedTuple):
    """A message with the fields that `Partition` reads."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list
    timestamp: int


def new_app(trial: Trial) -> Application:
    """Defaults, but for the time-outs and the short fetch wait that everybody gets: it aligns topics, so one that is empty holds up all."""
    more = {"session.timeout.ms": int(SESSION_S * 1000), "heartbeat.interval.ms": 1000, "fetch.wait.max.ms": 20}
    return Application(
        broker_address=trial.bootstrap,
        consumer_group=trial.group,
        auto_offset_reset="earliest",
        state_dir=trial.directory,
        loglevel="ERROR",
        consumer_extra_config=more,
        consumer_poll_timeout=0.05,
    )


def stop_meter_after_last_checkpoint(app: Application, meter: Meter, total: int, after: Callable[[], None]) -> None:
    """Stop the application; its loop then commits a last checkpoint, and with that the last event is durable."""
    context = app._processing_context  # noqa: SLF001
    commit = context.commit_checkpoint

    def last(*, force: bool = False, revoking: bool = False) -> None:
        commit(force=force, revoking=revoking)
        if force:
            meter.stop(total)
            after()
            leave()

    context.commit_checkpoint = last
    app.stop()


def engine(trial: Trial) -> Application:
    """The engine job."""
    app, meter, seen = new_app(trial), Meter(), 0
    events = app.topic(trial.inputs + engine_job.INPUT, value_deserializer="bytes", key_deserializer="str")
    rescues = app.topic(trial.prefix + engine_job.OUTPUT, value_serializer="bytes", key_serializer="str")

    def judge(value: bytes, state: State) -> bytes | None:
        nonlocal seen
        meter.start()
        new, output = engine_job.judge(state.get("s"), engine_job.validate(value), message_context().offset)
        if new is not None:
            state.set("s", new)
        seen += 1
        if seen == trial.total:
            stop_meter_after_last_checkpoint(app, meter, trial.total, lambda: None)
        return None if output is None else orjson.dumps(output)

    app.dataframe(events).apply(judge, stateful=True).filter(lambda output: output is not None).to_topic(rescues)
    return app


class Stated(whole_job.Decider):
    """Reads its state from the Quix state that is current."""

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial.total, PARTITIONS)
        self.state: State | None = None
        self.asked: dict[int, float] = {}

    def read(self, key: bytes) -> bytes | None:
        """A state record."""
        return None if self.state is None else self.state.get_bytes(key.decode())

    def fold(self, number: int) -> Any:
        """The state machine of a partition."""
        if number not in self.folds:
            self.folds[number] = whole_job.Partition(number, self.partitions, self.policy, self.read)
        return self.folds[number]

    def one(self, topic: str, number: int, record: Taken, state: State) -> list:
        """Decide one record, write the state, return what is to be sent."""
        self.state = state
        decided = self.fold(number).decide(topic, [record])
        for key, value in decided.writes.items():
            if value is None:
                state.delete(key.decode())
            else:
                state.set_bytes(key.decode(), value)
        self.order.append((topic, number, record.offset, record.offset + 1))
        self.progress.applied(topic, 1, decided.outputs)
        return decided.outputs + self.due_of(number)

    def due_of(self, number: int) -> list:
        """Twice a second, when a record of the partition comes: there are no timers."""
        if time.monotonic() < self.asked.get(number, 0.0) + whole_job.DUE_INTERVAL_S:
            return []
        self.asked[number] = time.monotonic()
        outputs = self.folds[number].due(self.folds[number].watermark)
        self.progress.sent(outputs)
        return outputs


def keys_by_partition() -> list[bytes]:
    """A key for each partition, for the records that are sent to a partition by its number: to_topic takes none."""
    found: dict[int, str] = {}
    for number in count():
        found.setdefault(partition_of(f"to-{number}", PARTITIONS), f"to-{number}")
        if len(found) == PARTITIONS:
            return [found[partition].encode() for partition in range(PARTITIONS)]
    return []


def whole(trial: Trial) -> Application:
    """The whole job: all inputs concatenated, one record at a time."""
    app, meter, decider = new_app(trial), Meter(), Stated(trial)
    names = {(trial.inputs if name in whole_job.SHARED else trial.prefix) + name: name for name in whole_job.INPUTS}
    sources = [app.topic(name, value_deserializer="bytes", key_deserializer=OnePrefix()) for name in names]
    targets = {name: app.topic(trial.prefix + name, value_serializer=ValueOf(), key_serializer="bytes") for name in whole_job.OWN}
    key_for = keys_by_partition()

    def decide(value: bytes, key: str, timestamp: int, headers: Any, state: State) -> Iterable[Any]:
        meter.start()
        at = message_context()
        outputs = decider.one(names[at.topic], at.partition, Taken(at.offset, None, value, headers or [], timestamp), state)
        if decider.progress.complete:
            stop_meter_after_last_checkpoint(
                app, meter, trial.total, lambda: whole_job.note_order(decider.order, trial.order_file.write_text)
            )
        return outputs

    def key_of(output: Any) -> bytes:
        return key_for[output.partition] if output.topic == "percentiles" else output.key

    frame = app.dataframe(sources[0])
    for source in sources[1:]:
        frame = frame.concat(app.dataframe(source))
    frame = frame.apply(decide, stateful=True, metadata=True, expand=True)
    frame = frame.set_headers(lambda output, *_: output.headers)
    frame.to_topic(lambda output, *_: targets[output.topic], key=key_of)
    return app


if __name__ == "__main__":
    given = told()
    application = whole(given) if given.job == "whole" else engine(given)
    calm()
    application.run()
