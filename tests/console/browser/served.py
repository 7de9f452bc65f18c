"""A board served to real browsers: the console of tests.console.board on a port of its own, and wires to it that can be cut."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select

from console import tables
from console.settings import ConsoleSettings
from makegood.config.database import url_of
from makegood.kafka import Record
from makegood.services import web_server
from schemas.message import instant
from tests.console.board import Board, Streams
from tests.console.company import QUESTIONS

_numbers = itertools.count(90_001)


class Served(Board):
    """A board at `url`, decided and shown in this process."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.url, self.decides = "", asyncio.Event()
        self.decides.set()

    async def hesitate(self) -> None:
        """Decisions wait while a test has cleared `decides`."""
        await self.decides.wait()

    async def customer_in_trouble(self, name: str = "Hotel Probe", words: str = "Where is our delivery?", **fields: Any) -> str:
        """A customer whom one cannot lose opens an urgent ticket: returns their id. A new task, P1 or P2."""
        customer = f"C-{next(_numbers)}"
        hic = {"hic_answers": dict.fromkeys(QUESTIONS, 2), "annual_value": 90_000}
        await self.tell("customer.profiled", customer, name=name, **hic)
        await self.tell("ticket.opened", customer, comment=words, **{"subject": "Our delivery", "severity": "urgent", **fields})
        return customer

    async def tell(self, kind: str, customer: str, **fields: Any) -> None:
        """A fact arrives, is decided and shown."""
        number = next(_numbers)
        known = {"type": kind, "id": f"said-{number}", "object": f"said-{number}", "source": "zendesk"}
        await self.say({**known, "occurred_at": instant(self.clock()).isoformat(), "customer": {"id": customer}, **fields})

    async def show_again(self, customer: str) -> None:
        """Every page that shows this customer hears that something has changed."""
        async with self.engine.begin() as db:
            newest = await db.scalar(select(func.max(tables.change.c.number))) or 0
            shown = [("task", tables.task), ("alert", tables.alert)]
            refs = [(kind, one) for kind, t in shown for one in await db.scalars(select(t.c.id).where(t.c.customer == customer))]
            await db.execute(
                insert(tables.change), [{"number": newest + n, "kind": kind, "ref": one} for n, (kind, one) in enumerate(refs, 1)]
            )
        self.live.wake()

    def tasks(self, *statuses: str) -> list[dict[str, Any]]:
        """The tasks as streams have them, of these statuses or all, the most urgent first."""
        newest = {task["id"]: task for task in map(_task, [*self.streams.records, *self.history]) if task}
        wanted = [task for task in newest.values() if not statuses or task["status"] in statuses]
        return sorted(wanted, key=lambda task: (task["priority"], task["due_at"], task["id"]))


def _task(record: Record) -> dict[str, Any] | None:
    return json.loads(record.value) if record.topic == "tasks" and record.value else None


class Company(NamedTuple):
    """A board to be copied: its database, and how to come to what decided it."""

    database: Path
    history: Callable[[], Streams]


@asynccontextmanager
async def served(company: Company, directory: Path, **settings: Any) -> AsyncIterator[Served]:
    """A copy of the company's board, which goes on from there; by the clock of the machine."""
    shutil.copy(company.database, directory / "console.db")
    board = Served(url_of(None, directory, "console"), time.time, ConsoleSettings(**settings))
    await board.take_up(company.history)
    listening = socket.create_server(("127.0.0.1", 0))
    board.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = web_server.server(board.app, grace_s=1)
    server.at_end = board.live.end
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield board
    finally:
        board.decides.set()
        server.end()
        await serving
        await board.close()


class Wire:
    """A network between a browser and a board: it can be cut (connections break, new ones are refused) or hang (nothing comes through)."""

    def __init__(self, to: str) -> None:
        host, _, port = to.removeprefix("http://").partition(":")
        self._to, self._ends = (host, int(port)), set[asyncio.StreamWriter]()
        self._flows = asyncio.Event()
        self._flows.set()
        self._port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def mend(self) -> None:
        """Connect, or let flow again."""
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._meet, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    def hang(self) -> None:
        self._flows.clear()

    def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in list(self._ends):
            end.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()  # the board itself is away
            return
        pair = {writer, far_writer}
        self._ends |= pair
        with suppress(OSError):
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        self._ends -= pair

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
