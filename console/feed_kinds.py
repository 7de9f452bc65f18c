"""Which facts are of which feed: what the judgement lives on."""

from __future__ import annotations

from schemas.facts import CustomerProfiled, Fact, PurchaseMade, SubscriptionChanged, SurveyAnswered, TicketOpened, TicketRated

PURCHASES, VALUES, ANSWERS, TICKETS = "purchases", "values", "answers", "tickets"
FEEDS = (PURCHASES, VALUES, ANSWERS, TICKETS)
"""Each has a rhythm of its own: a shop that stopped is not hidden by a CRM that goes on."""
NEEDED = {"business": (PURCHASES, VALUES), "answers": (ANSWERS,), "tickets": (TICKETS,)}
"""What is missing unless one of these feeds has come, in the order in which it is told: without the first, tiers are unknown."""
_OF: dict[type[Fact], str] = {PurchaseMade: PURCHASES, SurveyAnswered: ANSWERS, TicketRated: ANSWERS, TicketOpened: TICKETS}


def feed_of(fact: Fact) -> str | None:
    """Which feed a fact is of, if any. A profile or a subscription counts where it says what the customer is worth."""
    if isinstance(fact, CustomerProfiled | SubscriptionChanged):
        return VALUES if fact.annual_value is not None else None
    return _OF.get(type(fact))
