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
    """The live stream, as server-sent events: the name of each event, and what it holds as JSON. Its id is the number of the change."""

    task: Task
    alert: Alert
    command: Command
    delivery: Delivery
    dead_letter: DeadLetter
    service_event: ServiceEvent
    erased: Erased
    reset: Reset
    beat: Beat
