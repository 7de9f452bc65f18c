"""How parts are asked whether they are well: over HTTP, or as a Kafka broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from makegood import bus
from makegood.bus import BusError, Connection
from makegood.supervisor.part import Health

ANSWER_S = 5.0


def over_http(host: str, port: int, path: str = "/readyz") -> Callable[[], Awaitable[Health]]:
    """Ready where the page answers 2xx; any other answer is one, too. Written by hand: it is asked five times a second while parts start."""
    request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()

    async def probe() -> Health:
        try:
            async with asyncio.timeout(ANSWER_S):
                first = await _first_line(host, port, request)
        except (OSError, TimeoutError):
            return Health.SILENT
        words = first.split()
        good = len(words) > 1 and words[1].isdigit() and int(words[1]) // 100 == HTTPStatus.OK // 100
        return Health.READY if good else Health.NOT_READY

    return probe


async def _first_line(host: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        return await reader.readline()
    finally:
        writer.close()


def of_kafka(connection: Connection) -> Callable[[], Awaitable[Health]]:
    """Ready where the brokers answer to Kafka's own protocol."""

    async def probe() -> Health:
        try:
            async with asyncio.timeout(ANSWER_S):
                await bus.brokers(connection)
        except (BusError, TimeoutError):
            return Health.SILENT
        return Health.READY

    return probe
