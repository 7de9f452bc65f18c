"""Bodies are read before anything else looks at a request: within a size, within a time, and never more of them than there is room for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.auth_middleware import with_headers

OF_STRANGERS = 16 << 10
"""Bytes. Name and password of the greatest length, each character escaped, are a little less."""
OF_SIGNED_IN = 4 << 20
LARGE_AT_ONCE = 8
"""Bodies above what strangers may send; each takes several times its size while it is parsed."""
WITHIN_S = 10.0
HEARD_OUT_S = 3.0
SILENT_S = 0.5
"""A refused client is heard for a while, and nothing of it kept: a connection closed on a client that writes would lose it the answer."""

StillAuthorized = Callable[[Scope], Awaitable[bool]]
"""Whether a request is of somebody who has signed in."""


class BodyRefused(Exception):
    """The body is not taken; the text is a sentence for people."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Gone(Exception):
    """The client went away before its body was whole: nobody waits for an answer."""


class BodyLimits:
    """ASGI middleware around all others. What is behind it gets each body whole, and gets no request whose body is refused."""

    def __init__(self, app: ASGIApp, still_authorized: StillAuthorized) -> None:
        self.app, self._still_authorized, self._large = app, still_authorized, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        with ExitStack() as held, suppress(Gone):
            try:
                async with asyncio.timeout(WITHIN_S):
                    body = await self._read(scope, receive, held)
            except TimeoutError:
                await _refuse(BodyRefused(408, f"the body did not come within {WITHIN_S:g} s"), scope, receive, send)
            except BodyRefused as refused:
                await _refuse(refused, scope, receive, send)
            else:
                await self.app(scope, _whole(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive, held: ExitStack) -> bytes:
        """Raises BodyRefused as soon as it is known to be too large: a length may be wrong, or not be said at all. Raises Gone."""
        body, most, more = bytearray(), OF_STRANGERS, True
        announced = _announced(scope)
        if announced > most:
            most = await self._most(scope, announced, held)
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise Gone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                most = await self._most(scope, len(body), held)
        return bytes(body)

    async def _most(self, scope: Scope, size: int, held: ExitStack) -> int:
        """How large the body may be, which is known to be of at least this size; a large one counts until it is answered. Raises BodyRefused."""
        if size > OF_SIGNED_IN:
            raise BodyRefused(413, f"the body is larger than {OF_SIGNED_IN:,} bytes: act on fewer tasks at once")
        if not await self._still_authorized(scope):
            raise BodyRefused(413, f"the body is larger than {OF_STRANGERS:,} bytes, the most that is read before somebody has signed in")
        if self._large >= LARGE_AT_ONCE:
            raise BodyRefused(503, "too many large requests at once: try again in a moment")
        self._large += 1
        held.callback(self._let_go)
        return OF_SIGNED_IN

    def _let_go(self) -> None:
        self._large -= 1


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _announced(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "")
    if not (said.isascii() and said.isdigit()):
        return 0
    return int(said) if len(said) <= len(str(OF_SIGNED_IN)) else OF_SIGNED_IN + 1


def _whole(body: bytes, receive: Receive) -> Receive:
    """The body at once; after it what comes from the client, which is that it goes away."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return left.pop() if left else await receive()

    return received


async def _refuse(refused: BodyRefused, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once; only then hear the client out, and close the connection."""

    async def held_open(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    retry = {"Retry-After": "1"} if refused.status == 503 else {}  # noqa: PLR2004  HTTP's own number
    answer = JSONResponse({"detail": str(refused)}, refused.status, {"Connection": "close", **retry})
    await answer(scope, receive, with_headers(scope["path"], held_open))
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARD_OUT_S):
            while (await asyncio.wait_for(receive(), SILENT_S)).get("more_body"):
                pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})
