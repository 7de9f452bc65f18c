"""`makegood simulate`: runs the roastery, first through weeks of history, then on from now, until it is ended."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import httpx
import structlog

from makegood import kafka
from makegood.config import logs, policy_file
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.kafka import KafkaUnavailable, topics
from makegood.kafka.input_records import produce
from makegood.local.simulator import scenarios, vendors
from makegood.local.simulator.colleagues import Colleagues
from makegood.local.simulator.company import customers
from makegood.local.simulator.facts import Moment
from makegood.local.simulator.gateway_client import GatewayClient
from makegood.local.simulator.history import History
from makegood.local.simulator.pouring import pour
from makegood.local.simulator.scenarios import Sent
from schemas.decisions import TaskSnapshot
from schemas.failures import said

log = structlog.get_logger(__name__)

POLICY = Path(__file__).with_name("roastery.toml")
MOST_HELD = 500
TICK_S = 0.2
AGAIN_S = 2.0


def pour_history(settings: Settings, seed: int, end: float, on_progress: Callable[[int, int], None]) -> int:
    """Write the weeks before `end` (seconds since 1970) and wait until all is decided; `on_progress` is called with how many of how many."""
    moments = list(History(seed, end, policy_file.load(settings.policy or POLICY)))
    asyncio.run(pour(moments, settings, lambda done: on_progress(done, len(moments))))
    return len(moments)


def go_on(settings: Settings, gateway: str, key: str, secrets: dict[str, str], seed: int) -> None:
    """Live from now on, until a signal ends it."""
    logs.configure(settings.log_level, settings.log_format)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request says nothing here
    asyncio.run(_go_on(settings, gateway, key, secrets, seed))


def one_zendesk(gateway: str, secret: str, seed: int, now: float) -> str:
    """Send what Zendesk sends when a key account opens an urgent ticket; returns what was sent and what the gateway answers.

    Raises UserError where no gateway listens.
    """
    customer = customers(seed)[0]
    words = "Our second machine is down since six, and nobody calls us back. If this goes on we will cancel our contract."
    body = vendors.ticket_created(customer, vendors.ticket_number(f"{now}"), now, "Machine down", words, "URGENT")
    raw, headers = vendors.signed("zendesk", secret, body, now)
    try:
        answer = httpx.post(f"{gateway}/v1/webhooks/zendesk", content=raw, headers=headers | {"Content-Type": "application/json"})
    except httpx.TransportError as error:
        raise UserError(f"no gateway answers at {gateway} ({said(error)}): does `makegood up` or `makegood demo` run?") from error
    return f"{customer.name} opens an urgent ticket\n{raw.decode()}\nthe gateway answers {answer.status_code}: {answer.text}"


async def _go_on(settings: Settings, gateway: str, key: str, secrets: dict[str, str], seed: int) -> None:
    colleagues = Colleagues(seed)
    async with GatewayClient(gateway, key, secrets, settings) as client, asyncio.TaskGroup() as group:
        group.create_task(_customers(client, seed))
        group.create_task(_again(lambda: _follow_tasks(colleagues, settings)))
        group.create_task(_again(lambda: _answer(colleagues, settings)))


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    """Kafka may be away: then a little later."""
    while True:
        try:
            await work()
        except (KafkaUnavailable, TimeoutError) as error:
            log.warning("kafka is away", error=str(error))
        await asyncio.sleep(AGAIN_S)


# -- customers ----------------------------------------------------------------------------------------------------------------------


async def _customers(client: GatewayClient, seed: int) -> None:
    """What customers do, sent when it is due; while the gateway is away it is held, the newest MOST_HELD of it."""
    line: list[tuple[float, int, Sent]] = []
    numbers, next_at = itertools.count(), 0.0
    days = scenarios.day(customers(seed), seed, time.time())
    while True:
        now = time.time()
        if now >= next_at:
            sent, pause = next(days)(now)
            next_at = now + pause
            for one in sent:
                heapq.heappush(line, (now + one.after_s, next(numbers), one))
        while line and line[0][0] <= time.time():
            at, number, one = heapq.heappop(line)
            if not await client.send(one, time.time()):
                heapq.heappush(line, (at, number, one))
                line = sorted(line)[-MOST_HELD:]
                await asyncio.sleep(AGAIN_S)
                break
        await asyncio.sleep(TICK_S)


# -- colleagues ---------------------------------------------------------------------------------------------------------------------


async def _follow_tasks(colleagues: Colleagues, settings: Settings) -> None:
    async for batch in kafka.follow(settings.connection, [f"{settings.prefix}tasks"], {}):
        tasks = [TaskSnapshot.model_validate_json(record.value) for record in batch if record.value is not None]
        colleagues.observe(tasks, time.time())


async def _answer(colleagues: Colleagues, settings: Settings) -> None:
    partitions = await topics.partition_count(settings.connection, prefix=settings.prefix)
    async with kafka.producer(settings.connection) as producer:
        pending = kafka.PendingSends(producer)
        while True:
            await _write(pending, settings, colleagues.due(time.time()), partitions)
            await asyncio.sleep(random.uniform(0.5, 1.5))


async def _write(pending: kafka.PendingSends, settings: Settings, moments: Iterable[Moment], partitions: int) -> None:
    for one in moments:
        await produce(pending, settings, one.record, partitions)
    await pending.settled()
