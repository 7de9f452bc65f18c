"""What the console is told: where it listens, where its read model lives, and who may sign in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Role = Literal["viewer", "agent", "lead", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "agent", "lead", "admin")
"""From least to most: each may do what those before it may."""


class OidcSettings(BaseModel):
    """Sign-in by an OpenID Connect provider. `roles` maps a value of the claim `role_claim` to a role; others get `otherwise`."""

    model_config = ConfigDict(extra="forbid")

    label: str = "Sign in with your company account"
    issuer: str
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
    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12
    cookie_secure: bool = False
    """Say true where the board is reached by https, which in production it should be."""
    zone: str = "UTC"
    """The time zone in which the board shows absolute times."""
    currency: str = "EUR"
    oidc: OidcSettings | None = None
