"""API keys: who may write which facts. Only their hashes are compared, each time all of them."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from typing import NamedTuple

from fastapi import Request

from gateway.responses import Refusal
from gateway.settings import ApiKey, GatewaySettings, Permission


class Caller(NamedTuple):
    """Whose key it was, which sources it may write (none: any), and what else it may."""

    name: str
    sources: tuple[str, ...]
    may: tuple[Permission, ...] = ()

    def may_write(self, source: str) -> bool:
        """Whether facts of that source may come with this key."""
        return not self.sources or source in self.sources

    def line_for(self, permission: Permission) -> str:
        """What to write in makegood.toml for it to have this permission too, and where."""
        name = self.name if re.fullmatch(r"[A-Za-z0-9_-]+", self.name) else json.dumps(self.name, ensure_ascii=False)
        may = json.dumps(sorted({*self.may, permission}))
        return f"add may = {may} to [gateway.api_keys.{name}] in makegood.toml and start the gateway again"


class Keys:
    """The keys of the settings."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._known = [(_hash_of(key), Caller(name, key.sources, key.may)) for name, key in settings.api_keys.items()]

    def caller(self, request: Request) -> Caller:
        """Who asks. Raises Refusal (401) without a key that is known."""
        key = _given(request)
        given = hash_of(key)
        found = [caller for known, caller in self._known if hmac.compare_digest(known, given) and key]
        if found:
            return found[0]
        why = "the API key is not known" if self._known else "no API keys are set: `makegood api-keys create NAME` makes one"
        raise Refusal(401, f"{why}. Send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`", headers={"WWW-Authenticate": "Bearer"})


def _given(request: Request) -> str:
    """What the header Authorization says where there is one: a wrong key there is not made good by another elsewhere."""
    said = request.headers.get("authorization")
    if said is None:
        return request.headers.get("x-api-key", "").strip()
    scheme, _, key = said.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _hash_of(key: ApiKey) -> str:
    return key.sha256 or hash_of(key.key.get_secret_value() if key.key else "")


def hash_of(key: str) -> str:
    """The SHA-256 of a key, in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_key() -> str:
    """A key of 256 random bits that nobody has to remember."""
    return f"mgk_{secrets.token_urlsafe(32)}"
