"""Given what is known of a customer, then tier, high-impact status and their reasons; and nothing where nothing changed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from schemas.decisions import Tier, Verdict
from schemas.facts import CustomerProfiled, PurchaseMade, RenewalDated, SubscriptionCancelled, SubscriptionChanged, UsageRecorded
from schemas.message import instant
from schemas.policy import Policy
from schemas.traffic import TimerDue
from streams.decide import profile, satisfaction, segment
from streams.decide.contact_state import Answers
from streams.decide.context import Context, Effects
from streams.decide.histogram import bucket, change
from streams.decide.percentiles import Histograms
from streams.decide.state import Customer, Profile, Segment, Spend, Thresholds
from streams.decide.table import ASPECTS, CUSTOMERS
from streams.decide.value import business_value
from tests.streams.decide.recovering import DAY, START, a_context, a_policy, answered, coded, fact, on_message, received, verdicts
from tests.streams.decide.recovering import HIC_ANSWERS as HIC

THRESHOLDS = Thresholds(3, 500, business_high=10_000, business_middle=1_000, satisfaction_high=90, satisfaction_middle=70)
DWELL = Policy(version="test").tiers.dwell_days
LIMITS = {"business_high": 10_000, "business_middle": 1_000, "satisfaction_high": 90, "satisfaction_middle": 70}


STANDING = (Verdict.TIER_CHANGED, Verdict.HIC_CHANGED, Verdict.PROTECTION_CHANGED)
WORTH = ("top_business", {"annual_value": 12_000, "currency": "EUR", "business_high": 10_000})


def a_world(policy: Policy | None = None) -> Context:
    context = a_context(policy)
    context.thresholds = THRESHOLDS
    return context


def heard(customer: Customer, message: Any, context: Context) -> list[Any]:
    """Let the customer say or do it, or time pass, and what was said of their tier and status."""
    context.effects = Effects()
    on_message(message)(customer, message, context)
    messages = [received(sent.message) for sent in context.effects.sent if isinstance(sent.message, Struct)]
    return [m for m in messages if getattr(m, "verdict", None) in STANDING]


def reviewed(customer: Customer, context: Context | None = None, after: float = 0.0) -> list[Any]:
    """Something that says nothing happens to the customer, and what was said of them then."""
    return heard(customer, fact(UsageRecorded, after), context or a_world())


def worth(value: float | None, **more: Any) -> Customer:
    return Customer("ann", profile=Profile(annual_value=value), **more)


def profiled(after: float = 0.0, object_key: str = "account", source: str = "crm", **fields: Any) -> CustomerProfiled:
    made: CustomerProfiled = fact(CustomerProfiled, after, object_key, source=source, **fields)
    return made


def profile_after(*facts: CustomerProfiled) -> Profile:
    customer = Customer("ann")
    for each in facts:
        profile.on_profiled(customer, each, a_world())
    return customer.profile or Profile()


# -- what the company tells ---------------------------------------------------------------------------------------------------------


def test_what_a_profile_does_not_say_stays_as_it_was():
    known = profile_after(profiled(name="Ann", annual_value=5, labels={"sales": "key"}), profiled(9, owner="Jo", labels={"it": "std"}))
    assert (known.name, known.annual_value, known.owner) == ("Ann", 5, "Jo")
    assert known.labels == {"sales": "key", "it": "std"}


def test_a_no_is_not_the_same_as_not_said():
    assert profile_after(profiled(hic=True), profiled(9, hic=False)).hic is False
    assert profile_after(profiled(hic=True), profiled(9)).hic is True
    assert profile_after(profiled(annual_value=5), profiled(9, annual_value=0)).annual_value == 0


def test_two_systems_that_count_their_versions_differently_are_both_heard():
    sales, service = profiled(0, source="sales", version=700, name="Ann"), profiled(9, source="service", version=3, owner="Jo", name="Anne")
    known = profile_after(sales, service)
    assert (known.name, known.owner) == ("Anne", "Jo")


def test_what_another_system_said_earlier_fills_gaps_and_overwrites_nothing():
    late = profiled(0, source="service", name="A.", owner="Jo", labels={"service": "b", "sales": "x"}, hic_answers=HIC)
    known = profile_after(profiled(9, source="sales", name="Ann", labels={"sales": "a"}), late)
    assert (known.name, known.owner, known.hic_answers) == ("Ann", "Jo", HIC)
    assert known.labels == {"sales": "a", "service": "b"}
    scored = profile_after(profiled(9, source="sales", hic_answers={**HIC, "loyalty": 2}), late)
    assert scored.hic_answers == {**HIC, "loyalty": 2}


def test_within_one_object_its_later_version_counts_whatever_its_time():
    assert profile_after(profiled(9, version=1, name="Ann"), profiled(0, version=2, name="Anne")).name == "Anne"


@given(st.permutations([("a", 1, "Ann"), ("b", 2, "Anne"), ("c", 3, "Anna")]))
def test_the_newest_profile_wins_in_whichever_order_several_systems_tell(order):
    assert profile_after(*(profiled(at, source=source, name=name) for source, at, name in order)).name == "Anna"


def test_labels_do_not_grow_without_end():
    known = profile_after(*(profiled(n, labels={f"label {n}": "x"}) for n in range(200)))
    assert len(known.labels) == profile.MOST_LABELS
    assert "label 199" in known.labels


def test_a_subscription_says_what_the_customer_is_worth_and_a_renewal_when_it_ends():
    customer, context = Customer("ann"), a_world()
    heard(customer, fact(SubscriptionChanged, annual_value=1_200), context)
    heard(customer, fact(SubscriptionChanged, 1), context)
    heard(customer, fact(RenewalDated, renews_on=instant(START + 30 * DAY)), context)
    assert customer.profile is not None
    assert (customer.profile.annual_value, customer.profile.renews_at) == (1_200, START + 30 * DAY)


def worth_after(*facts: Any) -> float | None:
    """What the company told of the annual value, after these facts."""
    customer, context = Customer("ann"), a_world()
    for one in facts:
        heard(customer, one, context)
    assert customer.profile is not None
    return customer.profile.annual_value


def changed(after: float, now: float, before: float | None = None, object_key: str = "s-1") -> SubscriptionChanged:
    made: SubscriptionChanged = fact(SubscriptionChanged, after, object=object_key, annual_value=now, previous_annual_value=before)
    return made


def test_several_subscriptions_add_up():
    assert worth_after(changed(0, 400_000), changed(1, 1_000, object_key="s-2")) == 401_000


def test_who_ended_a_large_subscription_and_took_out_a_small_one_is_worth_the_small_one():
    assert worth_after(changed(0, 400_000), fact(SubscriptionCancelled, 1, object="s-1")) == 400_000
    assert worth_after(changed(0, 400_000), fact(SubscriptionCancelled, 1, object="s-1"), changed(2, 1_000, object_key="s-2")) == 1_000


def test_a_change_of_one_subscription_changes_what_the_company_stated_by_as_much():
    stated = profiled(0, annual_value=60_000)
    assert worth_after(stated, changed(1, 10_000, before=30_000)) == 40_000
    assert worth_after(stated, changed(1, 30_000), changed(2, 10_000)) == 40_000


def test_a_subscription_that_was_never_told_of_takes_nothing_from_what_the_company_stated():
    assert worth_after(profiled(0, annual_value=60_000), changed(1, 1_000)) == 60_000
    assert worth_after(profiled(0, annual_value=500), changed(1, 1_000)) == 1_000


def test_what_the_company_states_later_counts_as_it_is():
    assert worth_after(changed(1, 10_000, before=30_000), profiled(2, annual_value=60_000)) == 60_000


@given(
    st.permutations(
        [profiled(0, annual_value=60_000), changed(1, 10_000, before=30_000), changed(2, 7_000, before=5_000, object_key="s-2")]
    )
)
def test_the_annual_value_is_the_same_in_whichever_order_it_is_told(order):
    assert worth_after(*order) == 42_000


# -- what they are worth ------------------------------------------------------------------------------------------------------------


def test_what_the_company_says_counts_before_what_purchases_say():
    policy, spend = a_policy(), Spend(days=1, last_day=int(START // DAY), decayed=500.0, decayed_at=START)
    assert business_value(Customer("ann", profile=Profile(annual_value=7.0), spend=spend), START, policy) == 7.0
    by_purchases = business_value(Customer("ann", profile=Profile(), spend=spend), START, policy)
    assert by_purchases == pytest.approx(500, rel=1e-3)
    assert business_value(Customer("ann", profile=Profile(annual_value=0.0), spend=spend), START, policy) == 0.0
    assert business_value(Customer("ann"), START, policy) is None


# -- tier ---------------------------------------------------------------------------------------------------------------------------


def test_a_change_of_tier_is_told_with_the_numbers_it_rests_on():
    customer = worth(12_000, answers=Answers(level=82.0))
    [tier, hic, protection] = reviewed(customer)
    assert (tier.verdict, hic.verdict, protection.verdict) == STANDING
    assert coded(tier.why) == ("tier_metrics", {"annual_value": 12_000, "currency": "EUR", "satisfaction": 82, **LIMITS})
    assert (tier.was, tier.now, tier.tier) == ("unknown", "A", Tier.A)
    assert (coded(hic.why), hic.hic, coded(protection.why), protection.protected) == (WORTH, True, WORTH, True)
    assert tier.basis.thresholds == 3
    known = customer.segment
    assert (known.tier, known.since, known.hic, known.top, known.business, known.satisfaction) == ("A", START, True, True, 12_000, 82.0)


def test_without_an_answer_no_satisfaction_is_given():
    assert coded(reviewed(worth(12_000))[0].why) == ("tier_metrics", {"annual_value": 12_000, "currency": "EUR", **LIMITS})


def test_where_nothing_changed_nothing_is_said_and_nothing_is_counted():
    customer, context = worth(12_000, answers=Answers(level=82.0)), a_world()
    reviewed(customer, context)
    before = copy.deepcopy(customer.segment)
    for after in (1, 2, 3):
        assert reviewed(customer, context, after) == []
        assert context.effects == Effects()
    assert customer.segment == before


def test_of_a_customer_of_whom_nothing_is_known_nothing_is_judged():
    customer = Customer("ann")
    assert not reviewed(customer)
    assert customer.segment is None


def test_where_every_customer_is_high_impact_one_of_whom_nothing_is_known_is():
    customer = Customer("ann")
    context = a_world(a_policy(high_impact={"everyone": True}))
    assert [message.verdict for message in reviewed(customer, context)] == [Verdict.HIC_CHANGED, Verdict.PROTECTION_CHANGED]


def passed(customer: Customer, context: Context, day: float) -> list[Any]:
    """Time passes, to so many days from the start."""
    return heard(customer, TimerDue(customer="ann", at=instant(START + day * DAY)), context)


def test_a_demotion_waits_and_then_the_clock_lowers_the_tier_and_says_so():
    customer, context = worth(12_000), a_world()
    reviewed(customer, context)
    customer.profile = Profile(annual_value=500.0)
    assert reviewed(customer, context, DAY) == []
    assert passed(customer, context, DWELL + 0.9) == []
    assert [timer.at for timer in ASPECTS.pending(customer)] == [START + (DWELL + 1) * DAY]
    [tier, hic, protection] = passed(customer, context, DWELL + 1)
    assert (tier.was, tier.now, tier.why.code) == ("A", "C", "tier_metrics")
    fell = ("business_fell", {"annual_value": 500, "currency": "EUR", "business_high": 10_000})
    assert (hic.hic, coded(hic.why), protection.protected, coded(protection.why)) == (False, fell, False, fell)


def test_what_a_customer_says_after_the_dwell_time_lowers_nothing_before_the_clock_does():
    customer, context = worth(12_000), a_world()
    reviewed(customer, context)
    customer.profile = Profile(annual_value=500.0)
    reviewed(customer, context, DAY)
    assert heard(customer, answered(0, (DWELL + 2) * DAY), context) == []
    assert customer.segment.tier == "A"
    assert [m.now for m in passed(customer, context, DWELL + 2) if m.verdict is Verdict.TIER_CHANGED] == ["C"]


def test_values_that_come_back_in_time_keep_the_tier_and_its_clock_rests():
    customer, context = worth(12_000), a_world()
    reviewed(customer, context)
    customer.profile = Profile(annual_value=500.0)
    reviewed(customer, context, DAY)
    customer.profile = Profile(annual_value=8_500.0)
    assert reviewed(customer, context, 2 * DAY) == []
    assert passed(customer, context, DWELL + 1) == []
    assert passed(customer, context, 60) == []


@pytest.mark.parametrize("returned", [0, 700])
def test_who_buys_no_more_falls_so_long_after_their_purchases_were_worth_too_little_whoever_else_is_heard_of(returned):
    """Nothing is heard of them, and the clock looks but when there is something to see: not once in four weeks."""
    customer, context = Customer("ann"), a_world()
    for number in range(3):
        heard(customer, fact(PurchaseMade, number * 90 * DAY, f"o{number}", amount=1_000), context)
    if returned:
        heard(customer, fact(PurchaseMade, 181 * DAY, "back", amount=-returned), context)
    kept = THRESHOLDS.business_middle * context.policy.tiers.exit_share
    below = next(day for day in range(181, 900) if (business_value(customer, START + day * DAY, context.policy) or 0.0) < kept)
    days, looks = 182, 0
    while customer.segment.tier == "B":
        [timer] = segment.timers(customer)
        days, looks = (timer.at - START) / DAY, looks + 1
        passed(customer, context, days)
    assert days == pytest.approx(below + DWELL, abs=1)
    assert looks <= 3


def test_who_buys_steadily_every_four_months_keeps_the_tier_that_was_just_reached():
    """What they are worth fades between two purchases, to 72 % after 122 days: that is their rhythm, and no reason to matter less."""
    customer, context, every, tiers = Customer("ann"), a_world(), 122, []
    for number in range(26):
        heard(customer, fact(PurchaseMade, number * every * DAY, f"o{number}", amount=1_000), context)
        if number == 20:
            reached = business_value(customer, START + number * every * DAY, context.policy) or 0.0
            context.thresholds = Thresholds(4, 500, reached, 100, satisfaction_high=90, satisfaction_middle=70)
        for day in range(every):
            passed(customer, context, number * every + day)
            tiers.append(customer.segment.tier)
    assert tiers[20 * every - 1] == "B"
    assert set(tiers[20 * every :]) == {"A"}


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from(["buys", "says", "is worth", "nothing"]), st.floats(0, 1)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_histograms_hold_each_customer_in_the_bucket_of_their_present_value(steps):
    """What goes out is what came in: after any story, one value is left, and it is the one that tiers are judged by."""
    customer, context, histograms, after = Customer("ann"), a_world(), Histograms(), 0.0
    for number, (days, what, share) in enumerate(steps):
        after += days * DAY
        customer = CUSTOMERS.decode(CUSTOMERS.encode(customer))
        if what == "buys":
            heard(customer, fact(PurchaseMade, after, f"o{number}", amount=share * 900 - 100), context)
        elif what == "says":
            heard(customer, answered(int(share * 10), after, f"r{number}"), context)
        else:
            if what == "is worth":
                customer.profile = Profile(annual_value=share * 50_000 - 5_000)
            heard(customer, fact(UsageRecorded, after, f"u{number}"), context)
        for changed in context.effects.metric_changes:
            histograms.apply(changed)
        business = business_value(customer, customer.heard_at, context.policy)
        assert histograms.business == counted(business)
        assert histograms.satisfaction == counted(satisfaction.level(customer.answers, context.policy))


def counted(value: float | None) -> dict[int, int]:
    counts: dict[int, int] = {}
    if value is not None:
        change(counts, bucket(value), 1)
    return counts


# -- high-impact --------------------------------------------------------------------------------------------------------------------

EVERYONE = {"high_impact": {"everyone": True}}
NOT_BY_WORTH = {"high_impact": {"top_business": False}}


@pytest.mark.parametrize(
    ("value", "known", "rules", "why"),
    [
        (12_000, {}, {}, WORTH),
        (12_000, {}, NOT_BY_WORTH, None),
        (5_000, {}, {}, None),
        (None, {}, {}, None),
        (None, {}, EVERYONE, ("every_customer", {})),
        (5_000, {"hic": True}, {}, ("named_by_company", {})),
        (12_000, {"hic": False}, {}, None),
        (12_000, {"hic": False}, EVERYONE, None),
        (5_000, {"hic_answers": HIC}, {}, ("five_questions", {"total": 8, "least": 7, **HIC})),
        (5_000, {"hic_answers": {**HIC, "loyalty": 0, "share_of_business": 1}}, {}, None),
        (12_000, {"hic_answers": HIC}, {}, ("five_questions", {"total": 8, "least": 7, **HIC})),
        (5_000, {"hic_total": 7}, {}, ("five_questions", {"total": 7, "least": 7})),
        (5_000, {"hic_total": 6}, {}, None),
    ],
)
def test_who_is_high_impact_and_why(value, known, rules, why):
    customer = Customer("ann", profile=Profile(annual_value=value, **known))
    said = reviewed(customer, a_world(a_policy(**rules)))
    assert customer.segment is not None
    assert (customer.segment.hic, customer.segment.hic_why and coded(customer.segment.hic_why)) == (why is not None, why)
    assert (Verdict.HIC_CHANGED in verdicts(said)) == (why is not None)


def test_who_is_no_longer_high_impact_is_told_so():
    customer, context = worth(5_000), a_world()
    customer.profile.hic = True
    reviewed(customer, context)
    customer.profile.hic = False
    [said, protection] = reviewed(customer, context, 1)
    assert (said.hic, coded(said.why), protection.protected) == (False, ("company_says_no", {}), False)


def test_tasks_are_for_the_high_impact_and_for_the_tiers_of_the_policy_as_of_the_time_of_the_fact():
    policy, b_too = a_policy(), a_policy(triggers={"tiers": ["A", "B"]})
    once_a = Customer("ann", segment=Segment("B", since=START + 9 * DAY, history=[(START, "A")]))
    assert segment.is_protected(once_a, START + DAY, policy)
    assert not segment.is_protected(once_a, START + 9 * DAY, policy)
    assert segment.is_protected(once_a, START + 9 * DAY, b_too)
    assert segment.is_protected(Customer("ann", segment=Segment("C", hic=True)), START, policy)
    assert not segment.is_protected(Customer("ann"), START, policy)
