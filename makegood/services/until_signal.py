"""Running a service until a signal ends it: one way for gateway, notifications, console, sink and `makegood up`."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog

from makegood.services.web_server import Server

log = structlog.get_logger(__name__)

STOPPED_ITSELF = 70
"""Exit status of a process that refuses to go on; a supervisor may start it again."""
LAST_WORKS_S = 3.0
"""What works beside the server may take so long to end: without Kafka a last flush would never do."""


@contextmanager
def on_signal(heard: Callable[[], object], *more: signal.Signals) -> Iterator[None]:
    """Call `heard` at each SIGTERM and SIGINT for the time of the block."""
    loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT, *more)
    for number in numbers:
        loop.add_signal_handler(number, heard)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def serve(name: str, server: Server, listening: socket.socket, *works: Coroutine[Any, Any, None]) -> bool:
    """Serve, and run the works beside it, until a signal ends the server or one of them ends by itself; returns whether it was that.

    What the server has taken is answered first, then the works are cancelled.
    """
    with on_signal(server.end):
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        working = [asyncio.create_task(work) for work in works]
        done, _ = await asyncio.wait({serving, *working}, return_when=asyncio.FIRST_COMPLETED)
        asked = server.should_exit
        if not asked:
            stops = f"{name} stops"
            log.error(stops, reason="; ".join(map(_reason, done)))
        server.end()
        with suppress(Exception):
            await serving
        for work in working:
            work.cancel()
        if working:
            await asyncio.wait(working, timeout=LAST_WORKS_S)
    ended = f"{name} ended"
    log.info(ended)
    return not asked


def _reason(ended: asyncio.Task[Any]) -> str:
    return "it was cancelled" if ended.cancelled() else str(ended.exception() or "a part of it ended")
