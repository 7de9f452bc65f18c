"""What aspects tell each other: typed, without words. They are the decision log, and publish makes messages of them."""

from __future__ import annotations

from typing import Any, ClassVar

from schemas.decisions import NoticeKind, Status, Verdict
from streams.decide.aspect import Event
from streams.decide.lifecycle import CLOSED
from streams.decide.signal_state import Promise
from streams.decide.state import Alert, Why
from streams.decide.wording import moment

MAKEGOOD = "makegood"
"""Who did it where no person did."""


# -- judgement ----------------------------------------------------------------------------------------------------------------------


class SignalSeen(Event, frozen=True, kw_only=True):
    """A sign that the customer may leave, of this strength (0 to 1) at `at`; `ticket` is the key of the one that it was seen in, or 0.

    What `lasts` does not fade: it holds until it is told to be gone.
    """

    name: str
    strength: float
    why: Why
    ticket: int = 0
    lasts: bool = False


class SignalGone(Event, frozen=True, kw_only=True):
    """The sign is no longer there."""

    name: str


class BusinessHalved(Event, frozen=True, kw_only=True):
    """All that the customer has subscribed to is worth half of what it was, or less: by this fact."""

    fact: Any
    why: Why


class OrderUndelivered(Event, frozen=True, kw_only=True):
    """An order is too late, and has not come."""

    promise: Promise
    why: Why


class TierChanged(Event, frozen=True, kw_only=True):
    was: str
    now: str
    why: Why


class HicChanged(Event, frozen=True, kw_only=True):
    hic: bool
    why: Why


class ProtectionChanged(Event, frozen=True, kw_only=True):
    """Whether the customer is one whom we must not lose: HIC, or in the top business row."""

    protected: bool
    why: Why


class AlertRaised(Event, frozen=True, kw_only=True):
    alert: Alert


class AlertAmended(Event, frozen=True, kw_only=True):
    """`announced` is how strong its signals were when people were told a level the last time before."""

    alert: Alert
    was: str
    announced: dict[str, float]


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
    """What was said in one ticket goes on in another. `source` names both: `named` and `into_named`."""

    ticket: int
    into: int
    why: Why
    source: str
    named: str
    into_named: str


class TicketRestored(Event, frozen=True, kw_only=True):
    """A ticket that counted for nothing counts after all: a task that ended with it goes on. What else rested on it is forgotten: churn
    signals, early troubles, and its part in tasks that went on without it.
    """

    ticket: int
    why: Why


# -- tasks --------------------------------------------------------------------------------------------------------------------------


class TaskEvent(Event, frozen=True, kw_only=True):
    """Something happened to a task. `verdict` is its line in the decision log, `kind` what people are told of it; None for neither.

    An event of a new aspect says both itself: publish needs no word about it.
    """

    verdict: ClassVar[Verdict | None] = None
    kind: ClassVar[NoticeKind | None] = None
    route: ClassVar[str | None] = None
    """The policy's route for it, by name, where that is not the one of the task's priority."""
    task: str
    why: Why
    by: str = MAKEGOOD

    @property
    def seen(self) -> bool:
        """Whether people see a difference, though the priority be the same."""
        return True

    def line(self, *, moved: bool) -> Verdict | None:
        """Its line in the decision log, if it has one; `moved`: the task's priority is another one than was shown last."""
        del moved
        return self.verdict

    def notice(self, *, more_urgent: bool) -> NoticeKind | None:
        """What people are told of it, if they are; `more_urgent`: its priority is higher than they were told last."""
        del more_urgent
        return self.kind

    def values(self) -> dict[str, Any]:
        """What it holds beside its reason, as it goes out: see DETAILS in schemas/decisions.py."""
        return {}


class TaskRaised(TaskEvent, frozen=True, kw_only=True):
    verdict = Verdict.TASK_RAISED
    kind = NoticeKind.TASK_RAISED
    follows: str | None = None

    def values(self) -> dict[str, Any]:
        return {} if self.follows is None else {"follows": self.follows}


class TaskAmended(TaskEvent, frozen=True, kw_only=True):
    """Its evidence is another one. `changed`: people see that; `worse`: it is graver; `roused_from`: the status in which it rested;
    `late`: it had ended by the time of the evidence.
    """

    verdict = Verdict.TASK_AMENDED
    changed: bool = True
    worse: bool = False
    roused_from: str | None = None
    late: bool = False

    @property
    def seen(self) -> bool:
        return self.changed

    def notice(self, *, more_urgent: bool) -> NoticeKind | None:
        if self.late:
            return None
        if self.roused_from == Status.SNOOZED:
            return NoticeKind.SNOOZE_ENDED
        return NoticeKind.TASK_WORSENED if self.worse or more_urgent or self.roused_from is not None else None

    def values(self) -> dict[str, Any]:
        roused = {} if self.roused_from is None else {"roused_from": self.roused_from}
        return {**roused, "late": True} if self.late else roused


class TaskWeighedAgain(TaskEvent, frozen=True, kw_only=True):
    """What its score is made of moved though nothing happened to it: its age, a renewal, or the customer's tier, high impact or chance of
    leaving. A line and a notice only where its priority moved, too.
    """

    def line(self, *, moved: bool) -> Verdict | None:
        return Verdict.TASK_AMENDED if moved else None

    def notice(self, *, more_urgent: bool) -> NoticeKind | None:
        return NoticeKind.TASK_WORSENED if more_urgent else None


class TaskMoved(TaskEvent, frozen=True, kw_only=True):
    verdict = Verdict.TASK_MOVED
    was: str
    now: str

    def notice(self, *, more_urgent: bool) -> NoticeKind | None:
        del more_urgent
        return NoticeKind.SNOOZE_ENDED if self.was == Status.SNOOZED and self.by == MAKEGOOD else None


class TaskClosed(TaskEvent, frozen=True, kw_only=True):
    verdict = Verdict.TASK_MOVED
    route = "closed"
    was: str
    now: str

    def notice(self, *, more_urgent: bool) -> NoticeKind | None:
        del more_urgent
        return NoticeKind.TASK_CLOSED if self.by != MAKEGOOD else None


class TaskTakenBack(TaskEvent, frozen=True, kw_only=True):
    """A person took back their last command, or what ended as nothing counts after all."""

    verdict = Verdict.TASK_MOVED
    was: str
    now: str

    def notice(self, *, more_urgent: bool) -> NoticeKind | None:
        del more_urgent
        return NoticeKind.TASK_REGRESSED if Status(self.was) in CLOSED else None


class TaskReturned(TaskEvent, frozen=True, kw_only=True):
    """Something came of a task that had ended; who had closed it, and when."""

    closed_by: str
    closed_at: float

    def values(self) -> dict[str, Any]:
        return {"closed_by": self.closed_by, "closed_at": moment(self.closed_at)}


class TaskRegressed(TaskReturned, frozen=True, kw_only=True):
    verdict = Verdict.TASK_REGRESSED
    kind = NoticeKind.TASK_REGRESSED
    was: str


class TaskVerified(TaskReturned, frozen=True, kw_only=True):
    verdict = Verdict.TASK_VERIFIED


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
