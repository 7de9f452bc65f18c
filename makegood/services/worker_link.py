"""The link between a worker and the supervisor that forked it: a pair of sockets, on which health is asked for and a last sentence is left.

A message is a line of JSON; a question is an empty line. Whoever reads the end of the stream knows that the other has ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from makegood.services.health import Exposition, Readiness
from makegood.services.until_signal import STOPPED_ITSELF

ANSWER_S = 3.0
_QUESTION = b"\n"
_LONGEST_LINE = 1 << 24
"""Bytes: the metrics of some ten thousand partitions."""


class Answer(NamedTuple):
    """How a worker is: what its own /readyz and /metrics would say."""

    ready: bool
    report: dict[str, Any]
    metrics: str


class WorkerEnd:
    """What a worker has of the link, and its number (from 1)."""

    def __init__(self, number: int, held: socket.socket) -> None:
        self.number = number
        self._socket = held

    def leave(self, reason: str) -> None:
        """Leave the sentence with which this process is about to end."""
        with suppress(OSError):
            self._socket.dup().sendall(_line({"reason": reason}))

    async def answer(self, readiness: Readiness, exposition: Exposition) -> NoReturn:
        """Answer questions; end this process when the supervisor is gone."""
        reader, writer = await asyncio.open_unix_connection(sock=self._socket)
        while await reader.readline():
            ready, report = await readiness()
            writer.write(_line({"answer": [ready, report, (await exposition()).decode()]}))
            await writer.drain()
        os._exit(STOPPED_ITSELF)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


@dataclass(eq=False)
class Worker:
    """What the supervisor has of a worker: its number (from 1), its process and its end of the link."""

    number: int
    pid: int
    held: socket.socket
    reason: str = ""
    """The sentence that it left."""
    answered_at: float | None = None
    """When it answered last; None before the first time: it may have to wait for Kafka."""
    _writer: asyncio.StreamWriter | None = None
    _asked: asyncio.Future[Answer] | None = field(default=None, repr=False)

    async def ended(self) -> int:
        """Hear what it says until it has ended; returns its exit status, or minus the signal that ended it."""
        reader, self._writer = await asyncio.open_unix_connection(sock=self.held, limit=_LONGEST_LINE)
        with suppress(OSError):
            while line := await reader.readline():
                self._hear(line)
        _, status = await asyncio.to_thread(os.waitpid, self.pid, 0)
        self._writer.close()
        return os.waitstatus_to_exitcode(status)

    def _hear(self, line: bytes) -> None:
        with suppress(ValueError):  # it was killed while it wrote
            message = json.loads(line)
            self.reason = message.get("reason", self.reason)
            if "answer" in message:
                self.answered_at = time.monotonic()
                asked, self._asked = self._asked, None
                if asked is not None and not asked.done():
                    asked.set_result(Answer(*message["answer"]))

    async def answer(self) -> Answer | None:
        """How it is; None where it does not say so in time. All who ask at the same time share the answer."""
        if self._writer is None or self._writer.is_closing():
            return None
        if self._asked is None:
            self._asked = asyncio.get_running_loop().create_future()
            self._writer.write(_QUESTION)
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._asked), ANSWER_S)
        return None

    def signal(self, number: int) -> None:
        """Send it a signal; nothing where it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
