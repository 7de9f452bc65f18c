"""Tickets over their whole life: how often each was reopened and handed on, whether it is urgent or late, what became of it."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import Any

from schemas.facts import (
    Severity,
    TicketCommented,
    TicketMerged,
    TicketOpened,
    TicketRated,
    TicketReassigned,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from streams.decide.aspect import NEVER, Aspect, as_held
from streams.decide.contact_state import Lasting, Ticket, Tickets
from streams.decide.context import Context, object_hash
from streams.decide.events import TicketFollowed, TicketRestored, TicketVoided
from streams.decide.state import Customer
from streams.decide.wording import name, why

MOST_KNOWN = 50
"""Tickets that a customer's record remembers: those that are resolved are forgotten first, the oldest before the others."""
MOST_TIMES, MOST_DAYS = 20, 60
"""The newest openings are known by time, those before them by day."""
DAY = 86_400.0
MOST_MERGES = 8
"""Merges that are followed from ticket to ticket."""
SPAM, DELETED = "spam", "deleted"
"""Statuses of tickets that count for nothing. What is deleted after it was resolved is only tidied away."""
FINISHED = frozenset({"solved", "resolved", "closed"})
"""Statuses that say nothing of whether a ticket counts: spam is closed as well, and is spam then."""


# -- looking one up -----------------------------------------------------------------------------------------------------------------


def key_of(source: str, ticket: str) -> int:
    """The key of a ticket: a survey, or another system's ticket, of the same number is something else."""
    return object_hash(source, f"ticket {ticket}")


def found(customer: Customer, source: str, ticket: str) -> tuple[str, int, Ticket | None]:
    """The ticket in which the conversation goes on: the one that this was merged into, if it was. Its name, its key, what is known of it."""
    tickets: dict[int, Ticket] = customer.tickets.known if customer.tickets is not None else {}
    key = key_of(source, ticket)
    for _ in range(MOST_MERGES):
        known = tickets.get(key)
        if known is None or known.merged_into is None:
            break
        ticket = known.merged_into
        key = key_of(source, ticket)
    return ticket, key, tickets.get(key)


def name_of(customer: Customer, source: str, ticket: str) -> str:
    """The name of the ticket in which the conversation goes on."""
    return found(customer, source, ticket)[0]


def key_of_fact(customer: Customer, fact: Any) -> int:
    """The key of the ticket that a fact is about, after merges."""
    return found(customer, fact.source, fact.object)[1]


def is_spam(ticket: Ticket | None) -> bool:
    """Whether it counts for nothing: spam, or deleted while it was open."""
    return ticket is not None and ticket.spam is not None and ticket.spam.since is not None


def lacks(customer: Customer, fact: Any) -> bool:
    """Whether an update that comes late speaks of a state of which nothing later was heard: a later one says what it says, and no more."""
    if fact.type != "ticket.updated":
        return False
    known = of_fact(customer, fact) or Ticket()
    status = None if is_merged(customer, fact) else _value_said(fact)
    spoken = ((fact.severity, known.urgent), (fact.target_missed, known.late), (status, known.spam))
    return any(said is not None and (state is None or state.at < fact.at) for said, state in spoken)


def _value_said(fact: TicketUpdated) -> str | None:
    """The status, where it says whether the ticket counts for anything."""
    status = fact.status.casefold() if fact.status is not None else None
    return None if status in FINISHED else status


def is_merged(customer: Customer, fact: Any) -> bool:
    """Whether the ticket of a fact was merged away: what becomes of its shell says nothing of the conversation, which goes on elsewhere."""
    own = customer.tickets.known.get(key_of(fact.source, fact.object)) if customer.tickets is not None else None
    return own is not None and own.merged_into is not None


def ratings_of_spam(customer: Customer) -> set[int]:
    """The keys of ratings of tickets that count for nothing."""
    if customer.tickets is None:
        return set()
    return {ticket.rating for ticket in customer.tickets.known.values() if ticket.spam is not None and ticket.rating and is_spam(ticket)}


def of_fact(customer: Customer, fact: Any) -> Ticket | None:
    """What is known of the ticket that a fact is about."""
    return found(customer, fact.source, fact.object)[2]


# -- what facts change --------------------------------------------------------------------------------------------------------------


def on_opened(customer: Customer, fact: TicketOpened, context: Context) -> None:
    """Count the ticket, once: a later version of the same opening counts no second time."""
    del context
    opened = _noted(customer, fact, follow=False)  # it is this one that was opened, also where it was merged since
    counted = _counts(opened)
    opened.opened_at = fact.at if opened.opened_at is None else opened.opened_at
    _recount(customer, opened, counted=counted)
    ticket = opened if opened.merged_into is None else _noted(customer, fact)
    ticket.urgent = _said(ticket.urgent, fact.at, holds=fact.severity is Severity.URGENT)


