"""How an answer is told: with these fields and no others. Every instant is ISO 8601 in UTC."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class Shown(BaseModel):
    """An object of an answer: with these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Reason(Shown):
    """Why, as data; what the console says of it stands beside it."""

    code: str
    values: dict[str, bool | float | str]
    said: str | None = None


class SignInElsewhere(Shown):
    """With the account of the company."""

    label: str
    url: str


class Misfit(Shown):
    """What of a request does not fit, and where."""

    type: str
    loc: list[str | int]
    msg: str


class RequestRefused(Shown):
    """`detail` says why, for people, or what does not fit; who is not signed in is told how to, too."""

    detail: str | list[Misfit]
    oidc: SignInElsewhere | None = None
    local: bool | None = Field(default=None, description="Whether names and passwords are used here.")


REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": RequestRefused, "description": "Why it was refused"},
    503: {"model": RequestRefused, "description": "The database, or Kafka, is away: try again"},
}


AS_JSON = {"application/json": {"schema": {"$ref": f"#/components/schemas/{RequestRefused.__name__}"}}}
"""For a route that answers in another form, but is refused in this."""


def documented(model: Any, status: int = 200) -> dict[str, Any]:
    """For a route: what it answers, told and not checked."""
    return {"response_model": None, "responses": {status: {"model": model}, **REFUSALS}}
