"""The time-table of retries, and of the circuit breaker, with a clock wound by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.circuit_breaker import CircuitBreaker, CircuitState
from handlers.retry_policy import RetryPolicy


def retry_policy(chance: float = 1.0) -> RetryPolicy:
    return RetryPolicy(first_s=2, longest_s=900, longest_asked_s=3600, give_up_after_s=86_400, jitter=lambda: chance)


def test_pauses_double_up_to_the_longest():
    assert [retry_policy().pause(n) for n in range(1, 12)] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_chance_halves_a_pause_at_most():
    assert [retry_policy(0.0).pause(n) for n in (1, 2, 12)] == [1, 2, 450]


@pytest.mark.parametrize(("attempt", "asked", "pause"), [(1, 60, 60), (1, 0.5, 2), (12, 60, 900), (1, 99_999, 3600), (1, None, 2)])
def test_a_longer_pause_that_is_asked_for_is_granted_within_reason(attempt, asked, pause):
    assert retry_policy().pause(attempt, asked) == pause


@given(st.integers(1, 10_000), st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1e9)))
def test_a_pause_is_always_positive_and_bounded(attempt, chance, asked):
    assert 1 <= retry_policy(chance).pause(attempt, asked) <= 3600


def test_retrying_is_over_after_its_time():
    assert not retry_policy().is_over(0, 86_399)
    assert retry_policy().is_over(0, 86_400)


def test_the_circuit_opens_after_failures_in_a_row_only(clock):
    breaker = CircuitBreaker(3, 30, clock)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.answered()
    assert breaker.circuit is CircuitState.CLOSED


def test_the_circuit_is_open_for_its_rest_then_half_open_then_closed_by_an_answer(clock):
    breaker = CircuitBreaker(3, 30, clock)
    for _ in range(3):
        breaker.failed()
    assert (breaker.circuit, breaker.cooldown_s()) == (CircuitState.OPEN, 30)
    clock.wind(29.9)
    assert breaker.circuit is CircuitState.OPEN
    clock.wind(0.2)
    assert (breaker.circuit, breaker.cooldown_s()) == (CircuitState.HALF_OPEN, 0)
    breaker.answered()
    assert (breaker.circuit, breaker.failures) == (CircuitState.CLOSED, 0)


def test_a_failure_when_half_open_opens_it_again_at_once(clock):
    breaker = CircuitBreaker(3, 30, clock)
    for _ in range(3):
        breaker.failed()
    clock.wind(31)
    breaker.failed()
    assert (breaker.circuit, breaker.cooldown_s()) == (CircuitState.OPEN, 30)


def test_a_pause_that_the_destination_asks_for_opens_it_for_so_long(clock):
    breaker = CircuitBreaker(5, 30, clock)
    breaker.failed(7)
    assert (breaker.circuit, breaker.cooldown_s()) == (CircuitState.OPEN, 7)
