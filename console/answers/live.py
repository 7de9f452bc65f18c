"""The events of the live stream."""

from __future__ import annotations

from pydantic import Field

from console.answers.alerts import Alert
from console.answers.operations import DeadLetter, ServiceEvent
from console.answers.shown import Instant, Shown
from console.answers.tasks import Command, Delivery, Task


class Beat(Shown):
    """Every few seconds, so that silence means trouble."""

    server_time: Instant
    last_event_at: Instant | None
    change: int
    lag: int | None
    behind: int | None = Field(description="Records that the board has still to read; null while unknown.")
    trouble: str | None = Field(description="Why Kafka cannot be followed at present.")
    trouble_since: Instant | None


class Erased(Shown):
    """A customer asked to be erased."""

    customer: str


class Reset(Shown):
    """What is known is too old: load anew."""

    change: int


class LiveRows(Shown):
    """The live stream, as server-sent events. The name of each is one of these fields, and its data what that holds; its id is the number of
    the change.
    """

    task: Task | None = None
    alert: Alert | None = None
    command: Command | None = None
    delivery: Delivery | None = None
    dead_letter: DeadLetter | None = None
    service_event: ServiceEvent | None = None
    erased: Erased | None = None
    reset: Reset | None = None
    beat: Beat | None = None
