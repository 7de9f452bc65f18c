"""Purchases and use halved against the customer's own rate, through the real fold; and the arithmetic of it."""

from __future__ import annotations

import math

import pytest

from schemas.policy_signals import Halved
from streams.decide.signal_state import Days
from streams.decide.trend import halved, so_few, within
from tests.streams.history import History
from tests.streams.seen import told

DAY = 24
KINDS = {"purchases_halved": ("purchase.made", {"amount": 50.0}), "usage_halved": ("usage.recorded", {"quantity": 3.0})}
each_kind = pytest.mark.parametrize("name", KINDS)


def on_days(history: History, name: str, days) -> None:
    kind, fields = KINDS[name]
    for day in days:
        history.fact(kind, day * DAY, **fields)


def told_of(history: History, name: str) -> list[dict]:
    return [signal for alert in history.on("alerts") for signal in alert["signals"] if signal["name"] == name]


@each_kind
def test_half_as_many_days_as_usual_are_a_sign_with_the_numbers_to_recompute_it(name):
    history = told(step_h=12)
    on_days(history, name, range(0, 200, 4))
    assert told_of(history, name) == []
    on_days(history, name, range(208, 272, 14))
    signal = told_of(history, name)[-1]
    values = signal["why"]["values"]
    assert 2 * values["count"] <= values["expected"]
    assert values["window_days"] == 56
    assert values["chance"] <= 0.01
    assert 0.1 <= signal["strength"] <= 0.2


@each_kind
def test_who_keeps_their_rate_is_never_told(name):
    history = told(step_h=12)
    on_days(history, name, range(0, 300, 5))
    assert told_of(history, name) == []


@each_kind
def test_what_began_not_long_ago_is_no_trend(name):
    history = told(step_h=12)
    on_days(history, name, [*range(0, 30, 2), 60, 80])
    assert told_of(history, name) == []


@each_kind
def test_who_comes_as_often_again_is_told_no_longer(name):
    history = told(step_h=12)
    on_days(history, name, [*range(0, 200, 4), *range(208, 265, 14), *range(266, 330, 3)])
    assert told_of(history, name)
    assert name not in history.signals()


def test_several_purchases_of_a_day_are_one_and_a_return_is_none():
    history = told(step_h=12)
    on_days(history, "purchases_halved", [*range(0, 200, 4), *range(208, 272, 14)])
    before = told_of(history, "purchases_halved")[-1]
    history.fact("purchase.made", 264 * DAY + 2, amount=-50.0)
    for hour in range(3, 9):
        history.fact("purchase.made", 264 * DAY + hour, amount=50.0)
    assert told_of(history, "purchases_halved")[-1]["why"] == before["why"]


def test_use_that_stops_is_found_by_the_clock():
    history = told(step_h=12)
    on_days(history, "usage_halved", range(0, 200, 2))
    history.pass_time(225 * DAY)
    assert told_of(history, "usage_halved") == []
    history.pass_time(227 * DAY)
    assert told_of(history, "usage_halved")[0]["why"]["values"]["count"] <= 14
    history.fact("survey.sent", 800 * DAY)
    assert history.signals() == {}


@each_kind
def test_alone_it_raises_no_alert_at_the_built_in_settings(name):
    history = History()
    history.step_s = 12 * 3600.0
    on_days(history, name, [*range(0, 200, 3), *range(208, 272, 20)])
    assert all(alert["signals"][0]["name"] == "silence" for alert in history.on("alerts") if alert["signals"])


# -- the arithmetic -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "before", "count", "window"), [(50, 200, 3, 56), (20, 60, 0, 56), (10, 400, 1, 28), (400, 800, 12, 56)])
def test_the_chance_is_that_of_a_negative_binomial(days, before, count, window):
    stays = before / (before + window)
    exact = sum(math.comb(days + k - 1, k) * stays**days * (1 - stays) ** k for k in range(count + 1))
    assert so_few(days, before, count, window) == pytest.approx(exact, rel=1e-9)


def test_days_are_counted_in_the_window_alone():
    known = Days(days=4, first_day=0, last_day=100, recent_days=1 << 0 | 1 << 10 | 1 << 55 | 1 << 56)
    assert [within(known, day, 56) for day in (100, 101, 146, 155, 156, 400)] == [3, 2, 1, 1, 0, 0]


def test_no_days_at_all_for_years_are_as_rare_as_they_get_and_no_error():
    known = Days(days=3_000, first_day=0, last_day=3_000, recent_days=(1 << 64) - 1)
    found = halved(known, 3_400, Halved())
    assert found is not None
    assert (found.days, found.chance < 1e-6) == (0, True)
