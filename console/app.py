"""The console as an ASGI application: the API behind its middleware, the live stream, and the board's files."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from console import feeds, login_routes, routes
from console.accounts import Accounts
from console.auth_middleware import COOKIE, DATABASE_AWAY, AuthMiddleware, database_unavailable
from console.body_limits import BodyLimits, BodyRefused
from console.command_api import Send
from console.database import AWAY
from console.live import ChangeStream
from console.paging import BadCursor
from console.pipeline_health import PipelineHealth
from console.queries import Queries
from console.settings import ConsoleSettings
from schemas.policy import Silence

UI = Path(__file__).parent / "ui" / "dist"
MOST_FAULTS = 20
KNOWN_WITHIN_S = 5.0
"""So long the database may take to say who has signed in; below the time within which a body has to come."""
_NOT_BUILT = "The board is not built yet: run `make ui` (it needs Node.js), then load this page again.\n"


def build_app(
    settings: ConsoleSettings,
    engine: AsyncEngine,
    send: Send,
    health: PipelineHealth,
    clock: Callable[[], float],
    ui: Path = UI,
    silence: Silence | None = None,
) -> tuple[FastAPI, ChangeStream]:
    """The application, and the live stream that the projection is to wake. `clock` gives seconds since 1970; `silence` are the rules of the
    policy that the installation began with.
    """
    accounts = Accounts(engine, settings.session_hours * 3600, clock)
    queries = Queries(engine, settings.currency, clock, silence)
    stream = ChangeStream(queries, health)
    app = FastAPI(title="Makegood console", version=version("makegood"), openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    app.state.zone = settings.zone
    app.include_router(login_routes.routes(accounts, settings, clock))
    if settings.oidc is not None:
        from console import oidc

        app.include_router(oidc.routes(accounts, settings, settings.oidc))
        app.add_middleware(SessionMiddleware, secret_key=secrets.token_urlsafe(32), same_site="lax", https_only=settings.by_https)
    pages = (routes.work(queries), routes.people(queries), routes.plumbing(queries, health))
    for router in (*pages, routes.live(stream, accounts), routes.commands(queries, send), routes.users(accounts)):
        app.include_router(router)
    app.add_middleware(AuthMiddleware, accounts=accounts, ways=_ways(settings))
    app.add_middleware(BodyLimits, still_authorized=lambda scope: _is_signed_in(accounts, scope))
    _say_errors(app)
    _serve_health(app, queries, health)
    _serve_board(app, ui)
    return app, stream


async def _is_signed_in(accounts: Accounts, scope: Scope) -> bool:
    """Raises BodyRefused where the database cannot say it: who has signed in is not to be told that they have not."""
    try:
        async with asyncio.timeout(KNOWN_WITHIN_S):
            return await accounts.who(Request(scope).cookies.get(COOKIE)) is not None
    except AWAY as error:  # an OSError: also where it took too long
        raise BodyRefused(503, DATABASE_AWAY) from error


def _ways(settings: ConsoleSettings) -> dict[str, Any]:
    """How to sign in, as the refusal tells it."""
    elsewhere = {"label": settings.oidc.label, "url": "/api/oidc/start"} if settings.oidc else None
    return {"oidc": elsewhere, "local": settings.local_users}


def _say_errors(app: FastAPI) -> None:
    async def database_away(_: Request, error: Exception) -> Response:
        return database_unavailable(error)

    for kind in AWAY:
        app.add_exception_handler(kind, database_away)

    @app.exception_handler(RequestValidationError)
    async def not_valid(_: Request, error: RequestValidationError) -> Response:
        """What does not fit, and where; never what was given: that may be a password, or no JSON."""
        faults = [{key: one[key] for key in ("type", "loc", "msg")} for one in error.errors()[:MOST_FAULTS]]
        return Response(json.dumps({"detail": faults}), 422, media_type="application/json")

    @app.exception_handler(BadCursor)
    async def bad_cursor(_: Request, error: BadCursor) -> Response:
        return JSONResponse({"detail": str(error)}, status_code=400)


def _serve_health(app: FastAPI, queries: Queries, health: PipelineHealth) -> None:
    registry = CollectorRegistry()
    lag = Gauge("makegood_console_lag_records", "Input records that streams have not decided yet; -1 while unknown", registry=registry)
    behind = Gauge("makegood_console_behind_records", "Records that the read model has not read yet; -1 while unknown", registry=registry)
    silence = Gauge("makegood_console_feed_silence_seconds", "For how long nothing has arrived of a feed", ["feed"], registry=registry)
    dried_up = Gauge(
        "makegood_console_feed_dried_up", "1 where a feed's own rhythm does not explain its silence", ["feed"], registry=registry
    )

    @app.get("/livez", include_in_schema=False)
    async def livez() -> dict[str, bool]:
        return {"live": True}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        ready = health.trouble is None and health.behind is not None
        reason = health.trouble or ("" if ready else "the read model has not begun to read yet")
        return JSONResponse({"ready": ready, "reason": reason, "behind": health.behind}, status_code=200 if ready else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        lag.set(-1 if health.lag is None else health.lag)
        behind.set(-1 if health.behind is None else health.behind)
        silence.clear()
        dried_up.clear()
        with suppress(*AWAY):  # the rest is known without the database
            for one in await feeds.all_of(queries, health):
                if one["silent_s"] is not None:
                    silence.labels(one["feed"]).set(one["silent_s"])
                    dried_up.labels(one["feed"]).set(one["dried_up"])
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _serve_board(app: FastAPI, ui: Path) -> None:
    """The built files; every other path is a page of the board, which finds its own way."""
    if (ui / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=ui / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Any:
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, "there is nothing at this address")
        if not (ui / "index.html").is_file():
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        wanted = (ui / path).resolve()
        if path and wanted.is_file() and wanted.is_relative_to(ui.resolve()):
            return FileResponse(wanted)
        return FileResponse(ui / "index.html", headers={"Cache-Control": "no-cache"})
