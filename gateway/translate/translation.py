"""What a translator takes and gives: a delivery in, facts and what was ignored out, or one kind of error that says where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from schemas.facts import AnyFact


class SystemSettings(BaseModel):
    """Settings of one source of a system. A key that we do not know is most likely a slip, so it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Ignored(NamedTuple):
    """A part of a delivery that became no fact: which (an event type, a JSON path), and why, in words without personal data."""

    what: str
    why: str


class Translation(NamedTuple):
    """What a delivery means. Both may be empty, but not both at once: what becomes no fact is explained."""

    facts: tuple[AnyFact, ...] = ()
    ignored: tuple[Ignored, ...] = ()


class BadPayload(ValueError):
    """The payload is not what the system sends. `where` is a JSON path (`$.form_response.token`), `why` a sentence."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


class Delivery(NamedTuple):
    """One webhook as it came: the parsed body, its headers (names in lower case), and the name that facts carry as their source."""

    body: Any
    headers: Mapping[str, str]
    source: str
    received_at: datetime


def nothing(what: str, why: str) -> Translation:
    """No fact, and why."""
    return Translation(ignored=(Ignored(what, why),))
