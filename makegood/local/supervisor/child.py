"""A child process that cannot outlive us: in a session of its own, so that Ctrl-C reaches only us, and killed by the kernel when we die."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Self

from makegood.local.supervisor.bounded_log import BoundedLog
from makegood.local.supervisor.service import Service
from makegood.services import child_process, ports

_AT_ONCE = 1 << 16


class Child:
    """A running process of a service; all that it says goes to the log."""

    def __init__(self, process: asyncio.subprocess.Process, log: BoundedLog) -> None:
        self.process = process
        self._pump = asyncio.create_task(_pump(process, log))

    @classmethod
    async def start(cls, service: Service, log: BoundedLog) -> Self:
        """Start it. Raises OSError where there is no such program, or no room for another process."""
        log.forget()
        given = [held.fileno() for held in service.sockets]
        process = await asyncio.create_subprocess_exec(
            *service.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=service.directory,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **service.environment, ports.SOCKETS: " ".join(map(str, given))},
            pass_fds=given,
            start_new_session=True,
            preexec_fn=child_process.dies_with(os.getpid()),
        )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    async def wait(self) -> int:
        """Its exit status, or minus the signal that ended it. All that it had said is in the log by then."""
        status = await self.process.wait()
        with contextlib.suppress(TimeoutError):  # a grandchild may hold the pipe for longer
            await asyncio.wait_for(asyncio.shield(self._pump), 1)
        self._pump.cancel()
        return status

    def ask_to_end(self) -> None:
        """SIGTERM."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """SIGKILL."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()


async def _pump(process: asyncio.subprocess.Process, log: BoundedLog) -> None:
    assert process.stdout is not None
    while chunk := await process.stdout.read(_AT_ONCE):
        log.write(chunk)
