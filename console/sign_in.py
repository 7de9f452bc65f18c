"""Signing in and out, with patience for slips and none for guessing; and which role may do what."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from console.accounts import AccountError, Accounts, SignedIn
from console.guard import COOKIE
from console.rows import Json, iso
from console.settings import ConsoleSettings, Role
from schemas.wording import counted

WITHIN_S = 300.0
PATIENCE = {"pair": 8, "name": 40, "address": 40}
"""Failed tries within five minutes: of one name from one address, of one name, from one address. So nobody can lock out another soon."""
_MOST_REMEMBERED = 10_000
_AT_ONCE = 2
"""Passwords that are checked at the same time: each takes 64 MB for a moment."""


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)
    password: SecretStr = Field(max_length=1024)


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    old: SecretStr = Field(max_length=1024)
    new: SecretStr = Field(max_length=1024)


Key = tuple[str, str]


class Tries:
    """Failed sign-ins by name and by address: after a few, wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed: defaultdict[Key, deque[float]] = defaultdict(deque)

    def wait_s(self, keys: list[Key]) -> float:
        """How long to wait before the next try; 0 when none is needed."""
        now, waits = self._clock(), [0.0]
        for key in keys:
            failed = self._failed.get(key, deque())
            while failed and failed[0] <= now - WITHIN_S:
                failed.popleft()
            if len(failed) >= PATIENCE[key[0]]:
                waits.append(failed[0] + WITHIN_S - now)
        return max(waits)

    def failed(self, keys: list[Key]) -> None:
        if len(self._failed) > _MOST_REMEMBERED:  # somebody tries names without end: forget rather than fill the memory
            self._failed.clear()
        for key in keys:
            self._failed[key].append(self._clock())

    def succeeded(self, keys: list[Key]) -> None:
        for key in keys:
            self._failed.pop(key, None)


class Door:
    """Checks names and passwords, a few at a time."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float]) -> None:
        self._accounts, self._tries, self._room = accounts, Tries(clock), asyncio.Semaphore(_AT_ONCE)

    async def check(self, name: str, password: SecretStr, request: Request) -> SignedIn:
        """Who has this name and password. Raises HTTPException, also where too many tries have failed."""
        address = request.client.host if request.client else ""
        keys = [("pair", f"{name} {address}"), ("name", name), ("address", address)]
        if (wait := self._tries.wait_s(keys)) > 0:
            again = f"wait {counted(math.ceil(wait / 60), 'minute')}"
            raise HTTPException(429, f"too many failed tries: {again}", {"Retry-After": str(int(wait) + 1)})
        async with self._room:
            known = await self._accounts.check(name, password.get_secret_value())
        if known is None:
            self._tries.failed(keys)
            raise HTTPException(401, "that name and password do not fit together")
        self._tries.succeeded(keys[:2])
        return known


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
    who = {"name": known.name, "display_name": known.name, "role": known.role, "csrf": known.csrf, "local": known.local}
    return {**who, "may": may, "zone": settings.zone, "server_time": iso(now)}


def put_cookie(response: Response, token: str, settings: ConsoleSettings) -> None:
    how: dict[str, Any] = {"httponly": True, "samesite": "lax", "secure": settings.by_https, "path": "/"}
    response.set_cookie(COOKIE, token, max_age=int(settings.session_hours * 3600), **how)


def routes(accounts: Accounts, settings: ConsoleSettings, clock: Callable[[], float]) -> APIRouter:
    """/api/login, /api/logout, /api/me and /api/me/password."""
    router, door = APIRouter(prefix="/api", tags=["sign in"]), Door(accounts, clock)

    async def begin(known: SignedIn, request: Request, response: Response) -> Json:
        """A fresh session; one that the browser held before ends, so that nobody can have planted it."""
        await accounts.sign_out(request.cookies.get(COOKIE, ""))
        token, opened = await accounts.open_session(known.name, known.role, local=known.local)
        put_cookie(response, token, settings)
        return me(opened, settings, clock())

    @router.post("/login")
    async def login(given: Credentials, request: Request, response: Response) -> Json:
        if not settings.local_users:
            raise HTTPException(403, "names and passwords are not used here: sign in with your company account")
        return await begin(await door.check(given.name, given.password, request), request, response)

    @router.post("/logout")
    async def logout(request: Request, response: Response) -> Json:
        await accounts.sign_out(request.cookies.get(COOKIE, ""))
        response.delete_cookie(COOKIE, path="/")
        return {}

    @router.get("/me")
    async def whoami(known: Annotated[SignedIn, Depends(signed_in)]) -> Json:
        return me(known, settings, clock())

    @router.post("/me/password")
    async def change_password(
        given: NewPassword, request: Request, response: Response, known: Annotated[SignedIn, Depends(signed_in)]
    ) -> Json:
        """A new password for oneself. Every other session of the same user ends."""
        again = await door.check(known.name, given.old, request)
        try:
            await accounts.alter(known.name, password=given.new.get_secret_value())
        except AccountError as error:
            raise HTTPException(409, str(error)) from None
        return await begin(again, request, response)

    return router
