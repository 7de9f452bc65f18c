"""What the handlers are told: destinations, routes, patience, and from when on notices are news."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class HandlerSettings(BaseModel):
    """The table [handlers] of makegood.toml."""

    model_config = ConfigDict(extra="forbid")

    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] = 6067
