"""The life cycle of a recovery task as a table. What is not in it is refused."""

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
    VERIFY = "verify"
    REGRESS = "regress"


_OPEN = (Status.OPEN, Status.ACKNOWLEDGED, Status.CONTACTED, Status.REGRESSED)

TRANSITIONS: dict[tuple[Status, Verb], Status] = {
    (Status.OPEN, Verb.ACKNOWLEDGE): Status.ACKNOWLEDGED,
    (Status.REGRESSED, Verb.ACKNOWLEDGE): Status.ACKNOWLEDGED,
    (Status.SNOOZED, Verb.ACKNOWLEDGE): Status.ACKNOWLEDGED,
    (Status.OPEN, Verb.CONTACT): Status.CONTACTED,
    (Status.REGRESSED, Verb.CONTACT): Status.CONTACTED,
    (Status.SNOOZED, Verb.CONTACT): Status.CONTACTED,
    (Status.ACKNOWLEDGED, Verb.CONTACT): Status.CONTACTED,
    **{(status, Verb.RESOLVE): Status.RESOLVED for status in (*_OPEN, Status.SNOOZED)},
    **{(status, Verb.DISMISS): Status.DISMISSED for status in (*_OPEN, Status.SNOOZED)},
    **{(status, Verb.SNOOZE): Status.SNOOZED for status in _OPEN},
    (Status.SNOOZED, Verb.WAKE): Status.OPEN,  # or what it was before the snooze, if that was further on
    (Status.RESOLVED, Verb.VERIFY): Status.VERIFIED,
    (Status.RESOLVED, Verb.REGRESS): Status.REGRESSED,
    (Status.VERIFIED, Verb.REGRESS): Status.REGRESSED,
    (Status.DISMISSED, Verb.REGRESS): Status.REGRESSED,
}

CLOSED = frozenset({Status.RESOLVED, Status.VERIFIED, Status.DISMISSED})
DONE = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.CONTACT: "contacted",
    Verb.RESOLVE: "resolved",
    Verb.DISMISS: "dismissed",
    Verb.SNOOZE: "snoozed",
}


def after(status: str, verb: Verb) -> Status | None:
    """The status after a verb, or None where the table does not allow it."""
    return TRANSITIONS.get((Status(status), verb))
