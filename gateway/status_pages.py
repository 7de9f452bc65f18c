"""Status pages beside the API: what this is, whether it lives and is ready, and its metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import BaseModel, Field

from gateway.metrics import Metrics
from gateway.translate.systems import SYSTEMS

Trouble = Callable[[], str | None]
"""Why facts cannot be written now, in a sentence; None while they can."""


class Liveness(BaseModel):
    """The process answers."""

    live: bool


class Readiness(BaseModel):
    """Whether facts can be written now, or why not."""

    ready: bool
    reason: Annotated[str, Field(description="A sentence")]


def status_pages(trouble: Trouble, metrics: Metrics) -> APIRouter:
    """/, /livez, /readyz and /metrics."""
    router = APIRouter(tags=["health"])

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def front() -> HTMLResponse:
        return HTMLResponse(_PAGE.format(systems=", ".join(sorted(SYSTEMS))), headers=_SAFE)

    @router.get("/livez")
    async def live() -> Liveness:
        """The process answers."""
        return Liveness(live=True)

    @router.get("/readyz", responses={503: {"model": Readiness, "description": "Facts cannot be written now"}})
    async def ready(response: Response) -> Readiness:
        """Whether facts can be written now."""
        why = trouble()
        response.status_code = 200 if why is None else 503
        return Readiness(ready=why is None, reason=why or "facts can be written")

    @router.get("/metrics", response_class=PlainTextResponse)
    async def scrape() -> Response:
        """Counters for Prometheus."""
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")

    return router


_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Makegood gateway</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }}
body {{ max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }}
code {{ font-size: .9em; }} td {{ padding: .2rem 1rem .2rem 0; vertical-align: top; }}
</style>
<h1>Makegood gateway</h1>
<p>Events come in here. What is answered with 2xx is durable in Kafka; what is sent twice has no second effect.</p>
<table>
<tr><td><code>POST /v1/facts</code><td>one fact, as JSON or a CloudEvent, with an API key
<tr><td><code>POST /v1/facts/batch</code><td>many: a JSON array, or one object a line
<tr><td><code>POST /v1/webhooks/NAME</code><td>a source that is set up, signed by its vendor ({systems})
<tr><td><a href="openapi.json"><code>GET /openapi.json</code></a><td>all of this, exactly
<tr><td><a href="readyz"><code>GET /readyz</code></a><td>whether facts can be written now, or why not
<tr><td><a href="metrics"><code>GET /metrics</code></a><td>counters for Prometheus
</table>
<p>Make a key: <code>makegood api-keys create NAME</code>.
See what a payload would become: <code>makegood gateway translate --system NAME PAYLOAD</code>.</p>
</html>
"""