def on_updated(customer: Customer, fact: TicketUpdated, context: Context) -> list[TicketVoided | TicketRestored] | None:
    """Note whether it is urgent, past its target, or spam by now. What is not said stays as it was. Spam takes back what rests on it.

    That it is none after all gives back the task that ended with it, and no more: churn signals and early troubles of it, and what a task
    that went on without it rested on, are gone until they are said again.
    """
    del context
    ticket = _noted(customer, fact)
    if fact.severity is not None:
        ticket.urgent = _said(ticket.urgent, fact.at, holds=fact.severity is Severity.URGENT)
    if fact.target_missed is not None:
        ticket.late = _said(ticket.late, fact.at, holds=fact.target_missed)
    status = _value_said(fact)
    return _valued(customer, ticket, fact, status) if status is not None and not is_merged(customer, fact) else None


def _valued(customer: Customer, ticket: Ticket, fact: TicketUpdated, status: str) -> list[TicketVoided | TicketRestored] | None:
    """Whether it counts for anything, by its status."""
    counted, was_spam = _counts(ticket), is_spam(ticket)
    ticket.spam = _said(ticket.spam, fact.at, holds=status == SPAM or (status == DELETED and (ticket.open or was_spam)))
    _recount(customer, ticket, counted=counted)
    key, named = key_of(fact.source, fact.object), {"ticket": name(fact.object)}
    if is_spam(ticket):
        return [TicketVoided(at=fact.at, ticket=key, why=why("ticket_deleted" if status == DELETED else "ticket_is_spam", **named))]
    return [TicketRestored(at=fact.at, ticket=key, why=why("ticket_counts_again", **named))] if was_spam else None


def on_commented(customer: Customer, fact: TicketCommented, context: Context) -> None:
    """A ticket of which nothing else was heard is one all the same."""
    del context
    _noted(customer, fact)


def on_reassigned(customer: Customer, fact: TicketReassigned, context: Context) -> None:
    """Handed on once more, or as often as the source says."""
    del context
    ticket = _noted(customer, fact)
    ticket.reassigned = max(fact.times or 0, ticket.reassigned + (fact.times is None))


def on_reopened(customer: Customer, fact: TicketReopened, context: Context) -> None:
    """Reopened once more, or as often as the source says."""
    del context
    ticket = _noted(customer, fact)
    ticket.reopened = max(fact.times or 0, ticket.reopened + (fact.times is None))
    _set_open(ticket, fact.at, to_open=True)


def on_resolved(customer: Customer, fact: TicketResolved, context: Context) -> None:
    """No longer open. Its opening and its history still count. What was merged away is closed by that, and not resolved."""
    del context
    ticket = _noted(customer, fact)
    if fact.target_missed is not None:
        ticket.late = _said(ticket.late, fact.at, holds=fact.target_missed)
    if not is_merged(customer, fact):
        _set_open(ticket, fact.at, to_open=False)


def on_rated(customer: Customer, fact: TicketRated, context: Context) -> None:
    """Note which of the answers is about it: one of spam counts for nothing."""
    del context
    _noted(customer, fact, follow=False).rating = object_hash(fact.source, f"rating {fact.object}")


def on_merged(customer: Customer, fact: TicketMerged, context: Context) -> Iterator[TicketVoided | TicketFollowed]:
    """It was the same trouble as another ticket: it does not count as one of its own, and what is said of it is said of that one.

    What rests on it goes on with the other ticket; where that is done with, or counts for nothing, it ends.
    """
    del context
    ticket = _noted(customer, fact, follow=False)
    counted = _counts(ticket)
    if name_of(customer, fact.source, fact.into) != fact.object:  # two tickets merged into each other would be followed for ever
        ticket.merged_into = fact.into
    _recount(customer, ticket, counted=counted)
    key, (into_named, into, target) = key_of(fact.source, fact.object), found(customer, fact.source, fact.into)
    named = {"ticket": name(fact.object), "into": name(fact.into)}
    if target is not None and not target.open:
        yield TicketVoided(at=fact.at, ticket=key, why=why("ticket_merged_into_resolved", **named))
    elif key != into:
        because, names = why("ticket_merged", **named), {"named": fact.object, "into_named": into_named}
        yield TicketFollowed(at=fact.at, ticket=key, into=into, why=because, source=fact.source, **names)
        _hand_over(customer, ticket, into)
        if is_spam(target):
            yield TicketVoided(at=fact.at, ticket=into, why=why("ticket_is_spam", ticket=name(into_named)))


def _hand_over(customer: Customer, ticket: Ticket, into: int) -> None:
    """A state that holds goes on in the other ticket: that it is said there, too, begins nothing."""
    if held_since(ticket.urgent) == held_since(ticket.late) == NEVER:
        return
    assert customer.tickets is not None
    target = customer.tickets.known.setdefault(into, Ticket())
    target.urgent, target.late = _both(target.urgent, ticket.urgent), _both(target.late, ticket.late)


