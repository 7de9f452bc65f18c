"""Feeds the console: the topics into its read model, and how Kafka and the workers are doing into its health."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog

from console.database import AWAY
from console.fold import READ
from console.live import ChangeStream
from console.pipeline_health import PipelineHealth
from console.projection import Positions, Projection, Superseded
from makegood import kafka
from makegood.config.settings import Settings
from makegood.kafka import KafkaUnavailable, Tail
from schemas.failures import said
from schemas.topics import INPUTS

log = structlog.get_logger(__name__)

AGAIN_S = 0.5
MEASURED_EVERY_S = 2.0
ANSWER_WITHIN_S = 6.0


class DatabaseAway(RuntimeError):
    """Not Kafka's fault, although it came up among Kafka's clients."""


@contextmanager
def _asking_the_database() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise DatabaseAway(said(error)) from error


class ProjectionFeed:
    """Follows the topics for as long as it is let, through every trouble of Kafka and of the database."""

    def __init__(self, settings: Settings, projection: Projection, stream: ChangeStream, health: PipelineHealth) -> None:
        self._settings, self._projection, self._stream, self._health = settings, projection, stream, health

    async def run(self) -> None:
        """Never returns. Raises what is a bug."""
        while True:
            try:
                await self._follow()
            except Superseded:
                log.info("the read model was begun anew by somebody else: going on from there")
                continue
            except DatabaseAway as error:
                self._trouble("the database does not answer", error)
            except (KafkaUnavailable, OSError) as error:
                sentence = str(error) if isinstance(error, KafkaUnavailable) else f"Kafka at {self._settings.kafka} does not answer"
                self._trouble(sentence, error)
            await asyncio.sleep(AGAIN_S)

    def _trouble(self, sentence: str, error: Exception) -> None:
        if self._health.trouble != sentence:
            log.warning("the board is not live", reason=sentence, error=said(error))
        self._health.degraded(sentence, time.time())
        self._stream.wake()

    async def _follow(self) -> None:
        names = [self._settings.prefix + name for name in READ]
        inputs = [self._settings.prefix + name for name in INPUTS]
        cluster, start = await where(self._settings, self._projection)
        connection, group = self._settings.connection, self._settings.group
        async with kafka.tail(connection, names, start) as reader, kafka.lags(connection, group, inputs) as lags:
            await _until_one_ends(self._read(reader), self._measure(cluster, reader, lags))

    async def _read(self, reader: Tail) -> None:
        while True:
            records = short(self._settings, await reader.read())
            if records:
                with _asking_the_database():
                    await self._projection.apply(records)
                self._stream.wake()
            if self._health.trouble is None:
                self._health.as_of = time.time()

    async def _measure(self, cluster: str, reader: Tail, lags: Callable[[], Awaitable[dict[int, int]]]) -> None:
        while True:
            with _asking_the_database():
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await self._projection.ping()
            async with asyncio.timeout(ANSWER_WITHIN_S):
                if await kafka.cluster(self._settings.connection) != cluster:
                    raise KafkaUnavailable(
                        f"another Kafka cluster answers at {self._settings.kafka} now: the board begins anew from its topics"
                    )
                behind, counted = await reader.behind(), await lags()
            if behind < 0:
                raise KafkaUnavailable("the topics were made anew: so is what the board shows")
            self._health.measured(behind, counted)
            was_in_trouble = self._health.trouble is not None
            self._health.healthy(time.time())
            if was_in_trouble:
                log.info("the board is live again")
                self._stream.wake()
            await asyncio.sleep(MEASURED_EVERY_S)


async def where(settings: Settings, projection: Projection) -> tuple[str, Positions]:
    """The cluster's id, and the offsets to go on from, by full name of the topic. Raises KafkaUnavailable.

    A read model of other topics than these is begun anew.
    """
    names = [settings.prefix + name for name in READ]
    cluster = await kafka.cluster(settings.connection)
    origin = f"{cluster}/{settings.prefix}"
    with _asking_the_database():
        positions = await projection.open(origin)
    ends = await kafka.offsets(settings.connection, names)
    if any(at > ends.get((settings.prefix + topic, partition), (0, 0))[1] for (topic, partition), at in positions.items()):
        log.warning("the topics were made anew: so is the read model")
        with _asking_the_database():
            positions = await projection.rebuild(origin)
    return cluster, {(settings.prefix + topic, partition): at for (topic, partition), at in positions.items()}


def short(settings: Settings, records: list[kafka.Record]) -> list[kafka.Record]:
    """The records, with the short names of their topics."""
    return [record._replace(topic=record.topic.removeprefix(settings.prefix)) for record in records]


async def _until_one_ends(*works: Any) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task
