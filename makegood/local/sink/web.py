"""The sink over HTTP: takes Slack messages and signed webhooks, shows the page, tells it when something comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field
from standardwebhooks import Webhook, WebhookVerificationError

from makegood.local.sink.page import board, page
from makegood.local.sink.received import Shelf, Sickness

LARGEST = 1 << 20
_FILES = {"sink.css": "text/css", "sink.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Behaviour(BaseModel):
    """How to answer for a while: `{"status": 503, "retry_after": 2, "for_s": 20}`; status 200 makes it well again."""

    status: Annotated[int, Field(ge=200, le=599)] = 503
    retry_after: Annotated[float | None, Field(ge=0, le=3600)] = None
    delay_s: Annotated[float, Field(ge=0, le=120)] = 0
    for_s: Annotated[float, Field(ge=0, le=3600)] = 20
    channel: Literal["slack", "webhook", "email"] | None = None


def build_app(shelf: Shelf, secrets: Sequence[str] = ()) -> FastAPI:
    """The application. With secrets, a webhook whose signature fits none of them is refused with 401."""
    app = FastAPI(title="Makegood sink", docs_url=None, redoc_url=None)

    @app.middleware("http")
    async def safe(request: Request, following: Any) -> Response:
        response: Response = await following(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    _take_posts(app, shelf, secrets)
    _show(app, shelf)
    _play_sick(app, shelf)
    return app


def _take_posts(app: FastAPI, shelf: Shelf, secrets: Sequence[str]) -> None:
    @app.post("/slack")
    @app.post("/slack/{rest:path}")
    async def slack(request: Request) -> Response:
        body = await _body(request)
        if (sickly := await _sickly(shelf, "slack")) is not None:
            return sickly
        if body is None or (message := _object(body)) is None or not (message.get("text") or message.get("blocks")):
            return Response("invalid_payload", 400)
        title, lines, link = _read_slack(message)
        key = request.headers.get("idempotency-key", "")
        await shelf.take("slack", request.url.path, key, title, lines, link=link, body=body)
        return Response("ok")

    @app.post("/webhook")
    @app.post("/webhook/{rest:path}")
    async def webhook(request: Request) -> Response:
        body = await _body(request)
        if (sickly := await _sickly(shelf, "webhook")) is not None:
            return sickly
        if body is None or (message := _object(body)) is None:
            return Response("not a JSON object of at most 1 MB", 400)
        verified = _verified(secrets, body, dict(request.headers))
        if verified is False:
            await shelf.turn_away()
            return Response("the signature is wrong, or its time is not now", 401)
        title, lines, link = _read_webhook(message)
        key = request.headers.get("webhook-id", "")
        await shelf.take("webhook", request.url.path, key, title, lines, link=link, verified=verified, body=body)
        return Response(status_code=204)


async def _body(request: Request) -> str | None:
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > LARGEST:
            return None
    return found.decode("utf-8", "replace")


def _object(body: str) -> dict[str, Any] | None:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _verified(secrets: Sequence[str], body: str, headers: dict[str, str]) -> bool | None:
    if not secrets:
        return None
    for secret in secrets:
        try:
            Webhook(secret).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False


def _read_slack(message: dict[str, Any]) -> tuple[str, tuple[str, ...], str]:
    blocks = [block for block in message.get("blocks") or () if isinstance(block, dict)]
    texts = [str(block["text"].get("text", "")) for block in blocks if isinstance(block.get("text"), dict)]
    links = [text[1:-1].partition("|")[0] for text in texts if text.startswith("<http") and text.endswith(">")]
    words = [_plain(text) for text in texts if not text.startswith("<http")] or [_plain(str(message.get("text", "")))]
    return words[0], tuple(words[1:]), _plain(links[-1]) if links else ""


def _plain(text: str) -> str:
    return text.replace("*", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _read_webhook(message: dict[str, Any]) -> tuple[str, tuple[str, ...], str]:
    data = message.get("data") if isinstance(message.get("data"), dict) else {}
    assert isinstance(data, dict)
    given = data.get("points")
    points = [point for point in given if isinstance(point, dict)] if isinstance(given, list) else []
    lines = [str(data.get("sentence") or ""), *(f"{point.get('label')}: {point.get('words')}" for point in points)]
    return str(data.get("headline") or message.get("type") or "a webhook"), tuple(filter(None, lines)), str(data.get("link") or "")


async def _sickly(shelf: Shelf, channel: str) -> Response | None:
    sick = shelf.sick(channel)
    if sick is None:
        return None
    await asyncio.sleep(sick.delay_s)
    if sick.status < 300:  # noqa: PLR2004  slow, not sick
        return None
    await shelf.turn_away()
    headers = {} if sick.retry_after is None else {"Retry-After": f"{sick.retry_after:g}"}
    return Response("the sink plays sick", sick.status, headers=headers)


def _show(app: FastAPI, shelf: Shelf) -> None:
    @app.get("/", response_class=HTMLResponse)
    async def whole() -> str:
        return page(shelf)

    @app.get("/board", response_class=HTMLResponse)
    async def part() -> str:
        return board(shelf)

    @app.get("/received")
    async def received() -> dict[str, Any]:
        return shelf.report()

    @app.get("/readyz")
    async def readyz() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/live")
    async def live() -> StreamingResponse:
        return StreamingResponse(_ticks(shelf), media_type="text/event-stream")

    @app.get("/{name}.{kind}", include_in_schema=False)
    async def file(name: str, kind: str) -> Response:
        media = _FILES.get(f"{name}.{kind}")
        return Response((Path(__file__).parent / f"{name}.{kind}").read_bytes(), media_type=media) if media else Response(status_code=404)


async def _ticks(shelf: Shelf) -> AsyncIterator[str]:
    seen = -1
    while True:
        if seen != shelf.version:
            seen = shelf.version
            yield f"data: {seen}\n\n"
        try:
            async with asyncio.timeout(5), shelf.changed:
                await shelf.changed.wait()
        except TimeoutError:
            yield ": still here\n\n"


def _play_sick(app: FastAPI, shelf: Shelf) -> None:
    @app.post("/behave")
    async def behave(wanted: Behaviour) -> dict[str, Any]:
        await shelf.behave(_sickness(shelf, wanted))
        return shelf.report()["behaves"] or {"status": 200}

    @app.post("/behave-by-button", include_in_schema=False)
    async def by_button(for_s: Annotated[float, Query(ge=0, le=3600)]) -> Response:
        await shelf.behave(_sickness(shelf, Behaviour(for_s=for_s, retry_after=2)) if for_s else None)
        return RedirectResponse("/", 303)

    @app.post("/forget")
    async def forget() -> dict[str, Any]:
        await shelf.forget()
        return shelf.report()


def _sickness(shelf: Shelf, wanted: Behaviour) -> Sickness | None:
    if wanted.status < 300 and not wanted.delay_s:  # noqa: PLR2004
        return None
    return Sickness(wanted.status, wanted.retry_after, wanted.delay_s, shelf.clock() + wanted.for_s, wanted.channel)
