"""What every request passes: who asks, may they, and did their own page send it? And what every answer carries."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.accounts import Accounts, same
from console.database import AWAY
from schemas.failures import said

log = structlog.get_logger(__name__)

COOKIE = "makegood_session"
OPEN = ("/api/login", "/api/oidc/start", "/api/oidc/callback")
"""Of /api, what answers without a session. Outside it lie the board's own files and the signs of life, which hold no data of customers."""
DATABASE_AWAY = "the database does not answer: try again in a moment"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; "
        "form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_KEPT = {"/api": "no-store", "/assets": "public, max-age=31536000, immutable"}
"""How long a browser keeps an answer; the names of assets change with what is in them."""


class AuthMiddleware:
    """ASGI middleware. `ways` is what the refusal tells of how to sign in."""

    def __init__(self, app: ASGIApp, accounts: Accounts, ways: dict[str, Any]) -> None:
        self.app, self.accounts, self.ways = app, accounts, ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = await self._refusal(Request(scope))
        await (refusal or self.app)(scope, receive, with_headers(scope["path"], send))

    async def _refusal(self, request: Request) -> Response | None:
        path = request.scope["path"]
        if "\0" in path or "%00" in request.url.query:
            return self._refused(404, "there is nothing at this address")
        if not path.startswith("/api") or path in OPEN:
            return None
        try:
            known = await self.accounts.who(request.cookies.get(COOKIE))
        except AWAY as error:
            return database_unavailable(error)
        if known is None:
            return self._refused(401, "sign in first")
        if request.method not in _SAFE and not same(request.headers.get("X-CSRF-Token"), known.csrf):
            return self._refused(403, "the page is older than your session: load it again")
        request.state.signed_in = known
        return None

    def _refused(self, status: int, sentence: str) -> Response:
        return JSONResponse({"detail": sentence, **self.ways}, status_code=status)


def database_unavailable(error: Exception) -> Response:
    """The answer where the database cannot be asked."""
    log.error("the database does not answer", error=said(error))
    return JSONResponse({"detail": DATABASE_AWAY}, status_code=503, headers={"Retry-After": "5"})


def with_headers(path: str, send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            for prefix, kept in _KEPT.items():
                if path.startswith(prefix):
                    headers.setdefault("Cache-Control", kept)
        await send(message)

    return sent
