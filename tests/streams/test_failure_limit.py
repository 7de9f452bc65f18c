"""A deploy whose decisions fail stops; scattered failures do not."""

from __future__ import annotations

import pytest

from streams.engine.contract import StopWorker
from streams.failure_limit import FailureLimit


def test_a_run_of_failures_stops_the_worker_and_says_what_to_do():
    guard = FailureLimit(run=3)
    guard.failed("boom")
    guard.failed("boom")
    with pytest.raises(StopWorker, match="3 decisions in a row raised an error, the last: boom.*Repair or roll back"):
        guard.failed("boom")


def test_failures_between_successes_do_not_stop_it():
    guard = FailureLimit(run=3, share=0.5)
    for _ in range(1000):
        guard.failed("boom")
        guard.passed()
        guard.passed()


def test_a_large_share_of_failures_stops_it_even_without_a_run():
    guard = FailureLimit(run=1000, share=0.2, window=100)
    with pytest.raises(StopWorker, match="of the last 100 decisions"):
        for _ in range(1000):
            guard.failed("boom")
            guard.passed()
            guard.passed()
