"""How services are asked whether they work: over HTTP, or as a Kafka broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from makegood import kafka
from makegood.errors import UserError
from makegood.kafka import Connection
from makegood.local.supervisor.service import Health

ANSWER_S = 5.0


def over_http(host: str, port: int, path: str = "/readyz") -> Callable[[], Awaitable[Health]]:
    """Ready where the page answers 2xx; any other answer is one, too. Written by hand: it is asked five times a second while services start."""
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


def of_kafka(connection: Connection, cluster: Callable[[], str | None]) -> Callable[[], Awaitable[Health]]:
    """Ready where the brokers of this cluster answer to Kafka's own protocol; what others answer at the address does not count."""

    async def probe() -> Health:
        try:
            async with asyncio.timeout(ANSWER_S):
                answered = await kafka.cluster(connection)
            return Health.READY if answered == cluster() else Health.SILENT
        except (UserError, TimeoutError):
            return Health.SILENT

    return probe
