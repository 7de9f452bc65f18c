"""`makegood console`: wires read model, API, live stream and commands into one process."""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import structlog
import typer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from console import migrate
from console.app import build_app
from console.pipeline_health import PipelineHealth
from console.projection import Projection
from console.unsent_commands import Unsent
from makegood import kafka
from makegood.config import logs, policy_file, secrets
from makegood.config.database import open_engine, url_of, why
from makegood.config.settings import Settings
from makegood.errors import UserError
from makegood.kafka import MaybeWritten, Outgoing, Writer
from makegood.services import event_loop, until_signal, web_server
from makegood.services.first_account import ADMIN, first_admin
from makegood.services.projection_feed import ProjectionFeed
from makegood.services.until_signal import STOPPED_ITSELF
from schemas.commands import AnyCommand
from schemas.policy import Silence
from schemas.topics import topic_of

log = structlog.get_logger(__name__)

WRITTEN_WITHIN_S = 5.0
"""So long somebody who clicked is left to wait."""
GRACE_S = 3
"""For answers under way when the process is to end."""


def run(settings: Settings) -> None:
    """Serve until a signal ends it. Raises UserError where it cannot start; ends with STOPPED_ITSELF where going on would be wrong."""
    logs.configure(settings.log_level, settings.log_format, secrets.hidden(settings))
    if settings.log_level != "debug":
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says every second what we say once
    secrets.refuse_unsafe(settings, "console")
    kafka.Connection.options(settings.connection)  # settings that do not fit together are refused now
    if event_loop.run(_serve(settings)):
        sys.exit(STOPPED_ITSELF)


def open_database(settings: Settings) -> AsyncEngine:
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
        engine = open_database(settings)
        stack.push_async_callback(engine.dispose)
        await prepare(engine)
        _show_first_password(await first_admin(settings))
        commands, health = Commands(settings), PipelineHealth()
        app, stream = build_app(settings.console, engine, commands, health, time.time, silence=_silence(settings))
        feed = ProjectionFeed(settings, Projection(engine), stream, health)
        server = web_server.server(app, grace_s=GRACE_S, **_proxies(settings))
        server.at_end = stream.end
        log.info("console starts", address=address_of(settings, listening), kafka=settings.kafka, database=engine.url.render_as_string())
        event_loop.relax_collector()
        return await until_signal.serve("console", server, listening, feed.run(), commands.run())


def _silence(settings: Settings) -> Silence | None:
    """The rules of silence that the installation began with; None for the built-in ones, where its file cannot be read from here."""
    try:
        return policy_file.load(settings.policy).churn.silence
    except UserError as error:
        log.warning("the policy cannot be read: from when on silence counts is shown by the built-in one", error=str(error))
        return None


class Commands:
    """Writes commands to their topic; `console.command_api.Send`."""

    def __init__(self, settings: Settings) -> None:
        self._topic = settings.prefix + topic_of("task.any")
        self._writer = Writer(settings.connection, [self._topic], never_late=True)  # nobody's click is done when they have given it up

    async def run(self) -> None:
        """Keeps the way to Kafka open, for ever."""
        await self._writer.run()

    async def __call__(self, commands: Sequence[AnyCommand]) -> list[Unsent | None]:
        """For each None once it is durable."""
        records = [Outgoing(self._topic, command.customer.key.encode(), command.model_dump_json().encode()) for command in commands]
        outcomes = await self._writer.write(records, WRITTEN_WITHIN_S)
        if failed := [why for why in outcomes if why]:
            log.warning("commands were not written", count=len(failed), of=len(records), reason=failed[0])
        return [None if why is None else Unsent(why, isinstance(why, MaybeWritten)) for why in outcomes]


def _proxies(settings: Settings) -> dict[str, Any]:
    """Whose X-Forwarded-For is believed: by itself uvicorn believes everybody on this machine."""
    return {"proxy_headers": bool(settings.console.proxies), "forwarded_allow_ips": list(settings.console.proxies)}


def address_of(settings: Settings, listening: socket.socket) -> str:
    """Where people find the board."""
    host, port = listening.getsockname()[:2]
    return settings.console.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _show_first_password(password: str | None) -> None:
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
