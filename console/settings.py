"""What the console is told: where it listens, how people reach it, and who may sign in."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

Role = Literal["viewer", "agent", "lead", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "agent", "lead", "admin")
"""From least to most: each may do what those before it may."""
_EXAMPLES = {"", "change-me", "changeme", "secret", "password", "example", "todo", "xxx"}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("there is no such time zone: write it like Europe/Berlin") from None
    return name


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

    @field_validator("client_secret")
    @classmethod
    def _a_secret(cls, given: SecretStr) -> SecretStr:
        if given.get_secret_value().strip().casefold() in _EXAMPLES:
            raise ValueError("this is an example, not a secret: the identity provider gives you one")
        return given


class ConsoleSettings(BaseModel):
    """The table [console] of makegood.toml."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Url | None = None
    """Where people reach the board, where that is not here: https://board.example.com. Its cookie is then sent by https only."""
    cookie_secure: bool | None = None
    """Send the cookie by https only. By default what `public_url` says."""
    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """The time zone in which the board shows absolute times."""
    currency: str = "EUR"
    local_users: bool = True
    """Whether people may sign in with a name and password of ours."""
    oidc: OidcSettings | None = None

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> ConsoleSettings:
        if not self.local_users and self.oidc is None:
            raise ValueError("local_users is false and there is no [console.oidc]: nobody could sign in")
        return self

    @property
    def by_https(self) -> bool:
        """Whether the cookie is sent by https only."""
        return (self.public_url or "").startswith("https:") if self.cookie_secure is None else self.cookie_secure

    @property
    def open_to_others(self) -> bool:
        """Whether other machines reach the board, and passwords and cookies may travel in the clear."""
        return not self.by_https and self.host not in {"127.0.0.1", "::1", "localhost"}
