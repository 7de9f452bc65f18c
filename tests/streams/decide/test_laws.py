"""Laws of standing, satisfaction, phrases and churn, for whatever numbers and words come."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.config import policy_file
from schemas.decisions import Level, Tier
from schemas.facts import PurchaseMade, SurveyAnswered
from streams.decide import churn, histogram, purchases, satisfaction
from streams.decide.aspect import NEVER
from streams.decide.phrases import Lexicon
from streams.decide.rhythm import longer
from streams.decide.signals import rarity, silence, ticket_burst
from streams.decide.state import Customer, Segment, Signal, Spend, Thresholds, Why
from streams.decide.tier import DAY, RANK, enter, place, tier_after, tier_at
from streams.decide.value import annual_spend
from tests.streams.decide.recovering import a_context

POLICY = policy_file.load(None)
THRESHOLDS = Thresholds(1, 1000, 50_000, 5_000, 90, 70)
MONEY = st.floats(-1e6, 1e6, allow_nan=False)
SCORE = st.floats(0, 100, allow_nan=False)
LEXICON = Lexicon(POLICY)


@given(st.lists(MONEY, min_size=1), st.lists(MONEY))
def test_what_is_taken_out_of_a_histogram_was_never_in_it(stay, go):
    kept, both = {}, {}
    for value in stay:
        histogram.change(kept, histogram.bucket(value), 1)
        histogram.change(both, histogram.bucket(value), 1)
    for value in go:
        histogram.change(both, histogram.bucket(value), 1)
    for value in go:
        histogram.change(both, histogram.bucket(value), -1)
    assert both == kept


@given(st.lists(st.floats(0.02, 1e7), min_size=1), st.floats(0.01, 0.99))
def test_a_quantile_lies_within_two_percent_of_the_true_one(values, share):
    counts: dict[int, int] = {}
    for value in values:
        histogram.change(counts, histogram.bucket(value), 1)
    true = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    assert histogram.quantile(counts, share) == pytest.approx(true, rel=0.021)


@given(MONEY, MONEY, SCORE, SCORE)
def test_more_business_or_more_satisfaction_never_lowers_the_tier(less, more, sadder, happier):
    less, more, sadder, happier = *sorted((less, more)), *sorted((sadder, happier))
    assert RANK[place(less, sadder, THRESHOLDS, POLICY)] <= RANK[place(more, happier, THRESHOLDS, POLICY)]


def test_without_a_business_value_the_tier_is_unknown_and_not_c():
    assert place(None, 100, THRESHOLDS, POLICY) is Tier.UNKNOWN


@given(st.lists(st.floats(41_000, 60_000), min_size=2, max_size=40))
def test_values_between_exit_and_entry_never_move_a_tier_down(values):
    segment = Segment(tier="A", since=0)
    for day, value in enumerate(values):
        assert tier_after(segment, value, 80, day * DAY, THRESHOLDS, POLICY, may_fall=True) is Tier.A


def test_a_demotion_waits_and_a_promotion_does_not():
    segment = Segment(tier="A", since=0)
    falls = 10 + POLICY.tiers.dwell_days
    assert tier_after(segment, 1_000, 80, 10 * DAY, THRESHOLDS, POLICY, may_fall=True) is Tier.A
    assert tier_after(segment, 1_000, 80, (falls - 1) * DAY, THRESHOLDS, POLICY, may_fall=True) is Tier.A
    assert tier_after(segment, 1_000, 80, (falls + 1) * DAY, THRESHOLDS, POLICY, may_fall=True) is not Tier.A
    assert tier_after(Segment(tier="C"), 90_000, 80, 0, THRESHOLDS, POLICY, may_fall=False) is Tier.A


def test_a_late_fact_is_judged_by_the_tier_of_its_own_time():
    segment = Segment()
    for tier, at in ((Tier.C, 100.0), (Tier.A, 200.0), (Tier.B, 300.0)):
        enter(segment, tier, at)
    assert [tier_at(segment, at) for at in (50, 150, 250, 350)] == [Tier.C, Tier.C, Tier.A, Tier.B]


def _bought(amounts: list[tuple[str, int, float]]) -> Spend:
    customer, context = Customer("ann"), a_context()
    for number, (order, hour, amount) in enumerate(amounts):
        at = f"2026-01-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z"
        fact = {"id": f"f{number}", "source": "shop", "object": order, "occurred_at": at, "customer": {"id": "ann"}, "amount": amount}
        purchases.on_purchase(customer, PurchaseMade.model_validate(fact), context)
    return customer.spend or Spend()


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0.01, 1000)), min_size=1, max_size=7), st.randoms())
def test_an_amended_order_counts_as_if_only_its_last_version_had_come(orders, chance):
    final = [(f"o{n}", hour, amount) for n, (hour, amount) in enumerate(orders)]
    first = [(order, hour, chance.uniform(1, 1000)) for order, hour, _ in final]
    amended, direct = _bought(first + final), _bought(final)
    at = max(amended.decayed_at, direct.decayed_at)
    assert annual_spend(amended, at, POLICY) == pytest.approx(annual_spend(direct, at, POLICY), rel=1e-6, abs=1e-6)


def _satisfied(answers: list[tuple[int, int]]) -> float | None:
    customer, context = Customer("ann"), a_context()
    for hour, raw in answers:
        fact = {
            "id": f"f{hour}",
            "source": "s",
            "object": f"o{hour}",
            "occurred_at": f"2026-01-01T{hour:02d}:00:00Z",
            "customer": {"id": "ann"},
        }
        satisfaction.on_answer(customer, SurveyAnswered.model_validate(fact | {"score": {"metric": "nps", "raw": raw}}), context)
    return satisfaction.level(customer.answers, context.policy)


@given(st.dictionaries(st.integers(0, 23), st.integers(0, 10), min_size=1, max_size=8), st.randoms())
def test_the_same_answers_in_any_order_and_twice_give_the_same_satisfaction(answers, chance):
    ordered = sorted(answers.items())
    shuffled = ordered * 2
    chance.shuffle(shuffled)
    assert _satisfied(shuffled) == pytest.approx(_satisfied(ordered))


@given(st.text(max_size=400))
def test_a_lexicon_answers_any_text(text):
    for phrase, _ in LEXICON.intents(text).values():
        assert phrase


@pytest.mark.parametrize(
    ("said", "intent", "negated"),
    [
        ("We will cancel our contract.", "cancel", False),
        ("I would never cancel my subscription", "cancel", True),
        ("Wir KÜNDIGEN den Vertrag", "cancel", False),
        ("Das wird storniert, wir sind unkündbar", None, False),
        ("解約したい", "cancel", False),
        ("we are switching to a competitor", "competitor", False),
    ],
)
def test_phrases_are_found_at_the_start_of_a_word_and_negation_only_lowers(said, intent, negated):
    found = LEXICON.intents(said)
    assert (intent in found and found[intent][1] is negated) if intent else "cancel" not in found


def test_the_poisson_tail_is_what_adding_it_up_gives():
    for expected in (0.1, 1.0, 4.2):
        direct = [math.exp(-expected) * expected**k / math.factorial(k) for k in range(12)]
        for count in range(1, 10):
            assert ticket_burst.tail(count, expected) == pytest.approx(1 - sum(direct[:count]), abs=1e-9)


@given(st.integers(2, 60), st.integers(2, 60), st.floats(0.2, 0.9))
def test_silence_counts_from_the_moment_that_all_of_its_conditions_ask_for(times, gap, mark):
    spend, watch = Spend(times + 1, 0, times * gap, 1), silence.watch_of(POLICY)
    rules, counts = POLICY.churn.silence, silence.counts_from(spend, watch)
    silent = counts / DAY - spend.last_day
    assert silent >= max(rules.floor_days, rules.least_gaps * gap) + 1
    known = silence.bought(spend)
    assert longer(watch.population, known, counts / DAY) <= rules.rarer_than
    at = silence.reaches(spend, mark, counts, watch)
    if at != NEVER:
        assert silence.chance_of_nothing(spend, at, POLICY) >= mark
        assert at <= counts + 2 * DAY or silence.chance_of_nothing(spend, at - 2 * 3_600, POLICY) <= mark


@given(st.floats(1e-12, 1), st.floats(1e-12, 1))
def test_what_is_rarer_is_never_less_telling(a, b):
    assert rarity(min(a, b), 0.02) >= rarity(max(a, b), 0.02)


SEEN = Why("leave_phrase")
SIGNALS = st.dictionaries(st.sampled_from(sorted(churn.CAUSE_OF)), st.floats(0, 1), max_size=6)


@given(SIGNALS, st.sampled_from(sorted(churn.CAUSE_OF)), st.floats(0, 1), st.floats(0, 400))
def test_a_stronger_signal_never_lowers_the_chance_and_age_never_raises_it(strengths, name, more, days):
    weaker = Customer("ann", signals={n: Signal(s, 0.0, SEEN) for n, s in strengths.items()})
    stronger = Customer("ann", signals={**weaker.signals, name: Signal(max(more, strengths.get(name, 0)), 0.0, SEEN)})
    before = churn.combined(churn.strongest(weaker, 0, POLICY), POLICY)
    assert POLICY.churn.leak - 1e-9 <= before <= 1
    assert churn.combined(churn.strongest(stronger, 0, POLICY), POLICY) >= before - 1e-12
    assert churn.combined(churn.strongest(weaker, days * DAY, POLICY), POLICY) <= before + 1e-12


@given(st.floats(0.26, 0.54), st.floats(0.26, 0.54))
def test_a_chance_that_wavers_within_the_margin_does_not_move_the_level(a, b):
    held = churn.level_of(0.40, None, POLICY)
    assert held is Level.WATCH
    assert churn.level_of(a, held, POLICY) is churn.level_of(b, held, POLICY) is held


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_fact_reaches_exactly_one_customer_however_links_and_facts_cross(seed):
    """Four partitions, records taken from them in any order: each fact is applied once if any of its aliases is ever linked."""
    from tests.streams.crossing import Crossing

    chance = random.Random(seed)
    aliases = [f"email:a{n}@example.com" for n in range(5)]
    world, facts, linked = Crossing(chance), {}, set()
    for number in range(12):
        names = chance.sample(aliases, chance.randrange(1, 5))
        facts[f"f{number}"] = names
        world.send_fact(f"f{number}", names)
        if chance.random() < 0.4:
            alias = chance.choice(aliases)
            linked.add(alias)
            world.link(f"c{aliases.index(alias)}", alias)
        world.some_steps()
    world.all_steps()
    for fact, names in facts.items():
        reached = set(names) & linked
        # Learning: a fact that reached a customer teaches its other aliases too, so more may be linked than were told.
        applied, waiting = world.applied.count(fact), fact in world.waiting
        assert applied + waiting == 1, (fact, names, applied, waiting)
        if reached:
            assert applied == 1
