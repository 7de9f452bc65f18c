"""Sign-in by an OpenID Connect provider: the authorization code flow with PKCE, done by authlib."""

from __future__ import annotations

import html
from typing import Any

import structlog
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.accounts import Accounts
from console.auth_middleware import COOKIE
from console.login_routes import put_cookie
from console.settings import ROLES, ConsoleSettings, OidcSettings, Role
from schemas.failures import said

log = structlog.get_logger(__name__)

TIMEOUT_S = 10


class SignInRefused(Exception):
    """The sign-in came to nothing; the text is a sentence for the person who tried."""


def role_of(claims: dict[str, Any], settings: OidcSettings) -> Role | None:
    """The highest role that the claim gives, else the one for all others; None refuses."""
    given = claims.get(settings.role_claim) or ()
    groups = [given] if isinstance(given, str) else [group for group in given if isinstance(group, str)]
    roles = [settings.roles[group] for group in groups if group in settings.roles]
    return max(roles, key=ROLES.index) if roles else settings.otherwise


def routes(accounts: Accounts, settings: ConsoleSettings, oidc: OidcSettings) -> APIRouter:
    """/api/oidc/start sends the browser to the provider, which sends it back to /api/oidc/callback."""
    client = OAuth()
    client.register(
        "company",
        server_metadata_url=f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=oidc.client_id,
        client_secret=oidc.client_secret.get_secret_value(),
        client_kwargs={"scope": oidc.scopes, "code_challenge_method": "S256", "timeout": TIMEOUT_S},
    )
    router = APIRouter(prefix="/api/oidc", tags=["sign in"])

    @router.get("/start")
    async def start(request: Request) -> Response:
        back = f"{settings.public_url.rstrip('/')}/api/oidc/callback" if settings.public_url else str(request.url_for("oidc_callback"))
        try:
            answer: Response = await client.company.authorize_redirect(request, back)
        except Exception as error:  # noqa: BLE001  whatever the provider does, a person is told what to do
            return _sorry(f"the identity provider {oidc.issuer} does not answer as it should: try again, then ask an admin", error)
        return answer

    @router.get("/callback", name="oidc_callback")
    async def callback(request: Request) -> Response:
        try:
            claims = _claims(await client.company.authorize_access_token(request))
        except Exception as error:  # noqa: BLE001  a forged, stale or broken answer: all of them end here
            return _sorry("the identity provider did not confirm the sign-in: begin again", error)
        try:
            answer = RedirectResponse("/", status_code=303)
            put_cookie(answer, await _admitted(accounts, oidc, claims, request), settings)
        except SignInRefused as refusal:
            return _sorry(str(refusal), refusal)
        return answer

    return router


def _claims(token: dict[str, Any]) -> dict[str, Any]:
    """What the signed token says. Raises ValueError where the answer holds none: authlib lets that pass."""
    claims = dict(token.get("userinfo") or {})
    if not claims.get("sub"):
        raise ValueError("the answer names nobody")
    return claims


async def _admitted(accounts: Accounts, oidc: OidcSettings, claims: dict[str, Any], request: Request) -> str:
    """The token of a fresh session. Raises SignInRefused."""
    name, role = str(claims.get(oidc.name_claim) or claims["sub"]).strip(), role_of(claims, oidc)
    if role is None:
        raise SignInRefused(f"{name} is in none of the groups that may use the board: ask an admin")
    if why_not := await accounts.admit(name, role, f"{oidc.issuer} {claims['sub']}"):
        raise SignInRefused(why_not)
    await accounts.sign_out(request.cookies.get(COOKIE, ""))
    token, _ = await accounts.open_session(name, role, local=False)
    return token


def _sorry(sentence: str, error: Exception) -> Response:
    """A page for a person, who comes from the provider and has no board before them yet."""
    log.warning("no sign-in by the provider", sentence=sentence, error=said(error))
    shown = html.escape(sentence)
    page = f'<!doctype html><html lang="en"><title>Not signed in</title><main><h1>Not signed in</h1><p>{shown}.</p><p><a href="/">Back</a></p></main>'
    return HTMLResponse(page, status_code=403)
