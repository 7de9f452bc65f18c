"""All services together: added in order, ended in order, each kept running in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from makegood.local.supervisor.bounded_log import BoundedLog
from makegood.local.supervisor.service import Service
from makegood.local.supervisor.service_supervisor import OnChange, ServiceSupervisor


class Supervisor:
    """`on_change` is called with each change of a service, `on_pids` with the process ids by name whenever they change."""

    def __init__(
        self, logs: Path, on_change: OnChange, on_pids: Callable[[Mapping[str, int]], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.services: dict[str, ServiceSupervisor] = {}
        self._logs, self._on_change, self._on_pids, self._clock = logs, on_change, on_pids, clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def add(self, service: Service) -> ServiceSupervisor:
        """Start a service and keep it running."""
        log = BoundedLog(self._logs / f"{service.name}.log")
        supervised = self.services[service.name] = ServiceSupervisor(service, log, self._changed, self._clock)
        self._tasks[service.name] = asyncio.create_task(supervised.keep(), name=service.name)
        return supervised

    @property
    def pids(self) -> dict[str, int]:
        """What runs at this moment."""
        return {name: supervised.child.pid for name, supervised in self.services.items() if supervised.child is not None}

    async def until_running(self, *names: str) -> None:
        """Wait until each of these services is ready, however long that takes."""
        await asyncio.gather(*(self.services[name].running.wait() for name in names))

    async def end(self, *names: str, at_once: bool = False) -> None:
        """End these services, or all: stage by stage, those of a stage together."""
        services = [self.services[name] for name in names or self.services]
        for stage in sorted({supervised.service.stage for supervised in services}, reverse=True):
            together = [supervised for supervised in services if supervised.service.stage == stage]
            await asyncio.gather(*(supervised.end(at_once=at_once) for supervised in together))
            await asyncio.gather(*(self._tasks[supervised.service.name] for supervised in together))
        for supervised in services:
            supervised.log.close()

    def _changed(self, *change: object) -> None:
        self._on_pids(self.pids)
        self._on_change(*change)  # type: ignore[arg-type]
