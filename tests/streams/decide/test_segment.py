"""Given what is known of a customer, then tier, high-impact status and their reasons; and nothing where nothing changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.decisions import Tier, Verdict
from schemas.facts import CustomerProfiled, PurchaseMade, RenewalDated, SubscriptionChanged
from schemas.message import instant
from schemas.policy import Policy
from streams.decide import purchases, satisfaction, segment
from streams.decide.context import Context, Effects
from streams.decide.histogram import bucket, change
from streams.decide.percentiles import Histograms
from streams.decide.state import Answers, Customer, Profile, Segment, Spend, Thresholds, decode_customer, encode_customer
from tests.streams.decide.recovering import DAY, START, a_context, a_policy, answered, fact, verdicts

THRESHOLDS = Thresholds(3, 500, business_high=10_000, business_middle=1_000, satisfaction_high=90, satisfaction_middle=70)
HIC = {"share_of_business": 2, "risk_of_not_delivering": 2, "purchase_frequency": 1, "loyalty": 1, "level_of_expectation": 2}


def a_world(policy: Policy | None = None) -> Context:
    context = a_context(policy)
    context.thresholds = THRESHOLDS
    return context


def reviewed(customer: Customer, context: Context | None = None) -> list[Any]:
    """Review, and what it said."""
    context = context or a_world()
    context.effects = Effects()
    segment.review(customer, context)
    return [sent.message for sent in context.effects.sent]


def worth(value: float | None, at: float = START, **more: Any) -> Customer:
    return Customer("ann", heard_at=at, profile=Profile(annual_value=value), **more)


def profiled(after: float = 0.0, object_key: str = "account", source: str = "crm", **fields: Any) -> CustomerProfiled:
    made: CustomerProfiled = fact(CustomerProfiled, after, object_key, source=source, **fields)
    return made


def profile_after(*facts: CustomerProfiled) -> Profile:
    customer = Customer("ann")
    for each in facts:
        segment.on_profiled(customer, each, a_world())
    return customer.profile or Profile()


# -- what the company tells ---------------------------------------------------------------------------------------------------------


def test_what_a_profile_does_not_say_stays_as_it_was():
    profile = profile_after(profiled(name="Ann", annual_value=5, labels={"sales": "key"}), profiled(9, owner="Jo", labels={"it": "std"}))
    assert (profile.name, profile.annual_value, profile.owner) == ("Ann", 5, "Jo")
    assert profile.labels == {"sales": "key", "it": "std"}


def test_a_no_is_not_the_same_as_not_said():
    assert profile_after(profiled(hic=True), profiled(9, hic=False)).hic is False
    assert profile_after(profiled(hic=True), profiled(9)).hic is True
    assert profile_after(profiled(annual_value=5), profiled(9, annual_value=0)).annual_value == 0


def test_two_systems_that_count_their_versions_differently_are_both_heard():
    sales, service = profiled(0, source="sales", version=700, name="Ann"), profiled(9, source="service", version=3, owner="Jo", name="Anne")
    profile = profile_after(sales, service)
    assert (profile.name, profile.owner) == ("Anne", "Jo")


def test_what_another_system_said_earlier_fills_gaps_and_overwrites_nothing():
    late = profiled(0, source="service", name="A.", owner="Jo", labels={"service": "b", "sales": "x"}, hic_answers=HIC)
    profile = profile_after(profiled(9, source="sales", name="Ann", labels={"sales": "a"}), late)
    assert (profile.name, profile.owner, profile.hic_total) == ("Ann", "Jo", 8)
    assert profile.labels == {"sales": "a", "service": "b"}
    scored = profile_after(profiled(9, source="sales", hic_answers={**HIC, "loyalty": 2}), late)
    assert scored.hic_total == 9


def test_within_one_object_its_later_version_counts_whatever_its_time():
    assert profile_after(profiled(9, version=1, name="Ann"), profiled(0, version=2, name="Anne")).name == "Anne"


@given(st.permutations([("a", 1, "Ann"), ("b", 2, "Anne"), ("c", 3, "Anna")]))
def test_the_newest_profile_wins_in_whichever_order_several_systems_tell(order):
    assert profile_after(*(profiled(at, source=source, name=name) for source, at, name in order)).name == "Anna"


def test_labels_do_not_grow_without_end():
    profile = profile_after(*(profiled(n, labels={f"label {n}": "x"}) for n in range(200)))
    assert len(profile.labels) == segment.MOST_LABELS
    assert "label 199" in profile.labels


def test_a_subscription_says_what_the_customer_is_worth_and_a_renewal_when_it_ends():
    customer, context = Customer("ann"), a_world()
    segment.on_subscription_changed(customer, fact(SubscriptionChanged, annual_value=1_200), context)
    segment.on_subscription_changed(customer, fact(SubscriptionChanged), context)
    segment.on_renewal_dated(customer, fact(RenewalDated, renews_on=instant(START + 30 * DAY)), context)
    assert customer.profile is not None
    assert (customer.profile.annual_value, customer.profile.renews_at) == (1_200, START + 30 * DAY)


# -- what they are worth ------------------------------------------------------------------------------------------------------------


def test_what_the_company_says_counts_before_what_purchases_say():
    policy, spend = a_policy(), Spend(count=1, decayed=500.0, decayed_at=START)
    assert segment.business_value(Customer("ann", profile=Profile(annual_value=7.0), spend=spend), START, policy) == 7.0
    by_purchases = segment.business_value(Customer("ann", profile=Profile(), spend=spend), START, policy)
    assert by_purchases == pytest.approx(500 * 0.6931 * 365.25 / 180, rel=1e-3)
    assert segment.business_value(Customer("ann", profile=Profile(annual_value=0.0), spend=spend), START, policy) == 0.0
    assert segment.business_value(Customer("ann"), START, policy) is None


# -- tier ---------------------------------------------------------------------------------------------------------------------------


def test_a_change_of_tier_is_told_with_the_numbers_it_rests_on():
    customer = worth(12_000, answers=Answers(level=82.0))
    [tier, hic] = reviewed(customer)
    assert (tier.verdict, hic.verdict) == (Verdict.TIER_CHANGED, Verdict.HIC_CHANGED)
    assert tier.because == (
        "tier unknown to A: 12,000 EUR a year (high from 10,000, middle from 1,000), satisfaction 82 (high from 90, middle from 70)"
    )
    assert hic.because == "high-impact: tier A"
    assert tier.basis.thresholds == 3
    assert customer.segment == Segment("A", START, hic=True, hic_because="tier A", business=12_000, satisfaction=82.0, policy="test")


def test_without_an_answer_the_sentence_says_what_was_assumed():
    assert "satisfaction no answer yet, taken as middle" in reviewed(worth(12_000))[0].because


def test_where_nothing_changed_nothing_is_said_and_nothing_is_counted():
    customer, context = worth(12_000, answers=Answers(level=82.0)), a_world()
    reviewed(customer, context)
    before = encode_customer(customer)
    for _ in range(3):
        assert reviewed(customer, context) == []
        assert context.effects == Effects()
    assert encode_customer(customer) == before


def test_a_customer_of_whom_nothing_is_known_is_reviewed_without_a_word():
    customer = Customer("ann", heard_at=START)
    assert reviewed(customer) == []
    assert customer.segment is not None
    assert customer.segment.tier == "unknown"


def test_a_demotion_waits_and_then_says_so():
    customer, context = worth(12_000), a_world()
    reviewed(customer, context)
    customer.profile = Profile(annual_value=500.0)
    said = []
    for day in (1, 8, 14.9, 15):
        customer.heard_at = START + day * DAY
        said.append([m.because.partition(":")[0] for m in reviewed(customer, context)])
    assert said == [[], [], [], ["tier A to C", "no longer high-impact"]]


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from(["buys", "says", "is worth", "nothing"]), st.floats(0, 1)), max_size=40))
@settings(max_examples=60)
def test_the_histograms_hold_each_customer_in_the_bucket_of_their_present_value(steps):
    """What goes out is what came in: after any story, one value is left, and it is the one that tiers are judged by."""
    customer, context, histograms, after = Customer("ann"), a_world(), Histograms(), 0.0
    for number, (days, what, share) in enumerate(steps):
        after += days * DAY
        customer = decode_customer(encode_customer(customer))
        customer.heard_at, context.effects = START + after, Effects()
        if what == "buys":
            purchases.on_purchase(customer, fact(PurchaseMade, after, f"o{number}", amount=share * 900 - 100), context)
        elif what == "says":
            satisfaction.on_answer(customer, answered(int(share * 10), after, f"r{number}"), context)
        elif what == "is worth":
            customer.profile = Profile(annual_value=share * 50_000 - 5_000)
        segment.review(customer, context)
        for changed in context.effects.metric_changes:
            histograms.apply(changed)
        business = segment.business_value(customer, customer.heard_at, context.policy)
        assert histograms.business == counted(business)
        assert histograms.satisfaction == counted(satisfaction.level(customer.answers, context.policy))


def counted(value: float | None) -> dict[int, int]:
    counts: dict[int, int] = {}
    if value is not None:
        change(counts, bucket(value), 1)
    return counts


# -- high-impact --------------------------------------------------------------------------------------------------------------------

EVERYONE = {"high_impact": {"everyone": True}}
NOT_TIER_A = {"high_impact": {"tier_a": False}}


@pytest.mark.parametrize(
    ("value", "profile", "rules", "because"),
    [
        (12_000, {}, {}, "tier A"),
        (12_000, {}, NOT_TIER_A, None),
        (5_000, {}, {}, None),
        (None, {}, {}, None),
        (None, {}, EVERYONE, "every customer is"),
        (5_000, {"hic": True}, {}, "named by the company"),
        (12_000, {"hic": False}, {}, None),
        (12_000, {"hic": False}, EVERYONE, None),
        (5_000, {"hic_total": 7}, {}, "the five questions total 7 of 10 (from 7 on)"),
        (5_000, {"hic_total": 6}, {}, None),
        (12_000, {"hic_total": 9}, {}, "the five questions total 9 of 10 (from 7 on)"),
    ],
)
def test_who_is_high_impact_and_why(value, profile, rules, because):
    customer = Customer("ann", heard_at=START, profile=Profile(annual_value=value, **profile))
    said = reviewed(customer, a_world(a_policy(**rules)))
    assert customer.segment is not None
    assert (customer.segment.hic, customer.segment.hic_because) == (because is not None, because)
    assert (Verdict.HIC_CHANGED in verdicts(said)) == (because is not None)


def test_who_is_no_longer_high_impact_is_told_so():
    customer, context = worth(5_000), a_world()
    customer.profile.hic = True
    reviewed(customer, context)
    customer.profile.hic = False
    [said] = reviewed(customer, context)
    assert said.because == "no longer high-impact: none of the reasons holds any longer"


def test_tasks_are_for_the_high_impact_and_for_the_tiers_of_the_policy_as_of_the_time_of_the_fact():
    policy, b_too = a_policy(), a_policy(triggers={"tiers": ["A", "B"]})
    once_a = Customer("ann", segment=Segment("B", since=START + 9 * DAY, history=[(START, "A")]))
    assert segment.is_protected(once_a, START + DAY, policy)
    assert not segment.is_protected(once_a, START + 9 * DAY, policy)
    assert segment.is_protected(once_a, START + 9 * DAY, b_too)
    assert segment.is_protected(Customer("ann", segment=Segment("C", hic=True)), START, policy)
    assert not segment.is_protected(Customer("ann"), START, policy)


def test_the_policy_that_tier_and_status_were_judged_under_is_noted():
    customer = worth(5_000)
    reviewed(customer)
    reviewed(customer, a_world(a_policy(version="next")))
    assert customer.segment is not None
    assert customer.segment.policy == "next"
    assert customer.segment.tier == Tier.B
