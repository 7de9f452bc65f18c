"""State: what is remembered of a customer, in slices that one aspect each writes. Times are seconds since 1970 in UTC.

What mostly is not, is None: that takes one byte of a record, and a number nine. `gc=False` throughout: a record is a tree, so the garbage
collector need not look for cycles in it. `Annotated[str, Tier]` is a word of that list: a list with a word more is another shape, for a
worker that does not know it cannot go on.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from schemas.decisions import Cause, Level, Priority, Status, Tier
from schemas.facts import Behaviour
from streams.decide.aspect import NEVER
from streams.decide.contact_state import Answers, Tickets
from streams.decide.signal_state import Complaint, Forecast, Invited, Promise, Subscription, Usage, Wait

Value = bool | int | float | str
OFTEN: dict[str, tuple[str, ...]] = {
    **{f"phrase_{intent}": ("phrase", "negated") for intent in ("cancel", "leave", "competitor", "security", "discount", "ignored")},
    "rated_survey": ("metric", "score", "worst", "best", "survey"),
    "rated_ticket": ("metric", "score", "worst", "best", "ticket"),
    "low_satisfaction": ("satisfaction", "answers"),
    "promoter_turned": ("was", "now", "between_days", "answers", "satisfaction"),
    "long_wait": ("ticket", "waiting_hours"),
    "ticket_reopened": ("ticket", "times"),
    "ticket_reassigned": ("ticket", "times"),
    "delivered_late": ("order", "late_hours"),
    "payment_failed": ("amount", "currency"),
}
"""Reasons that records are full of: each is held as its place here, with its values in this order, and not their names. One more, or another
order, is another shape of every slice that holds reasons."""
NUMBER = {code: number for number, code in enumerate(OFTEN)}
_CODES = tuple(OFTEN)


class Why(Struct, array_like=True, frozen=True, gc=False):
    """A reason as data: see schemas/reasons.py. `reason` is its code or the number of one of OFTEN; `held` are its values, then without names."""

    reason: int | str
    held: list[Value | None] | dict[str, Value] = {}
    said: str | None = None

    @property
    def code(self) -> str:
        """Its code."""
        return self.reason if isinstance(self.reason, str) else _CODES[self.reason]

    @property
    def values(self) -> dict[str, Value]:
        """Its values by name."""
        if isinstance(self.held, dict):
            return self.held
        named = zip(OFTEN[self.code], self.held)  # noqa: B905  the last of them may be left out
        return {name: value for name, value in named if value is not None}


class Profile(Struct, array_like=True, gc=False):
    """What the company told us. `version` is the time of the last profile that was applied in full, in milliseconds since 1970."""

    version: int = -1
    name: str | None = None
    annual_value: float | None = None
    owner: str | None = None
    team: str | None = None
    language: str | None = None
    timezone: str | None = None
    hic: bool | None = None
    hic_total: int | None = None
    """The sum of the five answers, from records of before each of them was kept; none once one is known."""
    labels: dict[str, str] = {}
    renews_at: float | None = None
    by: int = 0
    """(source, object) of that profile, hashed."""
    hic_answers: dict[str, int] = {}
    """The five questions, as far as people answered them: points by question."""
    lifetime_value: float | None = None
    acquisition_cost: float | None = None
    contract_penalty: float | None = None
    ambassador: bool | None = None
    pillars: dict[str, str] = {}
    behaviour: Annotated[str, Behaviour] | None = None
    stated_at: float = 0.0
    """As of when the company last stated the annual value."""


class Spend(Struct, array_like=True, gc=False):
    """Purchases: the days (UTC, counted from 1970) on which there were any, and a sum that halves with the policy's half-life."""

    days: int = 0
    """On how many days the customer bought."""
    first_day: int = 0
    last_day: int = 0
    recent_days: int = 0
    """On which of the last 64 days up to the last one: bit n is n days before it."""
    decayed: float = 0.0
    decayed_at: float = 0.0
    recent: list[tuple[int, float, float]] = []
    """The last few (object, at, amount), so that an amended order corrects instead of adding."""
    total: float = 0.0
    """What they spent in all, as far as it was counted."""


