"""Operations: what happened to the services of Makegood itself, so that the board can say it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from schemas.message import Instant, Message, Name, Text
from schemas.slugs import Open
from schemas.traffic import JournalGap


class ServiceState(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    DOWN = "down"


class ServiceChanged(Message):
    """A service (broker, worker, gateway, handlers, console ...) started, ended or is started again; `sentence` says it for people.

    `gap` is the hole in the input behind which a person let a worker go on, where this tells of one.
    """

    type: Literal["service.changed"] = "service.changed"
    id: Name
    service: Name
    state: Open[ServiceState]
    at: Instant
    sentence: Text
    gap: JournalGap | None = None
