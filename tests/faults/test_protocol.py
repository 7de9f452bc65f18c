"""Whatever of a transaction comes late, nothing is lost, torn or there twice: some of the seeded trials that `make test-protocol` has more of."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.faults.protocol.plan import Kind
from tests.faults.protocol.trial import ground, trials

pytestmark = [pytest.mark.faults, pytest.mark.alone, pytest.mark.broker, pytest.mark.timeout(3600)]

TRIALS = 20
TRIALS_WITHOUT = 60
"""With the rule switched off, so many at most: one in six, or more, does damage, and the first ends the test."""
SIDE_BY_SIDE = 10


def test_requests_and_answers_that_come_up_to_30_s_late_lose_tear_and_repeat_nothing(tmp_path, seed):
    async def run() -> None:
        async with ground(tmp_path) as at, aclosing(trials(at, range(seed, seed + TRIALS), SIDE_BY_SIDE)) as outcomes:
            found = [outcome async for outcome in outcomes]
        for outcome in found:
            print(outcome)
        assert [str(outcome) for outcome in found if not outcome.sound] == []
        assert len(found) == TRIALS
        assert sum(outcome.restarts for outcome in found) > 0, "no outcome was ever unknown: nothing was tried"

    asyncio.run(run())


def test_with_the_rule_switched_off_a_late_end_does_damage(tmp_path, seed):
    """What the rule is for, and that the comparison notices. Should this ever fail, the client or the broker has learned it."""

    async def run() -> None:
        away = ground(tmp_path, with_rule=False, only=Kind.END_TXN)
        async with away as at, aclosing(trials(at, range(seed, seed + TRIALS_WITHOUT), SIDE_BY_SIDE)) as outcomes:
            async for outcome in outcomes:
                print(outcome)
                if not outcome.sound:
                    return
        raise AssertionError(f"{TRIALS_WITHOUT} trials did no damage")

    asyncio.run(run())
