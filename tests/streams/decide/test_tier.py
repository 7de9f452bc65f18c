"""Tiers: monotone in both metrics, up at once, down late and by one measure, and as of event time."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import Tier
from schemas.policy import Policy
from streams.decide.state import Segment, Thresholds
from streams.decide.tier import DAY, MOST_HISTORY, RANK, enter, place, tier_after, tier_at

POLICY = Policy(version="test")
DWELL_DAYS = POLICY.tiers.dwell_days
DWELL = DWELL_DAYS * DAY
THRESHOLDS = Thresholds(1, 500, business_high=10_000, business_middle=1_000, satisfaction_high=90, satisfaction_middle=70)
LOSSES = Thresholds(1, 500, business_high=500, business_middle=-1_000, satisfaction_high=90, satisfaction_middle=70)
BUSINESS = st.floats(-20_000, 20_000) | st.floats(-1_300, -700) | st.floats(300, 1_300)
SATISFACTION = st.floats(0, 100)
SHARE = st.floats(0, 1)


def rank(business, satisfaction, thresholds=THRESHOLDS, share=1.0) -> int:
    return RANK[place(business, satisfaction, thresholds, POLICY, share)]


def lived(*values: tuple[float, float | None], tier: str = "unknown", satisfaction: float | None = None) -> tuple[Segment, list[str]]:
    """The tiers of a customer whose business value changes: (day, value)."""
    segment, tiers = Segment(tier=tier), []
    for day, value in values:
        new = tier_after(segment, value, satisfaction, day * DAY, THRESHOLDS, POLICY, may_fall=True)
        if new != segment.tier:
            enter(segment, new, day * DAY)
        tiers.append(segment.tier)
    return segment, tiers


# -- the grid -----------------------------------------------------------------------------------------------------------------------


def test_the_grid_is_read_as_the_policy_writes_it():
    happy = (95, 80, 20)
    assert ["".join(place(value, how, THRESHOLDS, POLICY).value for how in happy) for value in (20_000, 5_000, 10)] == ["AAB", "ABC", "BCC"]


def test_without_a_business_value_the_tier_is_unknown_and_not_c():
    assert place(None, 100, THRESHOLDS, POLICY) is Tier.UNKNOWN


def test_who_was_never_asked_counts_as_middling_content():
    for value in (20_000, 5_000, 10):
        assert place(value, None, THRESHOLDS, POLICY) is place(value, 80, THRESHOLDS, POLICY)


def test_the_threshold_itself_is_above():
    assert place(10_000, 70, THRESHOLDS, POLICY) is Tier.A
    assert place(1_000, 90, THRESHOLDS, POLICY) is Tier.A


@given(BUSINESS, BUSINESS, SATISFACTION, st.sampled_from([THRESHOLDS, LOSSES]), SHARE)
def test_a_greater_value_never_lowers_the_tier(one, other, satisfaction, thresholds, share):
    low, high = sorted((one, other))
    assert rank(low, satisfaction, thresholds, share) <= rank(high, satisfaction, thresholds, share)


@given(BUSINESS, SATISFACTION, SATISFACTION, st.sampled_from([THRESHOLDS, LOSSES]), SHARE)
def test_more_satisfaction_never_lowers_the_tier(business, one, other, thresholds, share):
    low, high = sorted((one, other))
    assert rank(business, low, thresholds, share) <= rank(business, high, thresholds, share)


@given(BUSINESS, SATISFACTION, st.sampled_from([THRESHOLDS, LOSSES]), SHARE)
def test_keeping_a_tier_is_never_harder_than_reaching_it_be_the_threshold_a_loss(business, satisfaction, thresholds, share):
    assert rank(business, satisfaction, thresholds, share) >= rank(business, satisfaction, thresholds)


# -- up at once, down late ----------------------------------------------------------------------------------------------------------


def test_promotion_comes_at_once():
    assert lived((0, 10), (1, 1_000), (2, 10_000))[1] == ["C", "B", "A"]


def test_demotion_waits_for_the_dwell_time():
    assert lived((0, 10_000), (1, 5_000), (DWELL_DAYS + 0.9, 5_000), (DWELL_DAYS + 1, 5_000))[1] == ["A", "A", "A", "B"]


@given(BUSINESS, st.none() | SATISFACTION, st.lists(st.floats(0.1, 400), max_size=20))
def test_only_the_clock_lowers_a_tier(business, satisfaction, gaps):
    """However long ago the values fell: what a customer does or says never makes them matter less at that moment."""
    segment, day = Segment(tier="A"), 0.0
    for gap in gaps:
        day += gap
        assert tier_after(segment, business, satisfaction, day * DAY, THRESHOLDS, POLICY, may_fall=False) is Tier.A


def test_a_recovery_in_between_starts_the_waiting_anew():
    last = DWELL_DAYS + 11
    assert lived((0, 10_000), (1, 5_000), (10, 9_000), (11, 5_000), (last - 1, 5_000), (last, 5_000))[1] == ["A", "A", "A", "A", "A", "B"]


@given(st.lists(st.tuples(st.floats(0.1, 40), st.floats(7_501, 20_000)), min_size=1, max_size=40))
def test_inside_the_band_nothing_flaps(steps):
    """However long and often the value lies between the exit share and the threshold, or above it."""
    day, values = 0.0, [(0.0, 10_000.0)]
    for gap, value in steps:
        day += gap
        values.append((day, value))
    assert set(lived(*values)[1]) == {"A"}


@given(st.lists(st.tuples(st.floats(0.1, 40), BUSINESS, st.none() | SATISFACTION), min_size=1, max_size=40))
def test_no_demotion_comes_sooner_than_the_dwell_time_after_the_tier_was_last_deserved(steps):
    segment, day, held, deserved = Segment(), 0.0, Tier.UNKNOWN, 0.0
    for gap, business, satisfaction in steps:
        day += gap
        kept = rank(business, satisfaction, share=POLICY.tiers.exit_share)
        new = tier_after(segment, business, satisfaction, day * DAY, THRESHOLDS, POLICY, may_fall=True)
        if RANK[new] < RANK[held]:
            assert day - deserved >= POLICY.tiers.dwell_days
        if kept >= RANK[new]:
            deserved = day
        if new != held:
            enter(segment, new, day * DAY)
            held = new


def test_a_threshold_that_is_a_loss_has_a_band_below_it_too():
    segment = Segment(tier="B")
    for day in range(0, 100, 10):
        assert tier_after(segment, -1_250, None, day * DAY, LOSSES, POLICY, may_fall=True) is Tier.B
    moments = (100 * DAY, 100 * DAY + DWELL)
    assert {tier_after(segment, -1_400, None, at, LOSSES, POLICY, may_fall=True) for at in moments} == {Tier.B, Tier.C}


def test_who_comes_down_from_above_keeps_what_those_below_may_keep():
    below, _ = lived((0, 1_000), (1, 850), (40, 850))
    above, _ = lived((0, 10_000), (1, 850), (40, 850))
    assert below.tier == above.tier == "B"


@given(BUSINESS, SATISFACTION)
def test_a_demotion_is_settled_once_and_not_step_by_step(business, satisfaction):
    segment = Segment(tier="A")
    tier_after(segment, business, satisfaction, 0.0, THRESHOLDS, POLICY, may_fall=True)
    first = tier_after(segment, business, satisfaction, DWELL, THRESHOLDS, POLICY, may_fall=True)
    enter(segment, first, DWELL)
    tier_after(segment, business, satisfaction, 2 * DWELL, THRESHOLDS, POLICY, may_fall=True)
    assert tier_after(segment, business, satisfaction, 9 * DWELL, THRESHOLDS, POLICY, may_fall=True) == first


# -- as of event time ---------------------------------------------------------------------------------------------------------------


def test_a_late_fact_is_judged_under_the_tier_of_its_own_time():
    segment, _ = lived((0, 1_000), (10, 10_000), (20, 10), (50, 10))
    assert [tier_at(segment, day * DAY).value for day in (0, 9.9, 10, 49.9, 50, 99)] == ["B", "B", "A", "A", "C", "C"]


def test_before_the_first_known_tier_the_first_known_one_counts():
    segment, _ = lived((5, 10_000), (6, 10), (40, 10))
    assert tier_at(segment, 0.0) is Tier.A
    assert tier_at(lived((5, 10_000))[0], 0.0) is Tier.A


def test_of_a_customer_without_standing_the_tier_is_unknown():
    assert tier_at(None, 0.0) is Tier.UNKNOWN
    assert tier_at(Segment(), 0.0) is Tier.UNKNOWN


@given(st.lists(st.tuples(st.floats(1, 100), st.sampled_from("ABC")), min_size=1, max_size=MOST_HISTORY))
def test_what_was_the_tier_stays_what_it_was(changes):
    """Later changes never rewrite history, as far back as it is kept."""
    segment, day, known = Segment(), 0.0, []
    for gap, letter in changes:
        day += gap
        if letter != segment.tier:
            enter(segment, Tier(letter), day * DAY)
        known.append((day, letter))
        assert [tier_at(segment, at * DAY).value for at, _ in known] == [tier for _, tier in known]


def test_only_so_much_history_is_kept():
    segment, _ = lived(*((day * 40, value) for day, value in enumerate([10, 10_000] * 20)))
    assert len(segment.history) <= MOST_HISTORY
    assert all(one < other for one, other in pairwise(since for since, _ in segment.history))
