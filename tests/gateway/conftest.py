"""A gateway over a real Kafka, in the test's own process: the same wiring as `makegood gateway`, without its port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest

from gateway.app import build_app
from gateway.settings import GatewaySettings
from makegood.kafka import Connection, Writer
from makegood.services.gateway import TOPICS, Facts
from tests.gateway.sending import SETTINGS
from tests.patience import PATIENT_S


@asynccontextmanager
async def gateway_over(bootstrap: str, prefix: str, within_s: float = 8) -> AsyncIterator[tuple[httpx.AsyncClient, Writer]]:
    writer = Writer(Connection(bootstrap), [prefix + name for name in TOPICS])
    running = asyncio.create_task(writer.run())
    app = build_app(
        GatewaySettings.model_validate(SETTINGS), Facts(writer, prefix, within_s), lambda: datetime.now(UTC), lambda: writer.trouble
    )
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway", timeout=30) as client:
            yield client, writer
    finally:
        running.cancel()
        await asyncio.wait({running}, timeout=5)


async def until_ready(client: httpx.AsyncClient, limit_s: float = PATIENT_S) -> None:
    async with asyncio.timeout(limit_s):
        while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110  it is another task that will know
            await asyncio.sleep(0.1)


@pytest.fixture
def over():
    return gateway_over