class Proven(Struct, array_like=True, frozen=True, gc=False):
    """What the data say of one of the questions that qualify a high-impact customer: how many points, and the number behind them."""

    points: int
    number: float
    business: float | None = None
    """What they were worth a year, where the number is a share of all business."""


class Segment(Struct, array_like=True, gc=False):
    """Tier and HIC. `history` holds earlier tiers as (since, tier), so that a late fact is judged as of its own time."""

    tier: Annotated[str, Tier] = "unknown"
    since: float = 0.0
    history: list[tuple[float, Annotated[str, Tier]]] = []
    falls_at: float | None = None
    """When the tier is lowered, unless the values come back before."""
    hic: bool = False
    hic_why: Why | None = None
    business: float | None = None
    satisfaction: float | None = None
    """The two metric values as they stand in the partition's histograms, so that an update can take them out."""
    review_at: float | None = None
    """When the clock looks at the customer next: values fade and thresholds move though nothing happens."""
    top: bool = False
    """Whether they are in the top business row, whatever they answer."""
    top_falls_at: float | None = None
    """When they leave it, unless the business comes back before."""
    protected_until: float | None = None
    """When they lost their protection last: what happened before is judged by it."""
    proven: dict[str, Proven] = {}
    """What the data have said of the five questions and the lifetime value: it holds until the business lapses, or people say less."""
    hic_before: tuple[Why, float] | None = None
    """The last reason for high impact that weighed more than today's, and until when it, or a lighter one after it, held: what was raised by
    then is weighed by it."""


class Evidence(Struct, array_like=True, frozen=True, gc=False):
    """One thing that a task rests on."""

    fact: str
    at: float
    why: Why
    object_key: int
    """(source, what is said), hashed: what is said again about the same object replaces this."""
    severity: float
    ticket: int = 0
    """The ticket that it was said of, by its key in Tickets; 0 where it is of none."""
    people: list[int] = []
    """Under which aliases it was said, hashed; none where only the customer is named."""


class Life(Struct, array_like=True, gc=False):
    """Where a task is in its life cycle, who brought it there and when: all that a person's command changes, and can take back."""

    status: Annotated[str, Status]
    moved_by: str
    moved_at: float
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    snoozed_until: float = NEVER
    status_before_snooze: Annotated[str, Status] | None = None
    acknowledged: bool = False
    contacted: bool = False
    """Both since its clock was started."""


class Before(Struct, array_like=True, gc=False):
    """What a task was before a person's last command, so that the person can take it back."""

    command: str
    at: float
    by: str
    life: Life


class Task(Struct, array_like=True, gc=False):
    """A recovery task. Its due time is the SLA's, its priority is weighed when it is published."""

    id: str
    cause: Annotated[str, Cause]
    life: Life
    opened_at: float
    severity: float
    """0 to 1: the worst fact so far."""
    why: Why
    """What it is about: the worst of its evidence, or what brought it back."""
    evidence: list[Evidence]
    """The last few facts that it rests on, in event order."""
    regressions: int = 0
    follows: str | None = None
    before: Before | None = None
    """Kept until anything else moves the task."""
    commands: list[str] = []
    """The ids of the last few commands that were applied: one of them once more does nothing."""


class Closed(Struct, array_like=True, gc=False):
    """A task that ended, for as long as it may regress or a survey may verify it. `task` is as it stood."""

    task: Task
    closed_at: float
    by: str
    cause: str | None = None
    action: str | None = None
    outcome: str | None = None
    reason: str | None = None
    why: Why | None = None
    """Where no person closed it."""


class Early(Struct, array_like=True, gc=False):
    """Trouble of a customer for whom tasks are not: one after all, if it turns out soon that they matter."""

    cause: Annotated[str, Cause]
    source: str
    evidence: Evidence
    since: float | None = None


