"""What aspects tell each other: typed, without words. They are the decision log, and publish makes messages of them."""

from __future__ import annotations

from streams.decide.aspect import Event
from streams.decide.state import Alert, Why

MAKEGOOD = "makegood"
"""Who did it where no person did."""


# -- judgement ----------------------------------------------------------------------------------------------------------------------


class SignalSeen(Event, frozen=True, kw_only=True):
    """A sign that the customer may leave, of this strength (0 to 1) at `at`; `ticket` is the key of the one that it was seen in, or 0."""

    name: str
    strength: float
    why: Why
    ticket: int = 0


class SignalGone(Event, frozen=True, kw_only=True):
    """The sign is no longer there."""

    name: str


class TierChanged(Event, frozen=True, kw_only=True):
    was: str
    now: str
    why: Why


class HicChanged(Event, frozen=True, kw_only=True):
    hic: bool
    why: Why


class MetricMoved(Event, frozen=True, kw_only=True):
    """A value of the customer left its bucket of the partition's histogram `metric`."""

    metric: str
    was: float | None
    now: float


class AlertRaised(Event, frozen=True, kw_only=True):
    alert: Alert


class AlertAmended(Event, frozen=True, kw_only=True):
    alert: Alert
    was: str


class AlertResolved(Event, frozen=True, kw_only=True):
    alert: Alert
    why: Why


class ChanceMoved(Event, frozen=True, kw_only=True):
    """The customer's chance of leaving is another one by now, worth showing."""


# -- tickets ------------------------------------------------------------------------------------------------------------------------


class TicketVoided(Event, frozen=True, kw_only=True):
    """A ticket counts for nothing any more."""

    ticket: int
    why: Why


class TicketFollowed(Event, frozen=True, kw_only=True):
    """What was said in one ticket goes on in another."""

    ticket: int
    into: int
    why: Why


# -- tasks --------------------------------------------------------------------------------------------------------------------------


class TaskEvent(Event, frozen=True, kw_only=True):
    task: str
    why: Why
    by: str = MAKEGOOD


class TaskRaised(TaskEvent, frozen=True, kw_only=True):
    follows: str | None = None


class TaskAmended(TaskEvent, frozen=True, kw_only=True):
    """Its evidence is another one. `changed`: people see that; `worse`: it is graver; `roused_from`: the status in which it rested;
    `late`: it had ended by the time of the evidence.
    """

    changed: bool = True
    worse: bool = False
    roused_from: str | None = None
    late: bool = False


class TaskMoved(TaskEvent, frozen=True, kw_only=True):
    was: str
    now: str


class TaskClosed(TaskEvent, frozen=True, kw_only=True):
    was: str
    now: str


class TaskTakenBack(TaskEvent, frozen=True, kw_only=True):
    """A person took back their last command."""

    was: str
    now: str


class TaskRegressed(TaskEvent, frozen=True, kw_only=True):
    was: str
    closed_by: str
    closed_at: float


class TaskVerified(TaskEvent, frozen=True, kw_only=True):
    closed_by: str
    closed_at: float


class DueMoved(TaskEvent, frozen=True, kw_only=True):
    """It is due earlier than it was."""


class DueSoon(TaskEvent, frozen=True, kw_only=True):
    pass


class Overdue(TaskEvent, frozen=True, kw_only=True):
    pass


class CommandRefused(Event, frozen=True, kw_only=True):
    command: str
    task: str
    by: str
    why: Why


# -- everything else ----------------------------------------------------------------------------------------------------------------


class AliasClaimed(Event, frozen=True, kw_only=True):
    """The customer is known under this alias, as surely as `trust` says."""

    alias: str
    trust: int


class PaymentRefused(Event, frozen=True, kw_only=True):
    """A payment failed: billing's business. `notice` is the id of what is told them."""

    fact: str
    notice: str
    why: Why
