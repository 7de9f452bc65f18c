"""How many tickets a customer has, and what is known of each, in whatever order their facts are heard."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.facts import TicketMerged, TicketOpened, TicketUpdated
from schemas.message import instant
from streams.decide import tickets
from streams.decide.state import Customer
from tests.streams.decide.recovering import START, a_context

CONTEXT = a_context()
ON = {TicketOpened: tickets.on_opened, TicketUpdated: tickets.on_updated, TicketMerged: tickets.on_merged}


def fact(kind: type, second: int, number: str = "500", **fields: Any) -> Any:
    name = f"{kind.__name__} {number} {second}"
    return kind(id=name, source="desk", object=number, occurred_at=instant(START + second), customer={"id": "ann"}, **fields)


def heard(*facts: Any) -> Customer:
    customer = Customer("ann")
    for one in facts:
        list(ON[type(one)](customer, one, CONTEXT) or ())
    return customer


def counted(customer: Customer) -> tuple[int, list[float]]:
    assert customer.tickets is not None
    return customer.tickets.count, [at - START for at in customer.tickets.opened]


OTHER = fact(TicketOpened, 1, "400")
SPAM = [fact(TicketOpened, 2), fact(TicketUpdated, 3, status="spam")]
NO_SPAM = [*SPAM, fact(TicketUpdated, 4, status="open")]
MERGED = [fact(TicketOpened, 2), fact(TicketMerged, 3, into="400")]
MERGED_INTO_ITSELF = [fact(TicketOpened, 2), fact(TicketMerged, 3, into="500")]


@pytest.mark.parametrize(
    ("facts", "as_well"),
    [(SPAM, False), (NO_SPAM, True), (MERGED, False), (MERGED_INTO_ITSELF, True)],
    ids=["spam", "none", "merged", "itself"],
)
@given(data=st.data())
def test_a_ticket_counts_if_it_was_opened_and_is_neither_spam_nor_merged_in_whatever_order_that_is_heard(facts, as_well, data):
    customer = heard(*data.draw(st.permutations([OTHER, *facts])))
    assert counted(customer) == ((2, [1.0, 2.0]) if as_well else (1, [1.0]))


def test_spam_that_is_merged_is_taken_away_once():
    assert counted(heard(OTHER, *SPAM, fact(TicketMerged, 5, into="400"))) == (1, [1.0])


@given(st.permutations([fact(TicketOpened, 1, severity="urgent"), fact(TicketUpdated, 2, severity="normal")]))
def test_what_was_said_later_of_a_ticket_holds_whichever_is_heard_first(facts):
    customer = heard(*facts)
    assert customer.tickets is not None
    (ticket,) = customer.tickets.known.values()
    assert ticket.urgent is not None
    assert ticket.urgent.since is None
