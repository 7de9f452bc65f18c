"""Inputs are several topics: what a fetch brings of them is decided in the order in which it came."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.transport import TOGETHER_MS, by_arrival

TOPICS = ("customers", "feedback", "commerce")


class Came(NamedTuple):
    offset: int
    timestamp: int


def rank(tp: TP) -> int:
    return TOPICS.index(tp.topic)


def fetched(**topics: list[int]):
    return [(TP(topic, 0), [Came(offset, at) for offset, at in enumerate(times)]) for topic, times in topics.items()]


def told(parted) -> list[tuple[str, int]]:
    return [(tp.topic, record.timestamp) for tp, records in parted for record in records]


def test_who_a_customer_is_comes_before_what_they_say_at_the_same_moment():
    assert told(by_arrival(fetched(feedback=[1010], customers=[1020]), rank)) == [("customers", 1020), ("feedback", 1010)]


def test_a_complaint_that_came_long_before_stays_before():
    assert told(by_arrival(fetched(customers=[9000], feedback=[1000]), rank)) == [("feedback", 1000), ("customers", 9000)]


def test_a_backlog_of_many_profiles_and_complaints_goes_through_time_and_not_through_topics():
    parted = by_arrival(fetched(feedback=[1000, 2000, 3000], customers=[1000, 2000, 3000]), rank)
    assert [tp.topic for tp, _ in parted] == ["customers", "feedback"] * 3


times = st.lists(st.integers(0, 2000), max_size=30)


@given(st.fixed_dictionaries(dict.fromkeys(TOPICS, times)))
def test_all_comes_once_and_no_topic_changes_its_order(topics):
    whole = fetched(**{topic: found for topic, found in topics.items() if found})
    if not whole:
        return
    parted = by_arrival(whole, rank)
    assert all(records for _, records in parted)
    for tp, records in whole:
        assert [record for of, some in parted if of == tp for record in some] == records


@given(st.fixed_dictionaries({topic: times.map(sorted) for topic in TOPICS}))
def test_moments_never_go_back_and_within_one_topics_keep_their_order(topics):
    whole = fetched(**{topic: found for topic, found in topics.items() if found})
    places = [(at // TOGETHER_MS, TOPICS.index(topic)) for topic, at in told(by_arrival(whole, rank))] if whole else []
    assert all(before <= after for before, after in pairwise(places))
