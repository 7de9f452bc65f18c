"""`makegood console`: wires read model, API, live stream and commands into one process."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any

import structlog
import typer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from console import migrate
from console.app import build_app
from console.asking import NotSent
from console.projection import Projection
from console.vitals import Vitals
from makegood import bus, logs, secrets, web_server
from makegood.bus import Outgoing, Writer
from makegood.database import open_engine, url_of, why
from makegood.errors import UserError
from makegood.feed import Feed
from makegood.first_account import ADMIN, first_admin
from makegood.settings import Settings
from makegood.worker import STOPPED_ITSELF
from schemas.commands import AnyCommand
from schemas.topics import topic_of

log = structlog.get_logger(__name__)

WRITTEN_WITHIN_S = 8.0
GRACE_S = 3
"""For answers under way when the process is to end."""


def run(settings: Settings) -> None:
    """Serve until a signal ends it. Raises UserError where it cannot start; ends with STOPPED_ITSELF where going on would be wrong."""
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    if settings.log_level != "debug":
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says every second what we say once
    secrets.refuse_unsafe(settings, "console")
    bus.Connection.options(settings.connection)  # settings that do not fit together are told now
    if asyncio.run(_serve(settings)):
        sys.exit(STOPPED_ITSELF)


def opened(settings: Settings) -> AsyncEngine:
    """The database of the console."""
    return open_engine(url_of(settings.database_url, settings.directory, "console"))


async def prepare(engine: AsyncEngine) -> None:
    """Make the tables. Raises UserError where the database does not answer."""
    try:
        await migrate.upgrade(engine)
        await Projection(engine).open()
    except (DBAPIError, OSError) as error:
        raise UserError(f"the database at {engine.url.render_as_string()} does not answer: {why(error)}") from error


async def _serve(settings: Settings) -> bool:
    """Whether it ended by itself."""
    listening = web_server.listen("the board", settings.console.host, settings.console.port)
    async with AsyncExitStack() as stack:
        engine = opened(settings)
        stack.push_async_callback(engine.dispose)
        await prepare(engine)
        _tell_first_password(await first_admin(settings))
        commands, vitals = Commands(settings), Vitals()
        app, live = build_app(settings.console, engine, commands, vitals, time.time)
        feed = Feed(settings, Projection(engine), live, vitals)
        server = web_server.server(app, grace_s=GRACE_S, **_proxies(settings))
        server.at_end = live.end
        log.info("console starts", address=address_of(settings, listening), kafka=settings.kafka, database=engine.url.render_as_string())
        return await _run(server, listening, feed.run(), commands.run())


async def _run(server: web_server.Server, listening: socket.socket, *works: Coroutine[Any, Any, None]) -> bool:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.end)
    tasks = [asyncio.create_task(work) for work in (server.serve(sockets=[listening]), *works)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    asked = server.should_exit
    if not asked:
        log.error("console stops", reason="; ".join(repr(task.exception()) for task in done))
    server.end()
    for task in tasks[1:]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    log.info("console ended")
    return not asked


class Commands:
    """Writes commands to their topic; `console.asking.Send`."""

    def __init__(self, settings: Settings) -> None:
        self._topic = settings.prefix + topic_of("task.any")
        self._writer = Writer(settings.connection, [self._topic])

    async def run(self) -> None:
        """Keeps the way to Kafka open, for ever."""
        await self._writer.run()

    async def __call__(self, commands: Sequence[AnyCommand]) -> None:
        records = [Outgoing(self._topic, command.customer.key.encode(), command.model_dump_json().encode()) for command in commands]
        failed = [why for why in await self._writer.write(records, WRITTEN_WITHIN_S) if why]
        if failed:
            log.warning("commands were not written", count=len(failed), of=len(records), reason=failed[0])
            raise NotSent("Kafka did not take it in time: nothing is known to have happened. Asking again is safe")


def _proxies(settings: Settings) -> dict[str, Any]:
    """Whose X-Forwarded-For is believed: by itself uvicorn believes everybody on this machine."""
    return {"proxy_headers": bool(settings.console.proxies), "forwarded_allow_ips": list(settings.console.proxies)}


def address_of(settings: Settings, listening: socket.socket) -> str:
    """Where people find the board."""
    host, port = listening.getsockname()[:2]
    return settings.console.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell_first_password(password: str | None) -> None:
    """On standard output, once, and in no log."""
    if password is None:
        return
    lines = (
        f"The board's first user: {ADMIN}",
        f"Password: {password}",
        "It is shown this once. `makegood console users` looks after users.",
    )
    width = max(map(len, lines))
    framed = [f"│ {line:<{width}} │" for line in lines]
    typer.echo("\n".join([f"┌{'─' * (width + 2)}┐", *framed, f"└{'─' * (width + 2)}┘"]))
    sys.stdout.flush()
