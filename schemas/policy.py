"""The policy: tiers, weights, thresholds, targets, routes, phrases. One versioned file decides how Makegood judges."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from schemas.decisions import Cause, Level, Priority, Tier
from schemas.message import Count, Name, Number, Text
from schemas.phrases import Phrases
from schemas.policy_section import Days, Hours, Section, Share
from schemas.policy_signals import (
    FailedPayment,
    FailedRecovery,
    Halved,
    LeavePhrase,
    Logistic,
    LongWait,
    LowSatisfaction,
    Recalibrate,
    RenewalNear,
    SilentComplaint,
    SurveyUnanswered,
    TicketBurst,
    TroubledTicket,
    Undelivered,
)

Percent = Annotated[float, Field(gt=0, lt=100)]
Points = Annotated[float, Field(ge=0, le=1000)]
Years = Annotated[float, Field(gt=0, le=100)]
Amount = Annotated[Number, Field(ge=0)]


class Tiers(Section):
    """Where customers stand on a 3 x 3 grid of a business metric against satisfaction, each low, middle or high."""

    percentile_high: Percent = 95
    percentile_middle: Percent = 50
    grid: tuple[str, str, str] = ("AAB", "ABC", "BCC")
    """Rows: business high, middle, low. Columns: satisfaction high, middle, low."""
    least_population: Annotated[Count, Field(ge=1)] = 200
    """Below so many customers percentiles say little: the fixed values below hold."""
    business_high: Number = 50_000
    business_middle: Number = 5_000
    satisfaction_high: Annotated[float, Field(ge=0, le=100)] = 90
    satisfaction_middle: Annotated[float, Field(ge=0, le=100)] = 70
    exit_share: Share = 0.75
    """A tier is left only below this share of its threshold ..."""
    dwell_days: Days = 28
    """... and not before so many days below it. With the half-life below, purchases fade to 75 % in 105 days: who buys steadily every four
    months keeps a tier from one purchase to the next. A wider band would do without the wait, but let fewer in whose worth never fades."""
    spend_half_life_days: Days = 253
    """Where no annual value is known, purchases are added up with this half-life and scaled to a year."""
    least_known_days: Days = 180
    """Who is known for less counts as known for so long when purchases are scaled to a year: a first order says little of one."""
    lapsed_days: Days = 330
    """Who has bought nothing for so many days has stopped: with the dwell they leave their tier and the percentiles within a year."""

    @model_validator(mode="after")
    def _grid_of_letters(self) -> Tiers:
        if any(len(row) != 3 or set(row) - set("ABC") for row in self.grid):  # noqa: PLR2004
            raise ValueError('grid has three rows of three letters A, B or C, for example ["AAB", "ABC", "BCC"]')
        if self.percentile_middle >= self.percentile_high:
            raise ValueError("percentile_middle must be less than percentile_high")
        if self.business_middle >= self.business_high or self.satisfaction_middle >= self.satisfaction_high:
            raise ValueError("each _middle value must be less than its _high value")
        return self


class HighImpact(Section):
    """Who is a high-impact customer (HIC): one whom the company cannot afford to lose."""

    everyone: bool = False
    top_business: bool = True
    """Whether the top business row is, whatever they answer."""
    least_answers_total: Annotated[int, Field(ge=0, le=10)] = 7
    """The five questions give 0 to 10 points; from so many on a customer is HIC."""
    share_of_business: tuple[Share, Share] = (0.01, 0.03)
    """What nobody answered is worked out. From this share of all business on there is a point, and there are two ..."""
    buys_every_days: tuple[Days, Days] = (35, 10)
    """... from so few days between purchases ..."""
    loyal_years: tuple[Years, Years] = (1, 3)
    """... and from so many years of buying. A contract penalty gives two points; what a customer expects is only stated."""
    least_lifetime_value: Amount = 0
    """From this lifetime value on a customer is HIC ..."""
    least_acquisition_cost: Amount = 0
    """... and from these costs of winning them on; where it is 0, neither counts."""
    ambassadors: bool = True
    """Whether they are whom people name as ambassadors."""

    @model_validator(mode="after")
    def _second_is_harder(self) -> HighImpact:
        rising = (self.share_of_business, self.loyal_years, self.buys_every_days[::-1])
        if any(first > second for first, second in rising):
            raise ValueError("of the two limits of a question the second is the harder one")
        return self


class Satisfaction(Section):
    """How answers become one number: a moving average that starts from `prior` and believes it like `prior_weight` answers."""

    weight: Share = 0.15
    prior: Annotated[float, Field(ge=0, le=100)] = 75
    prior_weight: Annotated[float, Field(ge=0, le=100)] = 2


class Triggers(Section):
    """From where on a fact raises a task. Scores are normalised: 0 worst, 100 best."""

    tiers: tuple[Tier, ...] = (Tier.A,)
    """Besides HIC, customers of these tiers get tasks."""
    poor_score: Annotated[float, Field(ge=0, le=100)] = 60
    very_poor_score: Annotated[float, Field(ge=0, le=100)] = 30
    promoter_score: Annotated[float, Field(ge=0, le=100)] = 90
    """From here on (9 and 10 of 10) only words that end the contract count beside the score."""
    ticket_reopened_times: Annotated[Count, Field(ge=1)] = 1
    ticket_reassigned_times: Annotated[Count, Field(ge=1)] = 3
    delivery_late_hours: Hours = 24
    reopen_window_days: Days = 14
    """The same cause within so many days after its task was closed regresses that task; later it is a new one."""
    look_back_hours: Hours = 48
    """Trouble of somebody for whom tasks are not is a task after all where within so many hours it turns out that they are."""


class Weights(Section):
    """Points of each addend of a priority. Each is monotone: a higher tier, a worse score, a nearer renewal never lowers the sum."""

    tier: dict[Tier, Points] = {Tier.A: 28, Tier.B: 15, Tier.C: 8, Tier.UNKNOWN: 8}  # noqa: RUF012  pydantic copies it
    """To learn more of a customer must not lower a priority: unknown weighs no more than C."""
    hic: Points = 20
    """For whoever is high-impact for another reason than their tier."""
    severity: Points = 40
    """Full points for the worst score or an urgent ticket."""
    value: Points = 20
    """None up to `value_from`, full points from `value_full` on; between them they grow with the logarithm of the value."""
    value_from: Annotated[Number, Field(gt=0)] = 1_000
    value_full: Annotated[Number, Field(gt=0)] = 250_000
    churn: Points = 20
    """Times the chance of leaving, beside what the task itself is about."""
    renewal: Points = 10
    renewal_days: Days = 90
    """Full points on the day of the renewal, none from so many days before."""
    repeat: Points = 5
    """For each time the same task came back, up to `repeat_most` times."""
    repeat_most: Count = 3
    age_per_day: Points = 1
    age_most: Points = 10

    @model_validator(mode="after")
    def _monotone(self) -> Weights:
        order = [self.tier.get(t, 0) for t in (Tier.UNKNOWN, Tier.C, Tier.B, Tier.A)]
        if order != sorted(order):
            raise ValueError("tier points must not fall from unknown over C and B to A")
        if self.value_full <= self.value_from:
            raise ValueError("value_full must be more than value_from")
        return self


class PriorityFrom(Section):
    """The least sum for each priority; what is below P3 is P4."""

    P1: Points = 80
    P2: Points = 65
    P3: Points = 50

    @model_validator(mode="after")
    def _descending(self) -> PriorityFrom:
        if not self.P1 > self.P2 > self.P3:
            raise ValueError("P1 must be greater than P2, and P2 greater than P3")
        return self


class Targets(Section):
    """Hours until a person must have answered, by tier; HIC have a row of their own. At most 24."""

    hic: Annotated[float, Field(gt=0, le=24)] = 4
    A: Annotated[float, Field(gt=0, le=24)] = 8
    B: Annotated[float, Field(gt=0, le=24)] = 16
    C: Annotated[float, Field(gt=0, le=24)] = 24
    unknown: Annotated[float, Field(gt=0, le=24)] = 24
    warn_share: Share = 0.75
    """A notice goes out when so much of the time is used."""
    solved: Hours = 24
    """Hours until a task is to be solved, whoever the customer is; then a notice goes out, once."""

    @model_validator(mode="after")
    def _monotone(self) -> Targets:
        order = [self.hic, self.A, self.B, self.C, self.unknown]
        if order != sorted(order):
            raise ValueError("targets must not fall from hic over A, B and C to unknown: who matters more is answered no later")
        return self


class Verification(Section):
    """After a task was resolved somebody asks the customer whether it is well."""

    ask_after_hours: Hours = 48


class Owner(Section):
    """Who takes a task of which causes and tiers: the first rule that fits. `profile` is the customer's own owner or team."""

    causes: tuple[Cause, ...] = ()
    tiers: tuple[Tier, ...] = ()
    hic: bool | None = None
    owner: Name
    """A team or person, or `profile`."""


