"""Keeps one service running: starts it, watches its health, starts it again when it ends, and reports each change."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from makegood.local.supervisor import wording
from makegood.local.supervisor.backoff import Backoff
from makegood.local.supervisor.bounded_log import BoundedLog
from makegood.local.supervisor.child import Child
from makegood.local.supervisor.service import Health, Service
from makegood.services import child_process
from schemas.operations import ServiceState

OnChange = Callable[[str, ServiceState, str], None]
"""Service, state, sentence."""

LOOK_S = 0.2
LOOK_AT_READY_S = 5.0
SLOW_S = 30.0
HUNG_S = 60.0
_NO_PROGRAM = 127


class ServiceSupervisor:
    """Everything about one service. `clock` gives seconds that only grow."""

    def __init__(self, service: Service, log: BoundedLog, on_change: OnChange, clock: Callable[[], float] = time.monotonic) -> None:
        self.service, self.log = service, log
        self.running = asyncio.Event()
        self.child: Child | None = None
        self.backoff = Backoff()
        self._on_change, self._clock = on_change, clock
        self._ending = asyncio.Event()
        self._why, self._asked = "", False
        self._ready_at: float | None = None
        self._down_at: float | None = None

    async def keep(self) -> None:
        """Until `end` is called."""
        while not self._ending.is_set():
            status = await self._run_once()
            self.running.clear()
            if self._ending.is_set():
                self._on_change(self.service.name, ServiceState.DOWN, f"{self.service.name} has ended, as asked")
                break
            self._down_at = self._down_at or self._clock()
            await self._pause(self._report_down(status))

    async def end(self, *, at_once: bool = False) -> None:
        """Ask the child to end, and kill it when it does not within its grace; returns when it is gone. Twice hurries the first."""
        self._ending.set()
        child = self.child
        if child is None:
            return
        if not at_once:
            child.ask_to_end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.process.wait(), self.service.grace_s)
        child.kill()
        await child.process.wait()

    def change(self, service: Service, why: str) -> None:
        """Run the service differently from now on: `why` reads after its name, as in `worker is set to the wall clock`."""
        self.service, self._why, self._asked = service, why, True
        self.running.clear()
        if self.child is not None:
            self.child.ask_to_end()

    # -- one life -------------------------------------------------------------------------------------------------------------------

    async def _run_once(self) -> int:
        self._ready_at = None
        if self.service.again is not None:
            self.service = self.service.again()
        try:
            child = self.child = await Child.start(self.service, self.log)
        except OSError as error:
            self.log.write(f"{self.service.command[0]} cannot be started: {error}\n".encode())
            return _NO_PROGRAM
        if self._ending.is_set():  # asked to end while it was being started
            child.ask_to_end()
        self._on_change(self.service.name, ServiceState.STARTING, f"{self.service.name} starts (process {child.pid})")
        watching = asyncio.create_task(self._watch(child, self._clock()))
        try:
            return await child.wait()
        finally:
            watching.cancel()
            self.child = None

    async def _watch(self, child: Child, began: float) -> None:
        await self._until_ready(began)
        now = self._ready_at = self._clock()
        down_s = None if self._down_at is None else now - self._down_at
        self._down_at = None
        self._on_change(self.service.name, ServiceState.RUNNING, wording.running(self.service.name, now - began, down_s))
        self.running.set()
        await self._until_hung()
        self._why = f"did not answer for {HUNG_S:.0f} s and was killed"
        child.kill()

    async def _until_ready(self, began: float) -> None:
        if self.service.probe is None:
            await asyncio.sleep(1)
            return
        slow_reported = False
        while await self.service.probe() is not Health.READY:
            if not slow_reported and self._clock() - began > SLOW_S:
                slow_reported = True
                said = "; ".join(self.log.last(1))
                sentence = f"{self.service.name} is not ready after {SLOW_S:.0f} s{f'. It said last: {said}' if said else ''}"
                self._on_change(self.service.name, ServiceState.STARTING, sentence)
            await asyncio.sleep(LOOK_S)

    async def _until_hung(self) -> None:
        """Returns when the service has not answered at all for a minute. `Not ready` is an answer."""
        answered_at = self._clock()
        while self.service.probe is None or self._clock() - answered_at < HUNG_S:
            await asyncio.sleep(LOOK_AT_READY_S)
            if self.service.probe is not None and await self.service.probe() is not Health.SILENT:
                answered_at = self._clock()

    # -- between two lives ----------------------------------------------------------------------------------------------------------

    def _report_down(self, status: int) -> float:
        """Say how it ended; returns the seconds to wait."""
        how, asked, by_itself = self._why or child_process.ended(status), self._asked, not self._why and status >= 0
        self._why, self._asked = "", False
        healthy_s = 0.0 if self._ready_at is None else self._clock() - self._ready_at
        wait_s = 0.0 if asked else self.backoff.after(healthy_s)
        failures = 0 if asked else self.backoff.failures
        sentence = wording.down(self.service.name, how, datetime.now(UTC), wait_s, failures, self.log.last(), by_itself=by_itself)
        self._on_change(self.service.name, ServiceState.DOWN, sentence)
        return wait_s

    async def _pause(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), wait_s)
