"""State of what customers answer and open: slices of a customer's record. Times are seconds since 1970 in UTC."""

from __future__ import annotations

from msgspec import Struct


class Older(Struct, array_like=True, frozen=True, gc=False):
    """Answers that are no longer kept singly: how many, their fast and slow moving average, and the level over them."""

    count: int
    average: float
    slow: float
    level: float | None


class Answers(Struct, array_like=True, gc=False):
    """Scores: averages over all but the last few, and those few as (at, normalised, object), in event order."""

    older: Older | None = None
    recent: list[tuple[float, float, int]] = []
    level: float | None = None
    """What counts as the customer's satisfaction."""
    now: float = 0.0
    earlier: float = 0.0
    """The averages including the recent answers: where the customer is, and where they used to be."""


class Lasting(Struct, array_like=True, gc=False):
    """A state that a source repeats (urgent, past its target): since when it holds (None: it does not), and when it was last spoken of."""

    since: float | None
    at: float


class Ticket(Struct, array_like=True, gc=False):
    """One ticket over its whole life: what happened before it was resolved counts when it comes back."""

    opened_at: float | None = None
    """None until its opening was heard: other facts of it may overtake that."""
    open: bool = True
    moved_at: float | None = None
    """When it was last resolved or reopened."""
    reopened: int = 0
    reassigned: int = 0
    urgent: Lasting | None = None
    late: Lasting | None = None
    spam: Lasting | None = None
    merged_into: str | None = None
    rating: int = 0
    """Its rating, by the key among the answers."""


class Tickets(Struct, array_like=True, gc=False):
    """Tickets by (source, ticket), hashed: the recent ones; how many there were, and when the recent ones were opened."""

    count: int = 0
    first_at: float = 0.0
    known: dict[int, Ticket] = {}
    opened: list[float] = []
    days: dict[int, int] = {}
    """How many were opened before those, by day (UTC, counted from 1970)."""