class Step(Section):
    """What to do next for a task of this cause, in words that a person can act on."""

    cause: Cause
    hic: bool | None = None
    say: Text


class Rhythm(Section):
    """When customers buy and how they leave: the model MBG/CNBD-k, as `makegood fit silence` fits it. Unfitted: a wholesaler of gifts."""

    k: Annotated[int, Field(ge=1, le=12)] = 2
    r: Annotated[float, Field(gt=0, le=1e5)] = 0.92
    alpha: Annotated[float, Field(gt=0, le=1e5)] = 30.7
    a: Annotated[float, Field(gt=0, le=1e5)] = 0.075
    b: Annotated[float, Field(gt=0, le=1e5)] = 1.34
    back: Share = 0.06
    odds: Annotated[float, Field(gt=0, le=100)] = 1


class Silence(Section):
    """No purchase for long, against the customer's own rhythm."""

    least_purchase_days: Annotated[Count, Field(ge=2)] = 3
    least_gaps: Annotated[float, Field(ge=1, le=100)] = 1.5
    """No silence before so many of the customer's own mean gaps ..."""
    floor_days: Annotated[float, Field(ge=0, le=3650)] = 14
    """... nor before so many days."""
    rarer_than: Share = 0.1
    """The chance of so long a gap, were the customer still here, from which on the silence may count ..."""
    least_chance: Share = 0.55
    """... where the chance that nothing is bought within the horizon is at least this."""
    horizon_days: Days = 60
    rhythm: Rhythm = Rhythm()


