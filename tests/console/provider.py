"""A small, real OpenID Connect provider: signed tokens, PKCE, one-time codes; and what a bad one would do."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "makegood", "a secret that the provider made"


@dataclass
class Provider:
    """Signs in whoever comes, as the account with these claims. `forge` changes the claims of the token after the fact."""

    issuer: str = ""
    account: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "ann", "groups": ["cx"]})
    forge: dict[str, Any] = field(default_factory=dict)
    wrong_key: bool = False
    refuses: bool = False
    broken: bool = False
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def configuration() -> dict[str, Any]:
            where = {name: f"{self.issuer}/{path}" for name, path in _PLACES.items()}
            return {"issuer": self.issuer, **where, "id_token_signing_alg_values_supported": ["RS256"]}

        @app.get("/authorize")
        async def authorize(request: Request) -> RedirectResponse:
            asked, code = dict(request.query_params), secrets.token_hex(8)
            back = {"state": asked["state"], **({"error": "access_denied"} if self.refuses else {"code": code})}
            self.asked[code] = asked
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}")

        @app.post("/token")
        async def token(request: Request) -> Any:
            form = dict(parse_qsl((await request.body()).decode()))
            asked = self.asked.pop(form["code"], None)
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            given = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
            if self.broken:
                return JSONResponse({"sorry": "we are being repaired"}, status_code=500)
            if asked is None or asked["code_challenge"] != challenge or unquote_plus(given) != f"{CLIENT}:{SECRET}":
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            return {"access_token": secrets.token_hex(8), "token_type": "Bearer", "expires_in": 60, "id_token": self._signed(asked)}

        @app.get("/jwks")
        async def jwks() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        return app

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"], **self.account, **self.forge}
        key = RSAKey.generate_key(2048, {"kid": "one"}) if self.wrong_key else self.key
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


_PLACES = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}


@asynccontextmanager
async def running(provider: Provider) -> AsyncIterator[Provider]:
    """Serve it on loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    provider.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(provider.app(), log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield provider
    finally:
        server.should_exit = True
        await serving
