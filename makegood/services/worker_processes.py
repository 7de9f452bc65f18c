"""`makegood worker --processes N`: forks N plain workers, answers for all of them at one health port, and ends with the first that ends.

Why the rest is not kept running: whoever supervises us (`makegood up`, a container engine, systemd) starts us again, waits longer each time,
and says so on the topic `operations`. A second supervisor below that one would hide a worker that falls again and again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from math import ceil
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.process_collector import ProcessCollector

from makegood.config.settings import Settings
from makegood.services import child_process, event_loop, health, worker_metrics, workers_health
from makegood.services.until_signal import STOPPED_ITSELF, on_signal
from makegood.services.worker_link import Answer, Worker, WorkerEnd

log = structlog.get_logger(__name__)

GRACE_S = 25.0
"""A worker ends itself 20 s after it was asked to; then it is killed."""
LOOK_S = 5.0
HUNG_S = 60.0
"""A worker that has answered before, and for so long did not, is killed."""
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


# -- how many ----------------------------------------------------------------------------------------------------------------------------


def cores() -> int:
    """The processor cores that this process may use: those it is bound to, and no more than its container is given time for."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(bound, _quota() or bound)


def _quota() -> int | None:
    with suppress(OSError, ValueError):
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return max(1, ceil(int(quota) / int(period)))  # `max`, for no limit, is no number
    return None


def count(wanted: int | None, partitions: int) -> int:
    """How many processes to run: as many as were wanted, else as cores, but no more than partitions, for the others would have nothing to do."""
    if not hasattr(os, "fork"):
        return 1
    if wanted is not None and wanted > partitions:
        log.info(
            "a process without a partition has nothing to do: as many run as there are partitions", wanted=wanted, partitions=partitions
        )
    return min(wanted or cores(), partitions)


def settings_of(number: int, settings: Settings) -> Settings:
    """Of the worker of this number. The first is the plain worker, the others have a name and a directory of their own beside its."""
    if number == 1:
        return settings
    named = None if settings.instance is None else f"{settings.instance}-{number}"
    return settings.model_copy(update={"instance": named, "directory": settings.directory / f"process-{number}"})


# -- the supervisor ----------------------------------------------------------------------------------------------------------------------


def fork(count: int) -> WorkerEnd | Sequence[Worker]:
    """Fork so many workers: each gets its end of the link, their supervisor the other ends.

    Call it before there is an event loop or a thread. What was loaded before is in memory once.
    """
    event_loop.relax_collector()
    sys.stderr.flush()
    workers: list[Worker] = []
    for number in range(1, count + 1):
        ours, theirs = socket.socketpair()
        ask_kernel = child_process.dies_with(os.getpid())
        if (pid := os.fork()) == 0:
            for held in (ours, *(worker.held for worker in workers)):
                held.close()
            return _begin(WorkerEnd(number, theirs), ask_kernel)
        theirs.close()
        workers.append(Worker(number, pid, ours))
    return workers


def _begin(end: WorkerEnd, ask_kernel: Callable[[], None] | None) -> WorkerEnd:
    """In a worker: alone in its session, so that Ctrl-C reaches only the supervisor, and named in each line of its log."""
    if ask_kernel is not None:
        ask_kernel()
    os.setsid()
    structlog.contextvars.bind_contextvars(process=end.number)
    return end


def supervise(workers: Sequence[Worker], settings: Settings) -> int:
    """Until a signal ends them all, or one ends by itself; returns the exit status.

    Raises UserError where health cannot be served.
    """
    log.info("worker processes run", pids={worker.number: worker.pid for worker in workers})
    return event_loop.run(_Supervisor(workers).run(settings))


class _Supervisor:
    def __init__(self, workers: Sequence[Worker]) -> None:
        self.workers = workers
        self._own = CollectorRegistry()
        ProcessCollector(registry=self._own)

    async def run(self, settings: Settings) -> int:
        """As `supervise`."""
        asked = asyncio.Event()
        endings = {asyncio.create_task(worker.ended()): worker for worker in self.workers}
        looking = asyncio.create_task(self._look_after_hung())
        with on_signal(asked.set):
            waiting = asyncio.create_task(asked.wait())
            try:
                async with health.served(self.readiness, self.exposition, settings.health_host, settings.health_port):
                    await asyncio.wait({waiting, *endings}, return_when=asyncio.FIRST_COMPLETED)
                first = next(((worker, task.result()) for task, worker in endings.items() if task.done()), None)
            finally:
                looking.cancel()
                await self._end(endings)
                waiting.cancel()
        return 0 if asked.is_set() or first is None else self._conclude(*first)

    def _conclude(self, worker: Worker, status: int) -> int:
        """Say why the worker ended, and end as it did."""
        reason = worker.reason or f"process {worker.number} of {len(self.workers)} {child_process.ended(status)}"
        log.error("worker stops", reason=reason, process=worker.number)
        return status if worker.reason and status > 0 else STOPPED_ITSELF

    async def _end(self, endings: Iterable[asyncio.Task[int]]) -> None:
        """Ask all to end, and kill those that do not."""
        for number, patience_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, None)):
            for worker, ending in zip(self.workers, endings, strict=True):
                if not ending.done():
                    worker.signal(number)
            _, left = await asyncio.wait(endings, timeout=patience_s)
            if not left:
                break

    async def _look_after_hung(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._answers()
            for worker in self.workers:
                if worker.answered_at is not None and time.monotonic() - worker.answered_at > HUNG_S:
                    worker.reason = f"process {worker.number} of {len(self.workers)} did not answer for {HUNG_S:.0f} s and was killed"
                    worker.signal(signal.SIGKILL)

    # -- health ---------------------------------------------------------------------------------------------------------------------

    async def _answers(self) -> dict[int, Answer | None]:
        answers = await asyncio.gather(*(worker.answer() for worker in self.workers))
        return {worker.number: answer for worker, answer in zip(self.workers, answers, strict=True)}

    async def readiness(self) -> tuple[bool, dict[str, object]]:
        """Of all workers."""
        return workers_health.readiness(await self._answers())

    async def exposition(self) -> bytes:
        """Of all workers, and of this process."""
        texts = {str(number): answer.metrics for number, answer in (await self._answers()).items() if answer is not None}
        return workers_health.exposition({"supervisor": worker_metrics.exposition(self._own).decode(), **texts})
