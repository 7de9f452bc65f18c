"""From a destination of the settings to the verb that reaches it: one row for each channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import httpx

from handlers.post_slack import post_slack
from handlers.post_webhook import post_webhook
from handlers.rendering import Recipient, RenderedNotice, render
from handlers.responses import SendResult
from handlers.send_email import send_email
from handlers.settings import Destination, EmailDestination, HandlerSettings, SlackDestination, WebhookDestination
from schemas.decisions import Notice

Send = Callable[[Notice, datetime], Awaitable[SendResult]]
"""Send a notice once, at an instant in UTC, and say what came of it."""
Verb = Callable[[Notice, RenderedNotice, datetime], Awaitable[SendResult]]


def sender(destination: Destination, settings: HandlerSettings, client: httpx.AsyncClient) -> Send:
    """How to reach a destination."""
    verb = _verb(destination, client)
    recipient = Recipient(settings.console_url, settings.zone, destination.language or settings.language)

    async def send(notice: Notice, now: datetime) -> SendResult:
        return await verb(notice, render(notice, recipient, now), now)

    return send


def _verb(destination: Destination, client: httpx.AsyncClient) -> Verb:
    match destination:
        case WebhookDestination():
            return lambda notice, rendered, now: post_webhook(client, destination, notice, rendered, now)
        case SlackDestination():
            return lambda notice, rendered, now: post_slack(client, destination, notice, rendered, now)
        case EmailDestination():
            return lambda notice, rendered, now: send_email(destination, notice, rendered, now)