CHANCE_STEP = 0.05
"""Chances of leaving are told in steps of this."""


class Churn(Section):
    """Signals and how they combine: a leaky noisy-or, or logistic where labels taught weights. `leak` is the chance of leaving without any signal."""

    leak: Share = 0.03
    fade_half_life_days: Days = 30
    """A signal that is not renewed loses half its strength in so many days."""
    tiers: tuple[Tier, ...] = (Tier.A, Tier.B)
    """Besides HIC, customers of these tiers get alerts."""
    raise_at: dict[Level, Share] = {Level.WATCH: 0.35, Level.WARNING: 0.55, Level.CRITICAL: 0.75}  # noqa: RUF012  pydantic copies it
    leave_margin: Share = 0.1
    """A level is left only when the chance is so far below the value that raised it."""
    silence: Silence = Silence()
    low_satisfaction: LowSatisfaction = LowSatisfaction()
    ticket_burst: TicketBurst = TicketBurst()
    leave_phrase: LeavePhrase = LeavePhrase()
    failed_recovery: FailedRecovery = FailedRecovery()
    undelivered: Undelivered = Undelivered()
    troubled_ticket: TroubledTicket = TroubledTicket()
    payment_failed: FailedPayment = FailedPayment()
    long_wait: LongWait = LongWait()
    purchases_halved: Halved = Halved()
    usage_halved: Halved = Halved()
    survey_unanswered: SurveyUnanswered = SurveyUnanswered()
    renewal_near: RenewalNear = RenewalNear()
    silent_complaint: SilentComplaint = SilentComplaint()
    recalibrate: Recalibrate = Recalibrate()
    logistic: Logistic = Logistic()

    @model_validator(mode="after")
    def _rising(self) -> Churn:
        if set(self.raise_at) != set(Level):
            raise ValueError("raise_at needs watch, warning and critical")
        if not self.raise_at[Level.WATCH] < self.raise_at[Level.WARNING] < self.raise_at[Level.CRITICAL]:
            raise ValueError("raise_at must rise from watch over warning to critical")
        ended = self.raise_at[Level.WATCH] - self.leave_margin - CHANCE_STEP / 2
        if self.leak >= ended:
            raise ValueError(
                f"leak is {self.leak:g}: without any sign of leaving the chance would stay at the level watch and no alert would ever end. "
                f"Choose a leak below {ended:g}, or a higher raise_at.watch, or a smaller leave_margin"
            )
        return self