class Recovery(Struct, array_like=True, gc=False):
    """The customer's tasks."""

    open: list[Task] = []
    closed: list[Closed] = []
    early: list[Early] = []


class Clock(Struct, array_like=True, gc=False):
    """How long a task may wait for a person: `warned` and `missed` once that was said."""

    due_at: float
    warn_at: float
    warned: bool = False
    missed: bool = False
    started_at: float | None = None
    """Where it was started anew since the task was raised."""


class Signal(Struct, array_like=True, frozen=True, gc=False):
    """A sign of leaving as last seen: its strength (0 to 1) then, and why."""

    strength: float
    seen_at: float
    why: Why
    ticket: int = 0
    """The ticket that it was seen in, by its key in Tickets; 0 where it was in none."""
    lasts: bool = False
    """A state that goes on until it is told to be gone, rather than an event: it does not fade."""


class Alert(Struct, array_like=True, gc=False):
    """The active churn alert."""

    id: str
    version: int
    level: Annotated[str, Level]
    raised_at: float
    names: list[str] = []
    """Signals shown in the last snapshot."""
    review_at: float = NEVER
    """When its signals have faded so far that it must be looked at again."""
    announced: dict[str, float] = {}
    """How strong each signal was when people were told a level the last time."""


class Churn(Struct, array_like=True, gc=False):
    """The customer's one chance of leaving, as it is shown everywhere, and the alert."""

    chance: float
    alert: Alert | None = None
    raised: int = 0
    """How many alerts there were."""


class Shown(Struct, array_like=True, gc=False):
    """What people were last told of a task."""

    version: int
    priority: Annotated[str, Priority]
    changed_at: float


class Customer(Struct, array_like=True, gc=False):
    """One record per customer: all that decisions rest on. What is closed for good lives in its topic, not here.

    Each field is a slice; the table of aspects says whose. The first three are the fold's own.
    """

    id: str
    heard_at: float = 0.0
    """The latest event time seen."""
    seen: bytes = b""
    """Objects and the highest version of each that was applied: see deduplication.py."""
    aliases: list[str] = []
    profile: Profile | None = None
    spend: Spend | None = None
    answers: Answers | None = None
    tickets: Tickets | None = None
    segment: Segment | None = None
    subscriptions: dict[int, Subscription] = {}
    """By (source, subscription), hashed."""
    promises: dict[int, Promise] = {}
    """Orders that are not delivered yet, by (source, order), hashed."""
    weigh_at: dict[str, float] = {}
    """When the points of each open task will have grown for a day."""
    silence_at: float | None = None
    """When the customer's silence will be worth a look, were nothing more heard."""
    forecast: Forecast | None = None
    failed_at: float | None = None
    """When the recovery failed that was looked at last."""
    usage: Usage | None = None
    waits: dict[int, Wait] = {}
    """Tickets that wait for an answer, by their key in Tickets."""
    invited: Invited | None = None
    renewal_at: float | None = None
    """When the renewal comes near, or is past."""
    complaint: Complaint | None = None
    signals: dict[str, Signal] = {}
    churn: Churn | None = None
    recovery: Recovery | None = None
    clocks: dict[str, Clock] = {}
    solve_by: dict[str, float] = {}
    """Until when each task is to be solved; NEVER once it was said that it is not."""
    ask_at: dict[str, float] = {}
    """When somebody is told to ask whether what was resolved is well."""
    shown: dict[str, Shown] = {}
    erased_at: float | None = None
    """When they asked to be forgotten, of who came back since: what happened before is nobody's."""
    kept: dict[str, bytes] = {}
    """Slices that this version does not know, by name and version, as they were."""


class Thresholds(Struct, array_like=True, gc=False):
    """Percentile values in force; version 0 means the policy's fixed values hold."""

    version: int = 0
    population: int = 0
    business_high: float = 0.0
    business_middle: float = 0.0
    satisfaction_high: float = 0.0
    satisfaction_middle: float = 0.0
    business_total: float = 0.0
    """What all customers together are worth a year; 0 where that is not known."""
