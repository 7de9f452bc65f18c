"""Faust's table, by the chunk: recovered in bulk from the changelog, one store per partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import faust
from faust.tables import TableManager
from faust.types import TP

from streams.engine.rocks_store import RocksStore
from streams.engine.stores import MemoryStore
from streams.engine.transport import Chunk, ChunkSchema

AnyStore = MemoryStore | RocksStore


class ChunkTable(faust.Table):  # type: ignore[misc]
    """Faust drives its life (declare, assign, recover); the partition tasks read and write its stores."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores: dict[int, AnyStore] = {}
        self.recovered: Callable[[set[int]], Any] | None = None
        self.fatal: Callable[[str, BaseException], None] | None = None

    def _changelog_topic_name(self) -> str:
        return str(self.app.engine_settings.topic("state"))

    def _new_changelog_topic(self, **kwargs: Any) -> Any:
        topic = super()._new_changelog_topic(**kwargs)
        topic.schema = ChunkSchema()
        topic._compile_decode()  # noqa: SLF001
        return topic

    def store(self, partition: int) -> AnyStore:
        """The store of a partition, opened when first asked for."""
        if partition not in self.stores:
            settings = self.app.engine_settings
            in_memory = settings.store == "memory"
            self.stores[partition] = MemoryStore() if in_memory else RocksStore(_directory(settings.directory, partition), settings.owner)
        return self.stores[partition]

    def retain(self, partitions: set[int]) -> None:
        """Close the stores of all other partitions. Those that stay are read on from where they are, whoever wrote meanwhile."""
        for partition in set(self.stores) - partitions:
            self.stores.pop(partition).close()

    def persisted_offset(self, tp: TP) -> int | None:
        """The changelog offset that the store has already: recovery reads on from there.

        Faust asks at each assignment. Left to itself it would go on from where an interrupted recovery had come, in a store that may be
        another by now.
        """
        return self.store(tp.partition).persisted_offset()

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Take in chunks of the changelog. An error here must end the process: Faust would only log it."""
        try:
            for event in batch:
                chunk: Chunk = event.message.value
                for _, records, _ in chunk.stretches:
                    writes = {record.key: record.value for record in records if record.key is not None}
                    self.store(event.message.partition).recover(writes, event.message.offset)
        except Exception as error:
            if self.fatal is None:
                raise
            self.fatal("the state could not be recovered", error)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Let the engine compare and take up the state, before the first input is read."""
        await super().on_recovery_completed(active_tps, standby_tps)
        if self.recovered is not None:
            await self.recovered({tp.partition for tp in active_tps})


class PromptTableManager(TableManager):  # type: ignore[misc]
    """Faust's manager of tables, which begins at once.

    Faust sleeps for a second here, in case agents start slowly. Ours has registered its topics by now: agents are started before tables.
    """

    async def on_start(self) -> None:
        """Take up the changelog, then let the consumer subscribe."""
        await self._update_channels()
        await self.recovery.start()


def _directory(base: Path, partition: int) -> Path:
    return base / "state" / str(partition)
