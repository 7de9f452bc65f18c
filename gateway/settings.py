"""Settings of the gateway: where it listens, which keys and secrets it knows, how each source system is read."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
"""In small letters, for it is part of an address: /v1/webhooks/<name>."""


Permission = Literal["erasures", "links"]
"""What a key may not write unless it was given that: requests to erase a customer; statements about whose an alias is."""
_OF_NOTHING = hashlib.sha256(b"").hexdigest()


class ApiKey(BaseModel):
    """A key of the JSON API: itself (`key`) or, better, only its SHA-256 in hex, as `makegood api-keys create NAME` prints it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: SecretStr | None = None
    sha256: str | None = None
    sources: tuple[str, ...] = ()
    """Which sources facts may carry that come with this key; none given: any."""
    may: tuple[Permission, ...] = ()
    """What it may write beside ordinary facts: "erasures" (erasure.requested), "links" (alias.linked, and profiles with aliases)."""

    @model_validator(mode="after")
    def _one_of_both(self) -> ApiKey:
        if (self.key is None) == (self.sha256 is None):
            raise ValueError("give either key or sha256: `makegood api-keys create NAME` makes one")
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError("sha256 is 64 hexadecimal digits in small letters")
        if self.sha256 == _OF_NOTHING or (self.key is not None and not self.key.get_secret_value().strip()):
            raise ValueError("this key is empty: anybody has it. `makegood api-keys create NAME` makes one")
        return self


class SourceSettings(BaseModel):
    """A source that sends webhooks to /v1/webhooks/<its name>."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    system: str | None = None
    """typeform, zendesk ...; the source's own name where it is not given."""
    secrets: tuple[SecretStr, ...] = ()
    """What deliveries are signed with; several while one replaces another."""
    tolerance_s: Annotated[float, Field(gt=0, le=86_400)] = 300
    """A signature that covers a time is refused when that time is further away than this."""
    settings: dict[str, Any] = {}
    """Settings of the system's translator."""


class GatewaySettings(BaseModel):
    """The table [gateway] of makegood.toml."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8081
    api_keys: dict[str, ApiKey] = {}
    """By name, so that logs can say whose key it was."""
    sources: dict[SourceName, SourceSettings] = {}
    largest_body: Annotated[int, Field(ge=1024, le=1 << 25)] = 1 << 20
    """Bytes of a request; what is larger is refused with 413."""
    largest_batch: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Records of a batch."""
    most_requests: Annotated[int, Field(ge=1, le=10_000)] = 256
    """At once; more are refused (503)."""
    most_bytes: Annotated[int, Field(ge=1 << 20)] = 1 << 26
    """Of all bodies that are held at once."""
    body_within_s: Annotated[float, Field(gt=0, le=300)] = 15
    """A body must have come within this time."""
    written_within_s: Annotated[float, Field(gt=0, le=60)] = 8
    """Kafka must have the facts within this time, or the sender is asked to send them again. Vendors wait 10 to 30 seconds."""
    most_ahead_h: Annotated[float, Field(ge=0, le=24 * 365)] = 24
    """A fact that says it happened further in the future than this is refused: one would hold up every deadline of its customer."""
    drain_s: Annotated[float, Field(gt=0, le=120)] = 10
    """When told to stop, the gateway finishes what it has taken within this time."""
