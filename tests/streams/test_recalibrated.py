"""Customers through the real fold, under a policy that states their chances wrongly: what came of them sets right what is shown of everybody."""

from __future__ import annotations

import json
import math
import random
from functools import cache
from typing import Any

import pytest

from schemas.message import instant
from schemas.policy import Policy
from schemas.traffic import PolicyAdopted
from streams.decide.forecast import ENOUGH, has_bought, is_asked
from streams.decide.outcomes import NONE
from streams.decide.purchases import came
from streams.decide.signal_state import Forecast
from streams.decide.state import Spend
from streams.decide.table import CUSTOMERS
from streams.engine.partitioner import partition_of
from streams.offline import Offline

DAY = 86_400.0
START = 1_767_225_600.0  # 2026-01-01 00:00 UTC
PARTITIONS = 2
LASTS = 700
"""Days."""
MISFIT = {"silence": {"rhythm": {"odds": 8.0}}}
"""Of one who stays and one who goes it says that eight go."""


def a_policy(**churn: Any) -> Policy:
    return Policy.model_validate({"version": "test", "high_impact": {"everyone": True}, "churn": {**MISFIT, **churn}})


class Town:
    """Customers who buy about every 40 days, and of whom one in twenty leaves after each purchase, day by day."""

    def __init__(self, policy: Policy, customers: int = 60) -> None:
        self.outputs: list[Any] = []
        self.machine = Offline(policy, PARTITIONS, self.outputs.append)
        self.policy, self.number, chance = policy, 0, random.Random(7)
        buys = sorted((day, f"c{number}") for number in range(customers) for day in purchases(chance))
        for day in range(LASTS):
            self.machine.advance(START + day * DAY)
            while buys and buys[0][0] < day + 1:
                self.buy(*buys.pop(0))

    def buy(self, day: float, who: str) -> None:
        self.number += 1
        fact = {"type": "purchase.made", "id": f"f{self.number}", "source": "shop", "object": f"o{self.number}", "amount": 50.0}
        fact |= {"occurred_at": instant(START + day * DAY).isoformat(), "customer": {"id": who}}
        self.feed("commerce", who, fact)

    def feed(self, topic: str, who: str, message: dict[str, Any]) -> None:
        self.machine.feed(topic, partition_of(who, PARTITIONS), who.encode(), json.dumps(message).encode())

    def adopt(self, policy: Policy) -> None:
        told = PolicyAdopted(policy=policy).model_dump_json().encode()
        for partition in range(PARTITIONS):
            self.machine.feed("policies", partition, b"", told)

    def corrections(self) -> list[Any]:
        return [partition.context.correction for partition in self.machine.partitions]

    def forecasts(self) -> dict[str, Forecast | None]:
        return {key[2:].decode(): CUSTOMERS.decode(raw).forecast for _, key, raw in self.machine.state() if key.startswith(b"c:")}

    def alerts(self) -> list[dict[str, Any]]:
        return [json.loads(output.value) for output in self.outputs if output.topic == "alerts" and output.value]


def purchases(chance: random.Random) -> list[float]:
    days, day = [], chance.uniform(0, 60)
    while day < LASTS:
        days.append(day)
        if chance.random() < 0.05:
            break
        day += chance.expovariate(1 / 40)
    return days


@cache
def town(*, on: bool = True) -> Town:
    return Town(a_policy(recalibrate={"on": on}))


def counted(where: Town) -> dict[int, tuple[int, int]]:
    """By step of the odds: how many chances were stated, and of how many it happened."""
    found: dict[int, tuple[int, int]] = {}
    for partition in where.machine.partitions:
        for steps in partition._corrections._counts.quarters.values():
            for step, (stated, happened) in steps.items():
                before = found.get(step, (0, 0))
                found[step] = before[0] + stated, before[1] + happened
    return found


def test_every_partition_corrects_alike_and_in_the_direction_of_what_happened():
    one, other = town().corrections()
    assert one == other != NONE
    assert one.of(0.7) < 0.5


def test_the_corrected_chances_are_nearer_to_what_happened():
    counts, correction = counted(town()), town().corrections()[0]
    total, happened = (sum(column) for column in zip(*counts.values(), strict=True))
    stated = sum(count / (1 + math.exp(-step / 4)) for step, (count, _) in counts.items()) / total
    corrected = sum(count * correction.of(1 / (1 + math.exp(-step / 4))) for step, (count, _) in counts.items()) / total
    assert abs(stated - happened / total) > 0.15
    assert abs(corrected - happened / total) < 0.08


