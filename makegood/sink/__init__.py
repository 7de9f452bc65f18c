"""The sink: a page that shows what the handlers send, so that a demo and a test need no Slack, no mail server and no stranger."""

from __future__ import annotations

import asyncio
import signal
import sys

from handlers.settings import WebhookDestination
from makegood import logs, web_server
from makegood import secrets as all_secrets
from makegood.errors import UserError
from makegood.settings import Settings
from makegood.sink.mail import Mailbox
from makegood.sink.received import Shelf
from makegood.sink.web import build_app

HOST = "127.0.0.1"


def run(settings: Settings, *, port: int, smtp_port: int, secret: str | None = None) -> None:
    """Serve until a signal ends it."""
    logs.configure(settings.log_level, settings.log_format, all_secrets.hidden(settings))
    given = [secret] if secret else _secrets_of(settings)
    asyncio.run(serve(given, port, smtp_port))


def _secrets_of(settings: Settings) -> list[str]:
    found = settings.handlers.destinations.values()
    return [one.secret.get_secret_value() for one in found if isinstance(one, WebhookDestination)]


async def serve(secrets: list[str], port: int, smtp_port: int) -> None:
    """Serve the page and take posts and mail until SIGTERM or SIGINT. Raises UserError when a port is taken."""
    shelf = Shelf()
    mailbox = Mailbox(shelf, HOST, smtp_port)
    listening = web_server.listen("the sink", HOST, port)
    try:
        await mailbox.start()
    except OSError as error:
        raise UserError(f"mail cannot be taken at {HOST}:{smtp_port}: {error.strerror}. Choose another with --smtp-port") from error
    server = web_server.server(build_app(shelf, secrets), grace_s=1)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.end)
    where = f"http://{HOST}:{listening.getsockname()[1]}/"
    sys.stdout.write(f"The sink shows what comes at {where} and takes mail at {HOST}:{mailbox.port}. Ctrl-C ends it.\n")
    sys.stdout.flush()
    try:
        await server.serve(sockets=[listening])
    finally:
        mailbox.stop()
