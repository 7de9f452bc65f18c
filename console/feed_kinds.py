"""Which facts are of which feed: what the judgement lives on."""

from __future__ import annotations

from schemas.facts import CustomerProfiled, Fact, PurchaseMade, SubscriptionChanged, SurveyAnswered, TicketOpened, TicketRated

BUSINESS, ANSWERS, TICKETS = "business", "answers", "tickets"
FEEDS = (BUSINESS, ANSWERS, TICKETS)
"""In the order in which they are told: without the first, tiers are unknown."""
_OF: dict[type[Fact], str] = {PurchaseMade: BUSINESS, SurveyAnswered: ANSWERS, TicketRated: ANSWERS, TicketOpened: TICKETS}


def feed_of(fact: Fact) -> str | None:
    """Which feed a fact is of, if any. A profile or a subscription counts as business where it says what the customer is worth."""
    if isinstance(fact, CustomerProfiled | SubscriptionChanged):
        return BUSINESS if fact.annual_value is not None else None
    return _OF.get(type(fact))
