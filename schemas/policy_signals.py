"""The policy of some signals of leaving: from where on each counts, and how strong it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.message import Count
from schemas.policy_section import Days, Hours, Section, Share


class LongWait(Section):
    """A ticket that nobody has answered."""

    hours: Hours = 72
    """Since it was opened or reopened; or until the time that the source promised, if that is later."""
    strength: Share = 0.15


class Halved(Section):
    """Days of purchase, or of use, half as frequent as they were."""

    window_days: Annotated[int, Field(ge=7, le=64)] = 56
    """The last so many days are held against all before them, of which there must be as many at least."""
    rarer_than: Annotated[float, Field(gt=0, lt=1)] = 0.01
    """The chance of so few days at the customer's usual rate, from which on it is a sign: the stronger, the rarer."""
    most_strength: Share = 0.2
    """So weak that it raises no alert by itself, and holds none that a purchase ends."""


class SurveyUnanswered(Section):
    """No answers from somebody who used to answer."""

    after_days: Days = 14
    """An invitation that was sent without a date counts as unanswered after so many days."""
    least_unanswered: Annotated[Count, Field(ge=1)] = 2
    """In a row, at least so many ..."""
    rarer_than: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """... where that has no more than this chance by the customer's own habit."""
    most_strength: Share = 0.2


class RenewalNear(Section):
    """A renewal that is near, while satisfaction lies low."""

    days: Days = 60
    below: Annotated[float, Field(gt=0, le=100)] = 70
    """Below this level it is a sign; it is the stronger, the lower the level."""
    most_strength: Share = 0.9
    """At a level of 0."""


class Recalibrate(Section):
    """Chances corrected by what came of those that were stated."""

    on: bool = True
    least_outcomes: Annotated[Count, Field(ge=1)] = 50
    """Nothing is corrected before so many chances whose horizon is over ..."""
    least_off: Share = 0.1
    """... nor where they were off by less than this, as the root of the mean square."""
    half_life_days: Days = 365
    """An outcome counts half as much in so many days."""


Sign = Literal[
    "cancelled",
    "cancels",
    "failed_recovery",
    "leave_phrase",
    "long_wait",
    "low_satisfaction",
    "payment_failed",
    "purchases_halved",
    "renewal_near",
    "silence",
    "silent_complaint",
    "spend_halved",
    "survey_unanswered",
    "ticket_burst",
    "troubled_ticket",
    "undelivered",
    "usage_halved",
]
"""The signals of leaving, by name."""


class Logistic(Section):
    """How much each sign of leaving weighs, where labels taught it."""

    weights: dict[Sign, Annotated[float, Field(ge=0, le=100)]] = {}  # noqa: RUF012  pydantic copies it
    """By sign: what it adds to the logarithm of the odds at full strength. Where there are none, signs combine by a noisy-or."""


class SilentComplaint(Section):
    """Nothing heard since a complaint, of somebody with a rhythm."""

    gaps: Annotated[float, Field(ge=1, le=100)] = 2
    """For so many of the customer's own mean gaps ..."""
    least_days: Days = 21
    """... and so many days at least."""
    strength: Share = 0.3


class LowSatisfaction(Section):
    """Satisfaction that lies low, and the words for how it came."""

    below: Annotated[float, Field(gt=0, le=100)] = 70
    """Below this level it is a sign; it is the stronger, the lower the level."""
    most_strength: Share = 0.7
    """At a level of 0."""
    promoter: Annotated[float, Field(ge=0, le=100)] = 90
    """A promoter turned: from so much on ..."""
    detractor: Annotated[float, Field(ge=0, le=100)] = 60
    """... to this or less ..."""
    within_days: Days = 180
    """... within so many days."""
    least_answers: Annotated[Count, Field(ge=2)] = 3
    """It fell: over so many answers at least ..."""
    drop: Annotated[float, Field(gt=0, le=100)] = 15
    """... so many points below the customer's earlier level."""


class TicketBurst(Section):
    window_days: Days = 14
    least_tickets: Annotated[Count, Field(ge=2)] = 3
    rarer_than: Share = 0.01
    """The chance of so many tickets in the window at the customer's usual rate (Poisson), below which it is a burst."""
    most_strength: Share = 0.4


class LeavePhrase(Section):
    strength: Share = 0.5
    negated_strength: Share = 0.15
    """Negation only lowers: "I am not cancelling" is still talk of cancelling."""


class Undelivered(Section):
    strength: Share = 0.3
    """What was promised has not come, and is late by the hours of the triggers."""


class TroubledTicket(Section):
    strength: Share = 0.15
    """A ticket was reopened, or handed on, as often as the triggers say; so much again for each further time ..."""
    most_strength: Share = 0.4
    """... up to this."""


class FailedPayment(Section):
    strength: Share = 0.1


class FailedRecovery(Section):
    strength: Share = 0.3
    """What we had put right went wrong again."""
