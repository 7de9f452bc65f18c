"""Operations: what happened to the parts of Makegood itself, so that the board can say it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from schemas.message import Instant, Message, Name, Text


class PartState(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    DOWN = "down"


class PartChanged(Message):
    """A part (broker, worker, gateway, handlers, console ...) started, ended or is started again; `sentence` says it for people."""

    type: Literal["part.changed"] = "part.changed"
    id: Name
    part: Name
    state: PartState
    at: Instant
    sentence: Text