class Routes(Section):
    """Where a notice goes, by priority, and what goes to others."""

    P1: Name = "page"
    P2: Name = "chat"
    P3: Name = "chat"
    P4: Name = "digest"
    alerts: Name = "chat"
    billing: Name = "billing"
    verification: Name = "digest"
    closed: Name = "chat"
    """That a person closed a task wakes nobody, whatever its priority was."""

    def named(self, name: str) -> str:
        """The route of notices that go elsewhere than by their priority."""
        return str(getattr(self, name))

    def of(self, priority: Priority) -> str:
        """The route of a task notice."""
        return str(getattr(self, priority.value))


class Identity(Section):
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    """Where the company is (ISO 3166, as DE): a phone number without a country code is one of there. Where it is empty, only its digits."""
    learn_from_facts: bool = True
    """A fact that names both a customer id and aliases links those aliases (as guessed: any statement takes precedence)."""
    remember_objects: Annotated[int, Field(ge=16, le=10_000)] = 256
    """So many objects of the sources a customer's record remembers, to know a re-delivery or an older version."""


class Arrival(Section):
    """What is taken in. A fact or command is dated ahead where it says that it happened later than its record came in."""

    most_ahead_hours: Hours = 24
    """So far ahead a clock may be; what is dated further ahead is a dead letter: it would hold up every deadline of its customer."""


class Enriched(Section):
    """The topic `enriched`, for whoever wants to build on it: docs/enriched.md says what it costs."""

    send: bool = False
    """Each survey and interaction fact goes out once more, with tier, protection, HIC, value and chance as of its event."""


class Policy(Section):
    """The whole policy. Every decision records `version`; give a changed file a new one."""

    version: Name
    currency: Name = "EUR"
    tiers: Tiers = Tiers()
    high_impact: HighImpact = HighImpact()
    satisfaction: Satisfaction = Satisfaction()
    triggers: Triggers = Triggers()
    weights: Weights = Weights()
    priority_from: PriorityFrom = PriorityFrom()
    targets: Targets = Targets()
    verification: Verification = Verification()
    owners: tuple[Owner, ...] = (Owner(hic=True, owner="profile"), Owner(owner="customer-experience"))
    steps: tuple[Step, ...] = ()
    churn: Churn = Churn()
    identity: Identity = Identity()
    arrival: Arrival = Arrival()
    routes: Routes = Routes()
    enriched: Enriched = Enriched()
    phrases: tuple[Phrases, ...] = ()

    @model_validator(mode="after")
    def _somebody_owns(self) -> Policy:
        last = self.owners[-1] if self.owners else None
        if last is None or last.causes or last.tiers or last.hic is not None or last.owner == "profile":
            raise ValueError("the last of the owners must name a team or person without conditions, so that every task has an owner")
        return self
