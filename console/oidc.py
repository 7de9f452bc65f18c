"""Sign-in by an OpenID Connect provider: the authorization code flow with PKCE, done by authlib."""

from __future__ import annotations

from typing import Any

import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from console.accounts import Accounts
from console.settings import ROLES, ConsoleSettings, OidcSettings, Role
from console.sign_in import put_cookie

log = structlog.get_logger(__name__)


def role_of(claims: dict[str, Any], settings: OidcSettings) -> Role | None:
    """The highest role that the claim gives, else the one for all others; None refuses."""
    given = claims.get(settings.role_claim, ())
    groups = [given] if isinstance(given, str) else list(given)
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
        client_kwargs={"scope": oidc.scopes, "code_challenge_method": "S256"},
    )
    router = APIRouter(prefix="/api/oidc", tags=["sign in"])

    @router.get("/start")
    async def start(request: Request) -> Response:
        answer: Response = await client.company.authorize_redirect(request, str(request.url_for("oidc_callback")))
        return answer

    @router.get("/callback", name="oidc_callback")
    async def callback(request: Request) -> Response:
        try:
            token = await client.company.authorize_access_token(request)
        except OAuthError as error:
            log.warning("sign-in refused by the provider", error=error.error, description=error.description)
            raise HTTPException(401, f"the identity provider did not confirm the sign-in: {error.description or error.error}") from None
        claims = dict(token.get("userinfo") or {})
        name, role = str(claims.get(oidc.name_claim) or claims.get("sub") or ""), role_of(claims, oidc)
        if not name or role is None or not await accounts.admit(name, role):
            raise HTTPException(403, f"{name or 'this account'} may not use the board: ask an admin")
        opened, _ = await accounts.open_session(name, role)
        answer = RedirectResponse("/", status_code=303)
        put_cookie(answer, opened, settings)
        return answer

    return router
