"""Post a notice to a Slack channel by an incoming webhook: blocks, and a text for the notification."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import httpx

from handlers.http_client import post
from handlers.post_webhook import header_of
from handlers.rendering import RenderedNotice
from handlers.responses import SendResult
from handlers.sanitize import for_slack
from handlers.settings import SlackDestination
from schemas.decisions import Notice

_MOST_IN_HEADER = 150


async def post_slack(
    client: httpx.AsyncClient, destination: SlackDestination, notice: Notice, rendered: RenderedNotice, now: datetime
) -> SendResult:
    """Post it once and say what came of it. Slack knows no idempotency key; whoever stands between may read it in a header."""
    headers = {"idempotency-key": header_of(notice)}
    return await post(client, destination.url.get_secret_value(), json.dumps(message_of(rendered)), headers, now)


def message_of(rendered: RenderedNotice) -> dict[str, Any]:
    """The message. All words are escaped and `verbatim`: what a customer wrote makes no link and calls nobody."""
    lines = [f"*{label}:* {for_slack(words)}" for label, words in rendered.points]
    return {
        "text": for_slack(f"{rendered.headline}. {rendered.sentence}"),
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": rendered.headline[:_MOST_IN_HEADER], "emoji": False}},
            _section(for_slack(rendered.sentence)),
            *[_section(line) for line in lines],
            _section(f"<{for_slack(rendered.link)}|{rendered.link_words}>"),
        ],
    }


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
