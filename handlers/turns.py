"""Whose turn it is: the most urgent first, but never before an older notice about the same task for the same destination.

Notices about one task (or alert) for one destination stand in a line, in the order in which they came. Only the head of a line is sent;
until it is delivered, refused or given up, the others wait. A line is as urgent as the most urgent notice in it, and what has come since the
last attempt has the head tried at once, as if it were new itself.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, literal_column, or_, select

from handlers.delivery_records import Delivery
from handlers.tables import UNSETTLED, State, delivery, notice
from schemas.decisions import Priority

_RANK = {priority.value: number for number, priority in enumerate(Priority, 1)}
_LATEST_S = 1e12
"""More seconds than any instant has."""
_STATES: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in UNSETTLED]
"""Literals, so that SQLite sees that the indexes of what is unsettled hold all of it."""


def turn_of(priority: str, at: float) -> float:
    """What is smaller goes first: the more urgent, then the newer; first of all what only a later version knows how urgent it is.

    `at` in seconds since 1970.
    """
    return _LATEST_S * _RANK.get(priority, 0) - at


def next_turn(destination: str, now: float) -> Select[Any]:
    """The head of the line that is next: its columns as in Delivery, its state, and the notice as JSON."""
    urgent, head = delivery.alias("urgent"), delivery.alias("head")
    news = urgent.c.seen_at > head.c.changed_at
    waits = and_(head.c.state == State.PENDING, or_(head.c.next_at <= now, news))
    abandoned = and_(head.c.state == State.ATTEMPTING, head.c.leased_until <= now)
    return (
        select(*[head.c[name] for name in Delivery._fields], head.c.state, notice.c.body)
        .select_from(urgent)
        .join(head, and_(head.c.destination == urgent.c.destination, head.c.notice == _first_of(urgent)))
        .join(notice, notice.c.id == head.c.notice)
        .where(urgent.c.destination == destination, _unsettled(urgent), urgent.c.next_at <= now, or_(waits, abandoned))
        .order_by(urgent.c.turn, urgent.c.notice)
        .limit(1)
    )


def _first_of(urgent: FromClause) -> Any:
    first = delivery.alias("first")
    line = [first.c[name] == urgent.c[name] for name in ("destination", "customer", "about")]
    found = select(first.c.notice).where(*line, _unsettled(first)).order_by(first.c.seq, first.c.notice).limit(1)
    return found.correlate(urgent).scalar_subquery()


def is_head(one: Delivery) -> Any:
    """Whether nothing older stands before it in its line."""
    before = delivery.alias("before")
    line = [before.c[name] == getattr(one, name) for name in ("destination", "customer", "about")]
    return ~exists().where(*line, before.c.seq < one.seq, _unsettled(before))


def _unsettled(row: FromClause) -> Any:
    return row.c.state.in_(_STATES)
