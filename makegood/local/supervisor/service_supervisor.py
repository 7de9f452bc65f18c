"""Keeps one part running: starts it, watches its health, starts it again when it ends, and tells each change."""

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
from makegood.local.supervisor.part import Health, Part
from schemas.operations import ServiceState

Tell = Callable[[str, ServiceState, str], None]
"""Part, state, sentence."""

LOOK_S = 0.2
LOOK_AT_READY_S = 5.0
SLOW_S = 30.0
HUNG_S = 60.0
_NO_PROGRAM = 127


class Keeper:
    """Everything about one part. `clock` gives seconds that only grow."""

    def __init__(self, part: Part, log: BoundedLog, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self.part, self.log = part, log
        self.running = asyncio.Event()
        self.child: Child | None = None
        self.backoff = Backoff()
        self._tell, self._clock = tell, clock
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
                self._tell(self.part.name, ServiceState.DOWN, f"{self.part.name} has ended, as asked")
                break
            self._down_at = self._down_at or self._clock()
            await self._pause(self._tell_down(status))

    async def end(self, *, at_once: bool = False) -> None:
        """Ask the child to end, and kill it when it does not within its grace; returns when it is gone. Twice hurries the first."""
        self._ending.set()
        child = self.child
        if child is None:
            return
        if not at_once:
            child.ask_to_end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.process.wait(), self.part.grace_s)
        child.kill()
        await child.process.wait()

    def change(self, part: Part, why: str) -> None:
        """Run the part differently from now on: `why` reads after its name, as in `worker is set to the wall clock`."""
        self.part, self._why, self._asked = part, why, True
        self.running.clear()
        if self.child is not None:
            self.child.ask_to_end()

    # -- one life -------------------------------------------------------------------------------------------------------------------

    async def _run_once(self) -> int:
        self._ready_at = None
        if self.part.again is not None:
            self.part = self.part.again()
        try:
            child = self.child = await Child.start(self.part, self.log)
        except OSError as error:
            self.log.write(f"{self.part.command[0]} cannot be started: {error}\n".encode())
            return _NO_PROGRAM
        if self._ending.is_set():  # asked to end while it was being started
            child.ask_to_end()
        self._tell(self.part.name, ServiceState.STARTING, f"{self.part.name} starts (process {child.pid})")
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
        self._tell(self.part.name, ServiceState.RUNNING, wording.running(self.part.name, now - began, down_s))
        self.running.set()
        await self._until_hung()
        self._why = f"did not answer for {HUNG_S:.0f} s and was killed"
        child.kill()

    async def _until_ready(self, began: float) -> None:
        if self.part.probe is None:
            await asyncio.sleep(1)
            return
        told = False
        while await self.part.probe() is not Health.READY:
            if not told and self._clock() - began > SLOW_S:
                told = True
                said = "; ".join(self.log.last(1))
                sentence = f"{self.part.name} is not ready after {SLOW_S:.0f} s{f'. It said last: {said}' if said else ''}"
                self._tell(self.part.name, ServiceState.STARTING, sentence)
            await asyncio.sleep(LOOK_S)

    async def _until_hung(self) -> None:
        """Returns when the part has not answered at all for a minute. `Not ready` is an answer."""
        heard = self._clock()
        while self.part.probe is None or self._clock() - heard < HUNG_S:
            await asyncio.sleep(LOOK_AT_READY_S)
            if self.part.probe is not None and await self.part.probe() is not Health.SILENT:
                heard = self._clock()

    # -- between two lives ----------------------------------------------------------------------------------------------------------

    def _tell_down(self, status: int) -> float:
        """Say how it ended; returns the seconds to wait."""
        how, asked = self._why or wording.ended(status), self._asked
        self._why, self._asked = "", False
        healthy_s = 0.0 if self._ready_at is None else self._clock() - self._ready_at
        wait_s = 0.0 if asked else self.backoff.after(healthy_s)
        failures = 0 if asked else self.backoff.failures
        sentence = wording.down(self.part.name, how, datetime.now(UTC), wait_s, failures, self.log.last())
        self._tell(self.part.name, ServiceState.DOWN, sentence)
        return wait_s

    async def _pause(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), wait_s)
