"""Promises of fading: what is known of an earlier look only saves work, and what is done with fast comes to the same."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import Level
from schemas.message import instant
from streams.decide.aspect import NEVER
from streams.decide.churn import FADED, TO_THE_MINUTE, fade, faded, review_at, strengths, strongest
from streams.decide.context import Context
from streams.decide.phrases import lexicon_of
from streams.decide.state import Customer, Signal, Thresholds, Why
from streams.decide.wording import moment
from tests.streams.decide.recovering import DAY, START, a_policy

POLICY = a_policy()
NAMES = ("low_satisfaction", "silence", "leave_phrase", "ticket_burst", "undelivered")
signals = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        lambda strength, age, lasts: Signal(strength, START - age * DAY, Why("x"), 0, lasts),
        st.floats(0, 1),
        st.floats(0, 400),
        st.booleans(),
    ),
    max_size=4,
)


@given(signals, st.sampled_from(list(Level)), st.floats(0, 300), signals)
def test_when_an_alert_ends_is_the_same_to_the_minute_whether_an_earlier_look_is_known_or_not(seen, level, later, others):
    at = START + later * DAY
    for known in (review_at(Customer(id="c", signals=some), START, level, POLICY) for some in (seen, others)):
        customer = Customer(id="c", signals=seen)
        anew, found = review_at(customer, at, level, POLICY, NEVER), review_at(customer, at, level, POLICY, known)
        assert found == anew or abs(found - anew) <= TO_THE_MINUTE


@given(st.floats(0.7, 1), signals, st.floats(0, 1))
def test_when_an_alert_ends_stays_the_same_while_nothing_happens(strength, others, share):
    fading = {name: Signal(signal.strength, signal.seen_at, signal.why) for name, signal in others.items()}
    customer = Customer(id="c", signals=fading | {"leave_phrase": Signal(strength, START, Why("x"))})
    ends = review_at(customer, START, Level.WATCH, POLICY)
    assert ends != NEVER
    assert review_at(customer, START + share * (ends - START - 2 * TO_THE_MINUTE), Level.WATCH, POLICY, ends) == ends


@given(signals, st.floats(0, 1000))
def test_what_has_faded_is_forgotten_and_nothing_else(seen, later):
    at = START + later * DAY
    customer = Customer(id="c", signals=dict(seen))
    fade(customer, None, Context(policy=POLICY, lexicon=lexicon_of(POLICY), thresholds=Thresholds(), partition=0, now=at))
    assert customer.signals == {name: signal for name, signal in seen.items() if faded(signal, at, POLICY) >= FADED}


@given(signals, st.floats(0, 300))
def test_of_each_cause_the_strongest_counts_as_strong_as_it_is_by_then(seen, later):
    at = START + later * DAY
    customer = Customer(id="c", signals=seen)
    assert max(strongest(customer, at, POLICY), default=0.0) == max(strengths(customer, at, POLICY).values(), default=0.0)


@given(st.integers(-2_208_988_800_000, 7_258_118_399_999))
def test_an_instant_is_written_as_the_library_writes_it(milliseconds):
    at = milliseconds / 1000
    assert moment(at) == instant(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert datetime.fromisoformat(moment(at)) == instant(at)
