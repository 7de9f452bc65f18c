"""Health over HTTP for a process that serves nothing else: /livez (it runs), /readyz (it works, or why not), /metrics (Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from makegood.services import web_server

Readiness = Callable[[], Awaitable[tuple[bool, dict[str, Any]]]]
"""Whether the process is ready, and a report that says why not."""
Exposition = Callable[[], Awaitable[bytes]]
"""The metrics, as Prometheus reads them."""
TEXT = "text/plain; version=0.0.4; charset=utf-8"
_GRACE_S = 1


@asynccontextmanager
async def served(readiness: Readiness, exposition: Exposition, host: str, port: int) -> AsyncIterator[None]:
    """Answer for the time of the block. Port 0 takes a free one. Raises UserError where the address is taken or not ours."""
    listening = web_server.listen("health", host, port, option="--health-port")
    server = web_server.server(_app(readiness, exposition), grace_s=_GRACE_S)
    answering = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.end()
        with suppress(Exception):
            await answering


def _app(readiness: Readiness, exposition: Exposition) -> Starlette:
    async def livez(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def readyz(_: Request) -> Response:
        ready, report = await readiness()
        return JSONResponse(report, 200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(await exposition(), media_type=TEXT)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])
