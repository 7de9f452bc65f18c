"""What the gateway is told: where it listens, which keys and secrets it knows, how each source system is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class GatewaySettings(BaseModel):
    """The table [gateway] of makegood.toml."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8081
