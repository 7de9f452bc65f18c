"""Signing in and out, the own password, and which role may do what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from console.accounts import AccountError, Accounts, SignedIn
from console.answers.session import Me, SignedOut
from console.answers.shown import documented
from console.auth_middleware import COOKIE
from console.login_service import LoginService
from console.reader import Reader, reader
from console.rows import Json, iso
from console.settings import ConsoleSettings, Role
from schemas.sentences import LANGUAGES


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=256)
    password: SecretStr = Field(max_length=1024)


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    old: SecretStr = Field(max_length=1024)
    new: SecretStr = Field(max_length=1024)


def signed_in(request: Request) -> SignedIn:
    """Who asks. The middleware has seen to it that there is somebody."""
    known: SignedIn = request.state.signed_in
    return known


def at_least(role: Role, doing: str) -> Callable[[Request], SignedIn]:
    """A dependency that refuses roles below, with a sentence."""

    def check(request: Request) -> SignedIn:
        known = signed_in(request)
        if not known.may(role):
            raise HTTPException(403, f"you have the role {known.role}: {doing} takes the role {role}. Ask an admin")
        return known

    return check


def me(known: SignedIn, settings: ConsoleSettings, now: float, who: Reader) -> Json:
    """Who is signed in, what they may do, and what slugs are called in their language. `zone` is None where each reader has their own."""
    may = {"command": known.may("agent"), "bulk": known.may("lead"), "admin": known.may("admin")}
    person = {"name": known.name, "display_name": known.name, "role": known.role, "csrf": known.csrf, "local": known.local}
    words = {"language": who.language, "languages": LANGUAGES, "labels": who.labels()}
    return {**person, **words, "may": may, "zone": settings.zone, "server_time": iso(now)}


def put_cookie(response: Response, token: str, settings: ConsoleSettings) -> None:
    how: dict[str, Any] = {"httponly": True, "samesite": "lax", "secure": settings.by_https, "path": "/"}
    response.set_cookie(COOKIE, token, max_age=int(settings.session_hours * 3600), **how)


def routes(accounts: Accounts, settings: ConsoleSettings, clock: Callable[[], float]) -> APIRouter:
    """/api/login, /api/logout, /api/me and /api/me/password."""
    router, login_service = APIRouter(prefix="/api", tags=["sign in"]), LoginService(accounts, settings, clock)

    async def begin(known: SignedIn, request: Request, response: Response) -> Json:
        """A fresh session; one that the browser held before ends, so that nobody can have planted it."""
        await accounts.sign_out(request.cookies.get(COOKIE, ""))
        token, fresh = await accounts.open_session(known.name, known.role, local=known.local)
        put_cookie(response, token, settings)
        return me(fresh, settings, clock(), reader(request))

    @router.post("/login", **documented(Me))
    async def login(given: Credentials, request: Request, response: Response) -> Json:
        if not settings.local_users:
            raise HTTPException(403, "names and passwords are not used here: sign in with your company account")
        return await begin(await login_service.check(given.name, given.password, request), request, response)

    @router.post("/logout", **documented(SignedOut))
    async def logout(request: Request, response: Response) -> Json:
        await accounts.sign_out(request.cookies.get(COOKIE, ""))
        response.delete_cookie(COOKIE, path="/")
        return {}

    @router.get("/me", **documented(Me))
    async def whoami(known: Annotated[SignedIn, Depends(signed_in)], who: Annotated[Reader, Depends(reader)]) -> Json:
        return me(known, settings, clock(), who)

    @router.post("/me/password", **documented(Me))
    async def change_password(
        given: NewPassword, request: Request, response: Response, known: Annotated[SignedIn, Depends(signed_in)]
    ) -> Json:
        """A new password for oneself. Every other session of the same user ends."""
        again = await login_service.check(known.name, given.old, request)
        try:
            await accounts.alter(known.name, password=given.new.get_secret_value())
        except AccountError as error:
            raise HTTPException(409, str(error)) from None
        return await begin(again, request, response)

    return router
