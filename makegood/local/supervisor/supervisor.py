"""All parts together: added in order, ended in order, each kept running in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from makegood.local.supervisor.bounded_log import BoundedLog
from makegood.local.supervisor.keeper import Keeper, Tell
from makegood.local.supervisor.part import Part


class Supervisor:
    """`tell` hears each change of a part; `noted` gets the process ids by name whenever they change."""

    def __init__(
        self, logs: Path, tell: Tell, noted: Callable[[Mapping[str, int]], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.keepers: dict[str, Keeper] = {}
        self._logs, self._heard, self._noted, self._clock = logs, tell, noted, clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def add(self, part: Part) -> Keeper:
        """Start a part and keep it running."""
        keeper = self.keepers[part.name] = Keeper(part, BoundedLog(self._logs / f"{part.name}.log"), self._tell, self._clock)
        self._tasks[part.name] = asyncio.create_task(keeper.keep(), name=part.name)
        return keeper

    @property
    def pids(self) -> dict[str, int]:
        """What runs at this moment."""
        return {name: keeper.child.pid for name, keeper in self.keepers.items() if keeper.child is not None}

    async def until_running(self, *names: str) -> None:
        """Wait until each of these parts is ready, however long that takes."""
        await asyncio.gather(*(self.keepers[name].running.wait() for name in names))

    async def end(self, *names: str, at_once: bool = False) -> None:
        """End these parts, or all: stage by stage, those of a stage together."""
        keepers = [self.keepers[name] for name in names or self.keepers]
        for stage in sorted({keeper.part.stage for keeper in keepers}, reverse=True):
            together = [keeper for keeper in keepers if keeper.part.stage == stage]
            await asyncio.gather(*(keeper.end(at_once=at_once) for keeper in together))
            await asyncio.gather(*(self._tasks[keeper.part.name] for keeper in together))
        for keeper in keepers:
            keeper.log.close()

    def _tell(self, *change: object) -> None:
        self._noted(self.pids)
        self._heard(*change)  # type: ignore[arg-type]