def test_an_alert_shows_the_corrected_chance_with_the_one_of_the_rhythm_and_its_parts_add_up_to_it():
    shown = [alert for alert in town().alerts() if any("chance_by_rhythm" in signal["why"]["values"] for signal in alert["signals"])]
    assert shown
    for alert in shown:
        assert alert["without_signals"] + sum(signal["share"] for signal in alert["signals"]) == pytest.approx(alert["chance"])
        for signal in alert["signals"]:
            values = signal["why"]["values"]
            if signal["name"] == "silence" and "chance_by_rhythm" in values:
                assert signal["strength"] == pytest.approx(values["chance"], abs=1e-4)
                assert values["chance"] < values["chance_by_rhythm"]


def test_fewer_alerts_are_raised_for_nothing():
    raised = [sum(alert["version"] == 1 for alert in town(on=on).alerts()) for on in (True, False)]
    assert 0 < raised[0] < raised[1]


def test_the_same_again_gives_the_same_byte_for_byte():
    again = Town(town().policy)
    assert [*again.machine.state()] == [*town().machine.state()]
    assert again.outputs == town().outputs


def test_where_the_policy_wants_none_nothing_is_noted_of_anybody():
    assert town(on=False).corrections() == [NONE, NONE]
    assert not any(town(on=False).forecasts().values())


def test_another_rhythm_begins_uncorrected_and_what_was_stated_by_the_old_one_is_not_counted():
    changed = Town(a_policy())
    changed.adopt(a_policy(silence={"rhythm": {"a": 0.5}}))
    assert changed.corrections() == [NONE, NONE]
    changed.machine.advance(START + (LASTS + 61) * DAY)
    assert changed.corrections() == [NONE, NONE]
    before = counted(town())
    assert counted(changed) == before
    changed.machine.advance(START + (LASTS + 123) * DAY)
    assert counted(changed) != before


def test_who_is_erased_takes_their_forecast_along():
    smaller = Town(a_policy(), customers=4)
    open_ones = [name for name, forecast in smaller.forecasts().items() if forecast is not None]
    assert open_ones
    before, at = counted(smaller), instant(START + LASTS * DAY).isoformat()
    for name in open_ones:
        asked = {"type": "erasure.requested", "id": name, "source": "crm", "object": name, "occurred_at": at, "customer": {"id": name}}
        smaller.feed("customers", name, asked)
    smaller.machine.advance(START + (LASTS + 61) * DAY)
    assert counted(smaller) == before


@pytest.mark.parametrize("population", [0, ENOUGH, 5 * ENOUGH, 50 * ENOUGH])
def test_of_many_customers_about_enough_are_asked_and_they_are_the_same_as_there_were_among_fewer(population):
    names = [f"c{number}" for number in range(20_000)]
    asked = {name for name in names if is_asked(name, population)}
    assert len(asked) == pytest.approx(min(1.0, ENOUGH / max(1, population)) * len(names), rel=0.1)
    assert asked >= {name for name in names if is_asked(name, 2 * population)}


# -- what counts as bought --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "bought"),
    [
        ((), False),
        ((1,), True),
        ((60,), True),
        ((61,), False),
        ((3, 60, 61, 75), True),
        ((59, 120), True),
        ((90,), None),
        ((-20, -40), False),
    ],
    ids=[
        *("nothing", "the_next_day", "the_last_day", "a_day_late", "within_and_late", "within_and_long_after"),
        *("so_long_after_that_nobody_knows", "before_and_told_since"),
    ],
)
def test_of_what_was_bought_only_the_days_within_the_horizon_count_however_late_it_is_asked(days, bought):
    """The forecast is of day 100, after purchases on days 10, 30 and 100; its horizon ends with day 160."""
    spend = Spend()
    for day in (10, 30, 100, *(100 + day for day in days)):
        came(spend, day)
    assert has_bought(spend, Forecast(160 * DAY, 1, 0.5, 100.4 * DAY), a_policy()) is bought


def test_of_a_long_horizon_what_was_bought_early_in_it_counts_too():
    policy = a_policy(silence=a_policy().churn.silence.model_copy(update={"horizon_days": 180}))
    spend = Spend()
    for day in (10, 30, 100, 110, 270):
        came(spend, day)
    assert has_bought(spend, Forecast(280 * DAY, 1, 0.5, 100.4 * DAY), policy) is True
