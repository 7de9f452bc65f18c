"""Laws of priority through the whole table: two customers who differ in one thing only, and who is worse off or matters more never waits longer."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.decisions import TaskSnapshot
from schemas.facts import CustomerProfiled, PurchaseMade, RenewalDated, SubscriptionCancelled, TicketCommented, TicketOpened
from schemas.message import instant
from streams.decide.state import Customer
from tests.streams.decide.recovering import DAY, HOUR, START, Story, a_policy, answered, fact, snapshots

AGO = 120 * DAY
"""The story before the complaint lies between so long ago and the complaint, at the start."""
times = st.integers(-120 * 24, -1).map(lambda hours: hours * HOUR)
earlier = st.lists(
    st.one_of(
        st.tuples(st.just("says"), times, st.integers(0, 10)),
        st.tuples(st.just("writes"), times, st.sampled_from(["I cancel my contract", "a discount?", "never cancel my contract", "thanks"])),
        st.tuples(st.just("opens"), times, st.sampled_from(["low", "urgent"])),
        st.tuples(st.just("buys"), times, st.integers(10, 5_000)),
        st.tuples(st.just("leaves"), times, st.just(None)),
        st.tuples(st.just("waits"), times, st.just(None)),
    ),
    max_size=10,
).map(lambda steps: sorted(steps, key=lambda step: step[1]))
values = st.sampled_from([None, 100.0, 4_500.0, 10_000.0, 45_000.0, 80_000.0])
statuses = st.sampled_from([None, True, False])


def lived(
    steps: list[tuple[str, float, Any]], value: float | None, *, hic: bool | None, renews: float | None = None, middle: int = 70
) -> Story:
    """A customer with a profile, and what they said and did since, in order; time passes between."""
    story = Story(Customer("c-1"), a_policy(tiers={"satisfaction_middle": middle}))
    known = {name: given for name, given in (("annual_value", value), ("hic", hic)) if given is not None}
    story.step(fact(CustomerProfiled, -AGO - DAY, "profile", name="Ann", **known))
    if renews is not None:
        story.step(fact(RenewalDated, -AGO - DAY, "contract", renews_on=instant(START + renews)))
    for number, (what, after, given_) in enumerate(steps):
        happens(story, what, after, given_, f"o{number}")
    return story


def happens(story: Story, what: str, after: float, given_: Any, name: str) -> None:
    match what:
        case "says":
            story.step(answered(given_, after, name))
        case "writes":
            story.step(fact(TicketCommented, after, name, comment=given_))
        case "opens":
            story.step(fact(TicketOpened, after, name, severity=given_))
        case "buys":
            story.step(fact(PurchaseMade, after, name, amount=given_))
        case "leaves":
            story.step(fact(SubscriptionCancelled, after, name))
        case "waits":
            story.at(after)


def complains(story: Story, nps: int) -> TaskSnapshot | None:
    """A poor answer now, and the task that rests on it."""
    messages = story.step(answered(nps, 0.0, "complaint"))
    resting = [s for s in snapshots(messages) if any(e.occurred_at == instant(START) for e in s.evidence)]
    return resting[-1] if resting else None


def never_waits_longer(better: TaskSnapshot | None, worse: TaskSnapshot | None) -> None:
    if better is not None:
        assert worse is not None
        assert worse.due_at <= better.due_at
        assert worse.score >= better.score
        assert worse.priority <= better.priority  # "P1" < "P2"


@given(earlier, values, statuses, st.integers(0, 6), st.integers(0, 6), st.integers(40, 75))
@settings(max_examples=150, deadline=None)
def test_a_worse_score_never_lowers_the_priority(steps, value, hic, one, other, middle):
    worse, better = sorted((one, other))
    never_waits_longer(*(complains(lived(steps, value, hic=hic, middle=middle), nps) for nps in (better, worse)))


@given(earlier, st.lists(values.filter(bool), min_size=2, max_size=2), statuses, st.integers(0, 6))
@settings(max_examples=150, deadline=None)
def test_a_greater_value_and_the_tier_that_comes_of_it_never_lower_the_priority(steps, both, hic, nps):
    """As the company says it: where it says nothing, purchases do, and may say more or less."""
    never_waits_longer(*(complains(lived(steps, value, hic=hic), nps) for value in sorted(both)))


@given(earlier, values, st.integers(0, 6))
@settings(max_examples=150, deadline=None)
def test_to_be_high_impact_never_lowers_the_priority(steps, value, nps):
    never_waits_longer(*(complains(lived(steps, value, hic=hic), nps) for hic in (None, True)))


@given(earlier, values, st.lists(st.floats(0, 200 * DAY), min_size=2, max_size=2), st.integers(0, 6))
@settings(max_examples=150, deadline=None)
def test_a_nearer_renewal_never_lowers_the_priority(steps, value, both, nps):
    nearer, later = sorted(both)
    never_waits_longer(*(complains(lived(steps, value, hic=True, renews=renews), nps) for renews in (later, nearer)))


# -- where these laws once had holes --------------------------------------------------------------------------------------------------


def test_a_worse_score_never_lowers_the_chance_that_is_shown():
    """Cancelled five days ago: 90 % were shown then, 80 % are by now. The worse score adds a signal: 85 %."""
    steps = [*(("says", day * DAY, nps) for day, nps in ((-60, 7), (-59, 0), (-58, 0))), ("leaves", -5 * DAY, None)]
    three, none = (complains(lived(steps, 80_000.0, hic=True), nps) for nps in (3, 0))
    assert none.score >= three.score


def test_who_gives_the_worse_score_is_protected_where_the_better_score_is():
    """Five answers of 5, before the company said what they are worth: satisfaction 57.1 where the middle begins at 57.2."""
    sent = []
    for nps in (6, 0):
        story = Story(Customer("c-1"), a_policy(tiers={"satisfaction_middle": 57.2}))
        for day in range(5):
            story.step(answered(5, (day - 30) * DAY, f"o{day}"))
        story.step(fact(CustomerProfiled, -DAY, "profile", annual_value=80_000.0))
        sent.append(complains(story, nps))
    better, worse = sent
    assert (better is None) == (worse is None)