def _both(one: Lasting | None, other: Lasting | None) -> Lasting | None:
    """A state of two tickets that are one from now on: it holds since it held in either."""
    since = min(held_since(one), held_since(other))
    return one if since == NEVER else Lasting(since, max(state.at for state in (one, other) if state is not None))


# -- bookkeeping --------------------------------------------------------------------------------------------------------------------


def _noted(customer: Customer, fact: Any, *, follow: bool = True) -> Ticket:
    """The ticket of a fact, as the one heard of last."""
    tickets = customer.tickets = customer.tickets or Tickets()
    key = key_of_fact(customer, fact) if follow else key_of(fact.source, fact.object)
    ticket = tickets.known.pop(key, None) or Ticket()
    tickets.known[key] = ticket
    if len(tickets.known) > MOST_KNOWN:
        others = [other for other in tickets.known if other != key]
        del tickets.known[next((other for other in others if not tickets.known[other].open), others[0])]
    return ticket


def _said(state: Lasting | None, at: float, *, holds: bool) -> Lasting:
    """The state as it is by now. What was said later counts, in whatever order it comes."""
    if state is not None and at < state.at:
        return state
    since = state.since if state is not None and state.since is not None else at
    return Lasting(min(since, at) if holds else None, at)


def held_since(state: Lasting | None) -> float:
    """Since when it holds; NEVER where it does not."""
    return NEVER if state is None or state.since is None else state.since


def _set_open(ticket: Ticket, at: float, *, to_open: bool) -> None:
    if ticket.moved_at is None or at >= ticket.moved_at:
        ticket.open, ticket.moved_at = to_open, at


def _counts(ticket: Ticket) -> bool:
    """Whether it is a ticket of its own that somebody meant."""
    return ticket.opened_at is not None and ticket.merged_into is None and not is_spam(ticket)


def _recount(customer: Customer, ticket: Ticket, *, counted: bool) -> None:
    """Count it, or no longer, if that is otherwise by now."""
    tickets, at = customer.tickets, ticket.opened_at
    assert tickets is not None
    if at is None or counted == _counts(ticket):
        return
    if counted:
        _uncount(tickets, at)
        return
    tickets.first_at = min(tickets.first_at, at) if tickets.count else at
    tickets.count += 1
    insort(tickets.opened, at)
    while len(tickets.opened) > MOST_TIMES:
        day = int(tickets.opened.pop(0) // DAY)
        tickets.days[day] = tickets.days.get(day, 0) + 1
    while len(tickets.days) > MOST_DAYS:
        del tickets.days[min(tickets.days)]


def _uncount(tickets: Tickets, at: float) -> None:
    """It counts for nothing any more: where it was the first one, the next is."""
    tickets.count -= 1
    day = int(at // DAY)
    if at in tickets.opened:
        tickets.opened.remove(at)
    elif day in tickets.days:
        tickets.days[day] -= 1
        if not tickets.days[day]:
            del tickets.days[day]
    if at <= tickets.first_at and tickets.count <= len(tickets.opened) + sum(tickets.days.values()):
        tickets.first_at = min([*tickets.opened[:1], *(day * DAY for day in tickets.days)], default=0.0)


def opened_since(tickets: Tickets, since: float) -> int:
    """How many were opened later than that, those before the newest MOST_TIMES by their day."""
    before = sum(number for day, number in tickets.days.items() if (day + 1) * DAY > since) if tickets.days else 0
    return before + sum(opened > since for opened in tickets.opened)


def _times_apart(fields: list[Any]) -> list[Any]:
    """Version 2 held 0 and NEVER where a ticket was not moved, and where a state does not hold."""
    count, first_at, known, *others = fields
    return [count, first_at, {key: _ticket_of(ticket) for key, ticket in known.items()}, *others]


def _ticket_of(fields: list[Any]) -> list[Any]:
    opened_at, is_open, moved_at, reopened, reassigned, *states = fields
    held = [state if state is None else [as_held(state[0]), state[1]] for state in states[:3]]
    return [opened_at, is_open, as_held(moved_at), reopened, reassigned, *held, *states[3:]]


TICKETS = Aspect(
    "tickets",
    {
        TicketOpened: on_opened,
        TicketUpdated: on_updated,
        TicketCommented: on_commented,
        TicketReassigned: on_reassigned,
        TicketResolved: on_resolved,
        TicketReopened: on_reopened,
        TicketMerged: on_merged,
        TicketRated: on_rated,
    },
    tells=(TicketVoided, TicketFollowed, TicketRestored),
    state="tickets",
    version=3,
    migrate={2: _times_apart},
)
