"""What a person asks of the handlers: a test message, a look into the ledger, another try."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from handlers import ledger_queries, migrate, redelivery
from handlers.channels import sender
from handlers.http_client import open_client
from handlers.ledger import Ledger
from handlers.responses import SendResult
from handlers.tables import State
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.services.notifications import ledger_engine
from schemas.decisions import About, Addend, Basis, Cause, Notice, NoticeKind, Priority, Tier
from schemas.deliveries import Outcome
from schemas.reasons import Why


def sample(now: datetime) -> Notice:
    """A notice about nobody that says that it is a test, in every channel and language."""
    rated = Why(
        code="rated_survey",
        values={"metric": "nps", "score": 2.0, "worst": 0.0, "best": 10.0},
        said="this <b>looks</b> *odd* & is harmless",
    )
    return Notice(
        id=f"test-{secrets.token_hex(6)}",
        kind=NoticeKind.TASK_RAISED,
        priority=Priority.P4,
        customer="test",
        customer_name="Test of makegood handlers, no customer",
        tier=Tier.UNKNOWN,
        about="test",
        about_kind=About.CUSTOMER,
        route="test",
        owner="whoever reads this",
        cause=Cause.POOR_SURVEY,
        by="makegood",
        why=rated,
        newest=rated,
        matters=(Addend(name="tier", points=0.0, why=Why(code="tier", values={"tier": Tier.UNKNOWN.value})),),
        next_step="Nothing: this is a test from `makegood handlers test`. Tell whoever set it up that it came.",
        at=now,
        due_at=now + timedelta(hours=4),
        basis=Basis(input="test-0-0", policy="test"),
    )


async def send_sample(settings: Settings, name: str) -> SendResult:
    """Send one test message, past the ledger. Raises UserError when there is no such destination."""
    given = settings.handlers
    if name not in given.destinations:
        there = f"there are {', '.join(sorted(given.destinations))}" if given.destinations else "[handlers.destinations] is empty"
        raise UserError(f"there is no destination {name}: {there}")
    now = datetime.now(UTC)
    async with open_client(given.timeout_s) as client:
        try:
            async with asyncio.timeout(given.timeout_s):
                return await sender(given.destinations[name], given, client)(sample(now), now)
        except TimeoutError:
            return SendResult(Outcome.FAILED, f"did not answer within {given.timeout_s:g} s")


async def ledger_lines(settings: Settings, states: Sequence[State], limit: int) -> tuple[list[ledger_queries.Line], dict[State, int]]:
    """The deliveries that changed last, and how many stand where."""
    async with ledger_engine(settings) as engine:
        await migrate.upgrade(engine)
        ledger = Ledger(engine)
        return await ledger_queries.lines(ledger, states, limit), await ledger_queries.counts(ledger)


async def try_again(settings: Settings, notices: Sequence[str]) -> dict[str, redelivery.Redelivery]:
    """Mark notices to be tried again at once by the handlers that run. Raises UserError for one that the ledger does not have."""
    found: dict[str, redelivery.Redelivery] = {}
    async with ledger_engine(settings) as engine:
        await migrate.upgrade(engine)
        for notice in notices:
            redelivered = await redelivery.redeliver(Ledger(engine), settings.handlers, notice, time.time())
            if redelivered is None:
                raise UserError(f"the ledger has no notice {notice}: `makegood deliveries list` shows what it has")
            found[notice] = redelivered
    return found
