"""Makegood: its own engine, and the worker of its own factory. Exactly once; memory or RocksDB store."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import orjson
import uvloop

from bench import engine_job, whole_job
from bench.trial import PARTITIONS, SESSION_S, Meter, Trial, calm, leave, resident_mb, tell, told
from streams.app import INPUTS, build_app
from streams.engine.contract import Decided, Output, Record
from streams.engine.faust_app import Engine
from streams.engine.settings import EngineSettings


@dataclass(frozen=True, slots=True)
class Settings(EngineSettings):
    """The engine's settings, but for topics that all contenders read: those have a prefix of their own."""

    shared: str = ""
    shared_topics: frozenset[str] = frozenset()

    def topic(self, name: str) -> str:
        """A topic's full name."""
        return (self.shared if name in self.shared_topics else self.prefix) + name


class EngineFold:
    """The engine job as a fold: state decoded when first touched in a chunk, encoded once at its end."""

    def __init__(self, partition: int, read: Callable[[bytes], bytes | None]) -> None:
        self.partition = partition
        self.read = read
        self.watermark = 0.0

    def recover(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Nothing is derived from the state."""

    def decide(self, topic: str, records: Sequence[Record]) -> Decided:
        """Apply a stretch of events."""
        live: dict[str, list] = {}
        outputs, read, partition = [], self.read, self.partition
        validate, judge, loads, dumps = engine_job.validate, engine_job.judge, orjson.loads, orjson.dumps
        for record in records:
            event = validate(record.value)
            customer = event.customer
            state = live.get(customer)
            if state is None and (raw := read(customer.encode())) is not None:
                state = loads(raw)
            new, output = judge(state, event, record.offset)
            if new is None:
                continue
            live[customer] = new
            if output is not None:
                outputs.append(Output(engine_job.OUTPUT, partition, customer.encode(), dumps(output)))
        self.watermark = event.at
        return Decided({key.encode(): dumps(state) for key, state in live.items()}, outputs, "bench")

    def due(self, now: float) -> list[Output]:
        """There are no deadlines."""
        return []


class Started:
    """A fold that starts the meter, and counts what went in and what is on its way back in."""

    def __init__(self, fold, meter: Meter, progress: whole_job.Progress) -> None:
        self.fold, self.meter, self.progress = fold, meter, progress
        self.recover, self._due = fold.recover, fold.due

    @property
    def watermark(self) -> float:
        """As the fold has it."""
        return self.fold.watermark

    def decide(self, topic: str, records: Sequence[Record]) -> Decided:
        """Decide and count."""
        self.meter.start()
        decided = self.fold.decide(topic, records)
        self.progress.applied(topic, len(records), decided.outputs)
        return decided

    def due(self, now: float) -> list[Output]:
        """Ask and count."""
        outputs = self._due(now)
        self.progress.sent(outputs)
        return outputs


def fatal(reason: str) -> NoReturn:
    """End the process."""
    print(reason, file=sys.stderr, flush=True)
    os._exit(70)


def settings(trial: Trial) -> Settings:
    """What the engine is told; as `makegood worker` would, on topics of the bench."""
    whole = trial.job == "whole"
    return Settings(
        app_id=trial.group,
        connection={"bootstrap_servers": trial.bootstrap.split(",")},
        inputs=INPUTS if whole else (engine_job.INPUT,),
        partitions=PARTITIONS,
        prefix=trial.prefix,
        store=trial.store,
        directory=Path(trial.directory),
        session_timeout_s=SESSION_S,
        clock="events",
        shared=trial.inputs,
        shared_topics=frozenset(whole_job.SHARED if whole else (engine_job.INPUT,)),
    )


class Watch:
    """Notes how recovery goes, and ends the process once the last event is durable."""

    def __init__(self, trial: Trial, engine: Engine) -> None:
        self.trial, self.engine = trial, engine
        self.meter, self.progress, self.recovery = Meter(), whole_job.Progress(trial.total), {}
        folds = engine.folds
        engine.folds = lambda number, read: Started(folds(number, read), self.meter, self.progress)
        self._time_recovery()
        engine.app.task(self.until_done)

    def _time_recovery(self) -> None:
        assigned, recovered = self.engine.on_assigned, self.engine.table.recovered

        async def on_assigned(partitions: set[int]) -> None:
            await assigned(partitions)
            self.before_mb, self.assigned_at = resident_mb(), time.perf_counter()

        async def on_recovered(partitions: set[int]) -> None:
            await recovered(partitions)
            records = sum(1 for partition_task in self.engine.partition_tasks.values() for _ in partition_task.store.items())
            took = time.perf_counter() - self.assigned_at
            self.recovery = {"recovered": records, "recovery_s": took, "before_mb": self.before_mb, "after_mb": resident_mb()}

        self.engine.on_assigned, self.engine.table.recovered = on_assigned, on_recovered

    async def until_done(self) -> None:
        """Look every ten milliseconds."""
        while not self._done():
            await asyncio.sleep(0.01)
        if self.trial.recover_only:
            tell(self.recovery)
        else:
            self.meter.stop(self.trial.total, **self.recovery)
        leave()

    def _done(self) -> bool:
        if self.trial.recover_only:
            return bool(self.recovery)
        return self.progress.complete and not any(partition_task.behind for partition_task in self.engine.partition_tasks.values())


def main() -> None:
    """Run the trial on the command line."""
    trial = told()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    if trial.job == "whole":
        engine = build_app(settings(trial), whole_job.policy(), fatal)
    else:
        engine = Engine(settings(trial), EngineFold, fatal)
    Watch(trial, engine)
    calm()
    engine.app.Worker(override_logging=False, redirect_stdouts=False, quiet=True, console_port=0).execute_from_commandline()


if __name__ == "__main__":
    main()
