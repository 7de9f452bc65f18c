"""For the handlers: a ledger on each database, a receiver that is a real HTTP server, a clock that is wound by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from handlers import migrate
from handlers.app import Handlers
from handlers.ledger import Ledger
from handlers.settings import HandlerSettings
from makegood.config.database import open_engine, url_of
from schemas.decisions import About, Addend, Basis, Cause, Notice, NoticeKind, Priority, Tier
from schemas.deliveries import NoticeAttempted
from schemas.reasons import Why
from schemas.record import Record
from tests.patience import PATIENT_S
from tests.postgres import postgres, postgres_url  # noqa: F401

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ"
START = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
URGENT = Why(code="ticket_opened_urgent", values={"ticket": "T-0"}, said="Where is our delivery?")
MATTERS = (
    Addend(name="tier", points=30, why=Why(code="tier", values={"tier": "A"})),
    Addend(name="value", points=20, why=Why(code="value_at_risk", values={"annual_value": 90_000.0, "currency": "EUR"})),
    Addend(name="renewal", points=10, why=Why(code="renewal", values={"left_days": 28.0})),
)
_offsets = itertools.count()


def a_notice(id_: str = "T-1-1-task-raised", **changes: Any) -> Notice:
    given = {
        "id": id_,
        "kind": NoticeKind.TASK_RAISED,
        "priority": Priority.P1,
        "customer": "C00",
        "customer_name": "Hotel Adlon Nord",
        "tier": Tier.A,
        "hic": True,
        "hic_why": Why(code="named_by_company"),
        "about": "T-1",
        "about_kind": About.TASK,
        "route": "page",
        "owner": "Carla",
        "cause": Cause.BAD_SERVICE,
        "by": "makegood",
        "why": URGENT,
        "newest": URGENT,
        "matters": MATTERS,
        "next_step": "Take the ticket yourself and stay with it until it is solved.",
        "at": START,
        "due_at": START + timedelta(hours=4),
        "basis": Basis(input="interactions-2-0", policy="2026.11-1"),
    }
    return Notice(**given | changes)


def a_record(notice: Notice) -> Record:
    """What Kafka would hand over."""
    at_ms = int(START.timestamp() * 1000)
    return Record("notices", 0, next(_offsets), at_ms, notice.customer.encode(), notice.model_dump_json().encode())


class Clock:
    """Seconds since 1970, wound by hand."""

    def __init__(self) -> None:
        self.at = START.timestamp()

    def __call__(self) -> float:
        return self.at

    def wind(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class Receiver:
    """A real HTTP server that answers as it is told, and remembers every post. `answers` are (status, headers), the last one for ever."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(200, {})])
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    delay_s: float = 0
    port: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, posts: int, limit_s: float = PATIENT_S) -> None:
        async with asyncio.timeout(limit_s):
            while len(self.posts) < posts:
                self.came.clear()
                await self.came.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> list[str]:
        return [headers.get("webhook-id") or headers["idempotency-key"] for _, headers, _ in self.posts]

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.posts.append((request.path, {name.lower(): value for name, value in request.headers.items()}, body))
        self.came.set()
        await asyncio.sleep(self.delay_s)
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=status, headers=headers, text="said the receiver")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sqlite_engine(tmp_path):
    engine = open_engine(url_of(None, tmp_path, "handlers"))
    yield engine
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request, tmp_path):
    """Each test of the ledger runs on both."""
    given = None if request.param == "sqlite" else SecretStr(request.getfixturevalue("postgres_url"))
    engine = open_engine(url_of(given, tmp_path, "handlers"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def ledger(engine) -> Ledger:
    await migrate.upgrade(engine)
    return Ledger(engine)


def webhook(url: str) -> dict[str, Any]:
    return {"channel": "webhook", "url": url, "secret": SECRET}


def a_setting(**changes: Any) -> HandlerSettings:
    return HandlerSettings.model_validate({"timeout_s": 1, "poll_s": 0.05} | changes)


@dataclass
class DrivenHandlers:
    """Handlers that are driven step by step, and what they published."""

    handlers: Handlers
    published: list[NoticeAttempted] = field(default_factory=list)

    async def take(self, *notices: Notice) -> None:
        await self.handlers._intake.take([a_record(notice) for notice in notices])

    async def steps(self, name: str) -> int:
        """Run a worker until it finds nothing more to do now; returns how many it sent."""
        count = 0
        while await self.handlers.workers[name].step():
            count += 1
        await self.publish()
        return count

    async def publish(self) -> None:
        async def publish(records):
            self.published.extend(records)

        while await self.handlers.outbox.publish_some(publish):
            pass

    def outcomes(self, destination: str) -> list[str]:
        return [record.outcome.name for record in self.published if record.destination == destination]


@pytest.fixture
async def driven(sqlite_engine, clock):
    """Makes handlers on SQLite; several on one ledger stand for several processes."""
    made: list[Handlers] = []

    async def make(settings: HandlerSettings) -> DrivenHandlers:
        handlers = Handlers(settings, sqlite_engine, clock=clock, jitter=lambda: 1.0)
        await handlers.start()
        made.append(handlers)
        return DrivenHandlers(handlers)

    yield make
    for handlers in made:
        await handlers.close()
