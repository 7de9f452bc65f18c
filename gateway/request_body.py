"""Reading bodies: of a known type, within a size, within a time, and never more at once than memory allows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.requests import ClientDisconnect

from gateway.responses import Refusal, try_again
from gateway.settings import GatewaySettings
from schemas.wording import counted

CLIENT_WENT = 400


class AdmissionControl:
    """How many requests, and bytes of bodies, are held now. What exceeds a limit is refused with 503: memory stays bounded."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self.requests = 0
        self.bytes = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The raw body of a request, which counts against the limits until it is answered. Raises Refusal: 400, 408, 413 or 503."""
        if self.requests >= self._settings.most_requests:
            raise try_again("too many requests at once: send it again in a moment", 1)
        self.requests += 1
        taken = bytearray()
        try:
            await self._read(request, taken)
            yield bytes(taken)
        finally:
            self.requests -= 1
            self.bytes -= len(taken)

    async def _read(self, request: Request, taken: bytearray) -> None:
        most = self._settings.largest_body
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and (len(announced) > 15 or int(announced) > most):  # noqa: PLR2004  longer than any size is
            raise _too_large(most)
        try:
            async with asyncio.timeout(self._settings.body_within_s):
                async for piece in request.stream():  # as it comes: a length may be wrong, or not be said at all
                    if len(taken) + len(piece) > most:
                        raise _too_large(most)
                    if self.bytes + len(piece) > self._settings.most_bytes:
                        raise try_again("too much comes at once: send it again in a moment", 1)
                    taken += piece
                    self.bytes += len(piece)
        except TimeoutError:
            raise Refusal(408, f"the body did not come within {self._settings.body_within_s:g} s") from None
        except ClientDisconnect:
            raise Refusal(CLIENT_WENT, "the sender went away before the body was whole") from None


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"the body is larger than {counted(most, 'byte')}: send fewer records at once", headers={"Connection": "close"})


def content_type(request: Request, *known: str) -> str:
    """The type of the body, one of `known`; the first where none is said. Raises Refusal (415), also for encoded bodies."""
    if (encoding := request.headers.get("content-encoding", "identity").strip().lower()) not in {"identity", ""}:
        raise Refusal(415, f"Content-Encoding {encoding[:40]} is not understood: send the body as it is")
    said, _, parameters = request.headers.get("content-type", known[0]).partition(";")
    charset = dict(part.strip().lower().split("=", 1) for part in parameters.split(";") if "=" in part).get("charset", "utf-8")
    if said.strip().lower() not in known:
        raise Refusal(415, f"the Content-Type must be {' or '.join(known)}")
    if charset.strip("\"' ") not in {"utf-8", "utf8", "us-ascii"}:
        raise Refusal(415, "text must be UTF-8")
    return said.strip().lower()
