"""Post a notice as a signed webhook (Standard Webhooks): the id of the notice is the idempotency key."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import quote

import httpx
from standardwebhooks import Webhook

from handlers.http_client import post
from handlers.rendering import RenderedNotice
from handlers.responses import SendResult
from handlers.settings import WebhookDestination
from schemas.decisions import Notice


async def post_webhook(
    client: httpx.AsyncClient, destination: WebhookDestination, notice: Notice, rendered: RenderedNotice, now: datetime
) -> SendResult:
    """Post it once and say what came of it. `now` is the signed time of this attempt, in UTC."""
    body = body_of(notice, rendered)
    key = header_of(notice)
    headers = {
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(destination.secret.get_secret_value()).sign(key, now, body),
    }
    return await post(client, destination.url.get_secret_value(), body, headers, now)


def body_of(notice: Notice, rendered: RenderedNotice) -> str:
    """The JSON that is signed: type, timestamp and data, as the standard recommends; the notice whole, and the words for people."""
    points = [{"label": label, "words": words} for label, words in rendered.points]
    words = {"language": rendered.language, "headline": rendered.headline, "sentence": rendered.sentence, "points": points}
    data = notice.model_dump(mode="json") | words | {"link": rendered.link}
    message = {"type": notice.kind.value.replace("_", ".", 1), "timestamp": data["at"], "data": data}
    return json.dumps(message, ensure_ascii=True, separators=(",", ":"))


def header_of(notice: Notice) -> str:
    """The idempotency key as a header may carry it: percent-encoded where it is not plain printable ASCII, or could begin an encoded word."""
    return quote(notice.id, safe="!#$&'()*+,/:;=@[]-._~")
