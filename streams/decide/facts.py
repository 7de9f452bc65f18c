"""Which facts there are, for the aspects that react to every one of them."""

from __future__ import annotations

from typing import get_args

from schemas.facts import AnyFact, ErasureRequested, SurveyAmended, SurveyAnswered, TicketRated
from schemas.traffic import TimerDue

EVERY_FACT = tuple(kind for kind in get_args(AnyFact) if kind is not ErasureRequested)
"""But the one that ends everything."""
ANSWERS = (SurveyAnswered, SurveyAmended, TicketRated)
EVERY_MOMENT = (*EVERY_FACT, TimerDue)
"""Whatever may change what is thought of the customer: they did something, or time has passed."""
