"""Signing in and out, and the guard that every route passes: who asks, may they, and did their own page send it?"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from console.accounts import Accounts, SignedIn, same
from console.rows import Json, iso
from console.settings import ConsoleSettings, Role

COOKIE = "makegood_session"
OPEN = ("/api/login", "/api/oidc/", "/livez", "/readyz", "/metrics")
"""What answers without a session, beside the board's own files, which hold no data."""
_SAFE = {"GET", "HEAD", "OPTIONS"}
_TRIES, _WITHIN_S = 8, 300.0
_MOST_REMEMBERED = 10_000


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)
    password: SecretStr = Field(max_length=1024)


class Tries:
    """Failed sign-ins by name and by address: after a few, wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_TRIES))

    def wait_s(self, *keys: str) -> float:
        """How long to wait before the next try; 0 when none is needed."""
        now = self._clock()
        full = [self._failed[key] for key in keys if len(self._failed.get(key, ())) == _TRIES]
        return max((failed[0] + _WITHIN_S - now for failed in full), default=0.0)

    def failed(self, *keys: str) -> None:
        if len(self._failed) > _MOST_REMEMBERED:  # somebody tries names without end: forget rather than fill the memory
            self._failed.clear()
        for key in keys:
            self._failed[key].append(self._clock())

    def succeeded(self, *keys: str) -> None:
        for key in keys:
            self._failed.pop(key, None)


def guard(accounts: Accounts) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    """Middleware that lets through /api only to those signed in, and changes only with the token of their session."""

    async def check(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        path = request.url.path
        if path.startswith("/api") and not any(path == p or (p.endswith("/") and path.startswith(p)) for p in OPEN):
            known = await accounts.who(request.cookies.get(COOKIE))
            if known is None:
                return _refusal(401, "sign in first", request)
            if request.method not in _SAFE and not same(request.headers.get("X-CSRF-Token"), known.csrf):
                return _refusal(403, "the page is older than your session: load it again", request)
            request.state.signed_in = known
        return await call_next(request)

    return check


def _refusal(status: int, sentence: str, request: Request) -> Response:
    from fastapi.responses import JSONResponse

    return JSONResponse({"detail": sentence, "oidc": request.app.state.oidc}, status_code=status)


def signed_in(request: Request) -> SignedIn:
    """Who asks. The guard has seen to it that there is somebody."""
    known: SignedIn = request.state.signed_in
    return known


def at_least(role: Role, doing: str) -> Callable[[Request], SignedIn]:
    """A dependency that refuses roles below, with a sentence."""

    def check(request: Request) -> SignedIn:
        known = signed_in(request)
        if not known.may(role):
            raise HTTPException(403, f"{known.name} has the role {known.role}; {doing} takes the role {role}. Ask an admin")
        return known

    return check


def me(known: SignedIn, settings: ConsoleSettings, now: float) -> Json:
    """Who is signed in, and what they may do."""
    may = {"command": known.may("agent"), "bulk": known.may("lead"), "admin": known.may("admin")}
    who = {"name": known.name, "display_name": known.name, "role": known.role, "csrf": known.csrf}
    return {**who, "may": may, "zone": settings.zone, "server_time": iso(now)}


def put_cookie(response: Response, token: str, settings: ConsoleSettings) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(settings.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=settings.cookie_secure,
        path="/",
    )


def routes(accounts: Accounts, settings: ConsoleSettings, clock: Callable[[], float]) -> APIRouter:
    """/api/login, /api/logout and /api/me."""
    router, tries = APIRouter(prefix="/api", tags=["sign in"]), Tries(clock)

    @router.post("/login")
    async def login(given: Credentials, request: Request, response: Response) -> Json:
        keys = (f"name {given.name}", f"address {request.client.host if request.client else ''}")
        if (wait := tries.wait_s(*keys)) > 0:
            raise HTTPException(429, "too many failed tries: wait a few minutes", {"Retry-After": str(int(wait) + 1)})
        opened = await accounts.sign_in(given.name, given.password.get_secret_value())
        if opened is None:
            tries.failed(*keys)
            raise HTTPException(401, "that name and password do not fit together")
        tries.succeeded(*keys)
        put_cookie(response, opened[0], settings)
        return me(opened[1], settings, clock())

    @router.post("/logout")
    async def logout(request: Request, response: Response) -> Json:
        await accounts.sign_out(request.cookies.get(COOKIE, ""))
        response.delete_cookie(COOKIE, path="/")
        return {}

    @router.get("/me")
    async def whoami(request: Request) -> dict[str, Any]:
        return me(signed_in(request), settings, clock())

    return router
