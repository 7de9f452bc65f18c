"""How an answer is told: with these fields and no others. Every instant is ISO 8601 in UTC, to the millisecond."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

Instant = str


class Shown(BaseModel):
    """An object of an answer: with these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Reason(Shown):
    """Why, as data; what the console says of it stands beside it."""

    code: str
    values: dict[str, bool | float | str]
    said: str | None = None


def documented(model: Any, status: int = 200) -> dict[str, Any]:
    """For a route: what it answers, told and not checked."""
    return {"response_model": None, "responses": {status: {"model": model}}}
