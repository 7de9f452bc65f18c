"""State of some signals of leaving: slices of a customer's record that they alone write. Times are seconds since 1970 in UTC."""

from __future__ import annotations

from msgspec import Struct

from streams.decide.aspect import NEVER


class Days(Struct, array_like=True, gc=False):
    """On which days (UTC, counted from 1970) there was something, as in Spend."""

    days: int = 0
    first_day: int = 0
    last_day: int = 0
    recent_days: int = 0


class Usage(Struct, array_like=True, gc=False):
    """On which days the product was used, and when the clock looks at it next."""

    days: Days
    look_at: float | None = None


class Wait(Struct, array_like=True, gc=False):
    """A ticket that waits for an answer since then, and from when on that is too long; `signalled` once that was said.

    One of which an answer was heard before its opening waits since NEVER.
    """

    ticket: str
    since: float
    late_at: float
    signalled: bool = False
    answered_at: float | None = None


class Invited(Struct, array_like=True, gc=False):
    """Invitations to surveys: how many were answered, how many were not before the last answer, and how many in a row since then."""

    answered: int = 0
    unanswered: int = 0
    in_a_row: int = 0
    due_at: float = NEVER
    """Until when the one that is open is to be answered."""
    answered_at: float = 0.0


class Forecast(Struct, array_like=True, gc=False):
    """The chance of buying nothing within the horizon that was stated at a time, and when that is over.

    Of model 0 none was stated yet: `due_at` is when the first one will be.
    """

    due_at: float
    model: int = 0
    chance: float = 0.0
    at: float = 0.0


class Complaint(Struct, array_like=True, gc=False):
    """The last complaint, nothing was heard since; when that will have been too long, for a customer with these usual gaps."""

    at: float
    look_at: float
    usual_days: float
    ticket: int = 0


class Subscription(Struct, array_like=True, gc=False):
    """One subscription, as it was last told of."""

    name: str
    first_at: float
    at: float
    """When it was first told of, and last."""
    value: float | None = None
    """What it is worth a year."""
    before: float | None = None
    """What it was worth before it was cut, until it is raised again."""
    moved: float = 0.0
    """By how much its worth changed when it was last told of."""
    ends_at: float = NEVER
    ended_at: float = NEVER
    """When it was cancelled, or came to the end that was set."""
    said: str | None = None
    """Why, in the customer's words."""


class Promise(Struct, array_like=True, gc=False):
    """An order that is to be delivered. `late_at` is when it is so late that it counts; NEVER once that was told."""

    order: str
    source: str
    fact: str
    promised_for: float
    late_at: float
    people: list[str] = []
