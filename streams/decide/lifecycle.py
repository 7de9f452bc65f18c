"""The life cycle of a recovery task as a table. What is not in it is refused; nothing else decides a transition."""

from __future__ import annotations

from enum import StrEnum

from schemas.decisions import Status


class Verb(StrEnum):
    """What can be done to a task: by people (the first five) or by what customers say and time does."""

    ACKNOWLEDGE = "acknowledge"
    CONTACT = "contact"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    SNOOZE = "snooze"
    WAKE = "wake"
    ROUSE = "rouse"
    """The customer complains while it rests: whatever was done about it before, an answer is owed again."""
    WITHDRAW = "withdraw"
    """The customer takes back what the task rests on. Only what nobody has taken up yet ends so."""
    VOID = "void"
    """What the task rests on was nothing: spam, or the same trouble as another ticket's. It ends, whoever has taken it up."""
    RESTORE = "restore"
    """What it rests on was something after all: no spam, and not deleted."""
    VERIFY = "verify"
    REGRESS = "regress"


AWAKE = (Status.OPEN, Status.ACKNOWLEDGED, Status.CONTACTED, Status.REGRESSED)
"""What a task can be snoozed from, and so what it can wake up to."""
UNFINISHED = (*AWAKE, Status.SNOOZED)
CLOSED = (Status.RESOLVED, Status.VERIFIED, Status.DISMISSED)

TRANSITIONS: dict[tuple[Status, Verb], Status] = {
    (Status.OPEN, Verb.ACKNOWLEDGE): Status.ACKNOWLEDGED,
    (Status.REGRESSED, Verb.ACKNOWLEDGE): Status.ACKNOWLEDGED,
    (Status.SNOOZED, Verb.ACKNOWLEDGE): Status.ACKNOWLEDGED,
    (Status.OPEN, Verb.CONTACT): Status.CONTACTED,
    (Status.REGRESSED, Verb.CONTACT): Status.CONTACTED,
    (Status.SNOOZED, Verb.CONTACT): Status.CONTACTED,
    (Status.ACKNOWLEDGED, Verb.CONTACT): Status.CONTACTED,
    **{(status, Verb.RESOLVE): Status.RESOLVED for status in UNFINISHED},
    **{(status, Verb.DISMISS): Status.DISMISSED for status in UNFINISHED},
    **{(status, Verb.SNOOZE): Status.SNOOZED for status in AWAKE},
    (Status.SNOOZED, Verb.WAKE): Status.OPEN,  # or what it was before the snooze: see `woken`
    (Status.SNOOZED, Verb.ROUSE): Status.OPEN,
    (Status.CONTACTED, Verb.ROUSE): Status.OPEN,
    (Status.OPEN, Verb.WITHDRAW): Status.DISMISSED,
    **{(status, Verb.VOID): Status.DISMISSED for status in UNFINISHED},
    (Status.DISMISSED, Verb.RESTORE): Status.OPEN,
    (Status.RESOLVED, Verb.VERIFY): Status.VERIFIED,
    (Status.RESOLVED, Verb.REGRESS): Status.REGRESSED,
    (Status.VERIFIED, Verb.REGRESS): Status.REGRESSED,
    (Status.DISMISSED, Verb.REGRESS): Status.REGRESSED,
}

DONE = {
    Verb.ACKNOWLEDGE: Status.ACKNOWLEDGED,
    Verb.CONTACT: Status.CONTACTED,
    Verb.RESOLVE: Status.RESOLVED,
    Verb.DISMISS: Status.DISMISSED,
    Verb.SNOOZE: Status.SNOOZED,
}
"""What a task is called once a person's verb was applied to it."""


def after(status: str, verb: Verb) -> Status | None:
    """The status after a verb, or None where the table does not allow it."""
    return TRANSITIONS.get((Status(status), verb))


def woken(before: str | None) -> Status:
    """The status at the end of a snooze: what it was before; open, where that is not known."""
    return Status(before) if before in AWAKE else TRANSITIONS[Status.SNOOZED, Verb.WAKE]
