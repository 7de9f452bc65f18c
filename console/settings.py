"""Settings of the console: where it listens, how people reach it, and who may sign in."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

Role = Literal["viewer", "agent", "lead", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "agent", "lead", "admin")
"""From least to most: each may do what those before it may."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone: write it like Europe/Berlin") from None
    return name


def _network(address: str) -> str:
    try:
        return str(ip_network(address, strict=False))
    except ValueError:
        raise ValueError("write an address or a network, like 127.0.0.1 or 10.0.0.0/8") from None


Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


class OidcSettings(BaseModel):
    """Sign-in by an OpenID Connect provider. `roles` maps a value of the claim `role_claim` to a role; others get `otherwise`."""

    model_config = ConfigDict(extra="forbid")

    label: str = "Sign in with your company account"
    issuer: Url
    client_id: str
    client_secret: SecretStr
    scopes: str = "openid profile email"
    name_claim: str = "preferred_username"
    role_claim: str = "groups"
    roles: dict[str, Role] = {}
    otherwise: Role | None = "viewer"
    """None refuses those whom `roles` does not name."""


class ConsoleSettings(BaseModel):
    """The table [console] of makegood.toml."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Url | None = None
    """Where people reach the board, where that is not here: https://board.example.com. Its cookie is then sent by https only."""
    cookie_secure: bool | None = None
    """Send the cookie by https only. By default what `public_url` says."""
    proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Servers of ours in front. What they say in X-Forwarded-For is believed, so that failed sign-ins count for whoever really tried."""
    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    """The time zone in which the board shows times to everybody; by default each reader's own."""
    currency: str = "EUR"
    local_users: bool = True
    """Whether people may sign in with a name and password of ours."""
    oidc: OidcSettings | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> ConsoleSettings:
        if not self.local_users and self.oidc is None:
            raise ValueError("local_users is false and there is no [console.oidc]: nobody could sign in")
        if self.cookie_secure is None:
            self.cookie_secure = (self.public_url or "").startswith("https:")
        return self

    @property
    def by_https(self) -> bool:
        """Whether the cookie is sent by https only."""
        return bool(self.cookie_secure)
