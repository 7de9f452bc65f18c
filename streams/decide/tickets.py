"""Tickets: which are open, how often each was reopened or handed on, and when the recent ones were opened."""

from __future__ import annotations

from bisect import insort

from schemas.facts import TicketMerged, TicketOpened, TicketReassigned, TicketReopened, TicketResolved
from streams.decide.context import Context
from streams.decide.state import Customer, Tickets

MOST_OPEN = 50
MOST_TIMES = 20


def on_opened(customer: Customer, fact: TicketOpened, context: Context) -> None:
    """Count the ticket, once: a later version of the same opening counts no second time."""
    del context
    tickets = customer.tickets = customer.tickets or Tickets()
    at = fact.at
    if fact.object in tickets.open:
        return
    tickets.first_at = min(tickets.first_at, at) if tickets.count else at
    tickets.count += 1
    insort(tickets.opened, at)
    del tickets.opened[:-MOST_TIMES]
    _note(tickets, fact.object, (at, 0, 0))


def on_reassigned(customer: Customer, fact: TicketReassigned, context: Context) -> None:
    """Handed on once more, or as often as the source says."""
    del context
    tickets = customer.tickets = customer.tickets or Tickets()
    at, reopened, reassigned = tickets.open.get(fact.object, (fact.at, 0, 0))
    _note(tickets, fact.object, (at, reopened, max(fact.times or 0, reassigned + (fact.times is None))))


def on_reopened(customer: Customer, fact: TicketReopened, context: Context) -> None:
    """Reopened once more, or as often as the source says."""
    del context
    tickets = customer.tickets = customer.tickets or Tickets()
    at, reopened, reassigned = tickets.open.get(fact.object, (fact.at, 0, 0))
    _note(tickets, fact.object, (at, max(fact.times or 0, reopened + (fact.times is None)), reassigned))


def on_resolved(customer: Customer, fact: TicketResolved, context: Context) -> None:
    """No longer open. Its opening still counts."""
    del context
    if customer.tickets is not None:
        customer.tickets.open.pop(fact.object, None)


def on_merged(customer: Customer, fact: TicketMerged, context: Context) -> None:
    """It was the same trouble as another ticket: it does not count as one of its own."""
    del context
    tickets = customer.tickets
    if tickets is not None and fact.object in tickets.open:
        at, _, _ = tickets.open.pop(fact.object)
        tickets.count -= 1
        if at in tickets.opened:
            tickets.opened.remove(at)


def _note(tickets: Tickets, ticket: str, entry: tuple[float, int, int]) -> None:
    tickets.open.pop(ticket, None)
    tickets.open[ticket] = entry
    while len(tickets.open) > MOST_OPEN:
        del tickets.open[next(iter(tickets.open))]
