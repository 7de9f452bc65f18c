"""The life of a churn alert through the real fold: raised, amended, worsened, kept, resolved by what is said and by time."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.config import policy_file
from schemas.decisions import Level, NoticeKind, Priority, Verdict
from schemas.traffic import TimerDue
from streams.engine.partitioner import partition_of
from tests.streams.history import PARTITIONS, START, History, at

POLICY = policy_file.built_in()
DAY = 24
STEP = 0.05
"""The chance is told in such steps."""
LEVELS = [Level.WATCH, Level.WARNING, Level.CRITICAL]


def told() -> History:
    return History(POLICY)


def speaks_of_leaving(history: History, hours: float, **fields) -> None:
    history.fact("ticket.commented", hours, comment="We will cancel our contract.", **fields)


def halves(history: History, hours: float, **fields) -> None:
    history.fact("subscription.changed", hours, **{"annual_value": 40.0, "previous_annual_value": 100.0, **fields})


def on_grid(chance: float) -> float:
    return round(round(chance / STEP) * STEP, 2)


def alert_notices(history: History) -> list[dict]:
    return [n for n in history.on("notices") if n["about_kind"] == "alert"]


def alert_decisions(history: History) -> list[dict]:
    return [d for d in history.on("decisions") if d["about_kind"] == "alert"]


def hours_of(instant: str) -> float:
    return (datetime.fromisoformat(instant) - START).total_seconds() / 3600


# -- raised ---------------------------------------------------------------------------------------------------------------------------


def test_a_signal_of_a_customer_who_matters_raises_an_alert_with_a_notice_and_a_decision():
    history = told()
    speaks_of_leaving(history, 1)
    alert, (notice,), (decision,) = history.alert, alert_notices(history), alert_decisions(history)
    assert (alert["version"], alert["active"], alert["level"], alert["chance"]) == (1, True, Level.WATCH, 0.5)
    assert (alert["raised_at"], alert["changed_at"]) == (at(1), at(1))
    assert (notice["kind"], notice["about"], notice["version"], notice["at"]) == (NoticeKind.ALERT_RAISED, alert["id"], 1, at(1))
    assert (notice["priority"], notice["route"]) == (Priority.P3, POLICY.routes.alerts)
    assert (decision["verdict"], decision["about"]) == (Verdict.ALERT_RAISED, alert["id"])


def test_an_alert_says_who_owns_the_customer_and_what_they_are_worth():
    history = History(POLICY, annual_value=120_000.0, owner="dora")
    speaks_of_leaving(history, 1)
    assert (history.alert["value_at_risk"], alert_notices(history)[0]["owner"]) == (120_000.0, "dora")


@pytest.mark.parametrize(("annual_value", "alerts"), [(100.0, 0), (10_000.0, 1), (90_000.0, 1)], ids=["C", "B", "A"])
def test_alerts_are_for_the_tiers_of_the_policy(annual_value, alerts):
    history = History(POLICY, hic=None, annual_value=annual_value)
    history.fact("subscription.cancelled", 1)
    assert len(history.alerts()) == alerts


def test_a_customer_of_whom_nothing_is_known_gets_no_alert():
    history = told()
    speaks_of_leaving(history, 1, customer="C2")
    assert history.alerts() == []


def test_a_faint_signal_raises_none():
    history = told()
    history.fact("ticket.commented", 1, comment="Is there a discount?")
    assert history.alerts() == []


# -- amended --------------------------------------------------------------------------------------------------------------------------


def test_another_signal_amends_the_same_alert_and_pages_nobody_where_the_level_stays():
    history = told()
    halves(history, 1)
    history.fact("ticket.commented", 2, comment="We never cancel our contract.")
    alert = history.alert
    assert (alert["version"], alert["level"], alert["chance"]) == (2, Level.WATCH, on_grid(1 - 0.97 * 0.6 * 0.85))
    assert set(history.signals()) == {"spend_halved", "leave_phrase"}
    assert (alert["raised_at"], alert["changed_at"]) == (at(1), at(2))
    assert [d["verdict"] for d in alert_decisions(history)] == [Verdict.ALERT_RAISED, Verdict.ALERT_AMENDED]
    assert [n["kind"] for n in alert_notices(history)] == [NoticeKind.ALERT_RAISED]


def test_a_higher_level_is_told_with_the_priority_of_that_level():
    history = told()
    speaks_of_leaving(history, 1)
    halves(history, 2)
    history.fact("survey.answered", 3, score={"metric": "nps", "raw": 0})
    assert [(n["kind"], n["priority"], n["version"]) for n in alert_notices(history)] == [
        (NoticeKind.ALERT_RAISED, Priority.P3, 1),
        (NoticeKind.ALERT_WORSENED, Priority.P2, 2),
        (NoticeKind.ALERT_WORSENED, Priority.P1, 3),
    ]
    assert [a["level"] for a in history.on("alerts")] == LEVELS
    assert len(history.alerts()) == 1


def test_signals_of_one_cause_count_once_the_strongest_of_them():
    history = told()
    halves(history, 1, cancels_at=at(100 * DAY))
    speaks_of_leaving(history, 2)
    assert set(history.signals()) == {"spend_halved", "cancels", "leave_phrase"}
    assert history.alert["chance"] == pytest.approx(1 - 0.97 * 0.6 * 0.3, abs=STEP / 2 + 1e-3)


def test_what_changes_nothing_is_not_published():
    history = told()
    speaks_of_leaving(history, 1)
    history.fact("usage.recorded", 2)
    history.fact("ticket.commented", 3, comment="Thank you.")
    assert history.alert["version"] == 1


# -- hysteresis, and fading by the timer ----------------------------------------------------------------------------------------------


def fades_at(strength: float, limit: float) -> float:
    """In hours: when 1 - 0.97 (1 - strength f) is told as less than the limit, with f halving in 30 days."""
    return -30 * DAY * math.log2((1 - (1 - limit + STEP / 2) / 0.97) / strength)


def test_a_level_is_kept_until_the_chance_lies_below_it_by_the_margin_and_then_falls_without_a_notice():
    history = told()
    history.fact("subscription.cancelled", 0)
    falls = fades_at(0.9, 0.75 - 0.1)
    history.pass_time(falls - 1)
    assert {a["level"] for a in history.on("alerts")} == {Level.CRITICAL}
    history.pass_time(falls + 1)
    assert (history.alert["level"], history.alert["active"]) == (Level.WARNING, True)
    assert hours_of(history.alert["changed_at"]) == pytest.approx(falls, abs=0.5)
    assert [n["kind"] for n in alert_notices(history)] == [NoticeKind.ALERT_RAISED]


def test_a_level_that_was_reached_is_kept_at_a_chance_that_would_not_reach_it():
    history = told()
    speaks_of_leaving(history, 1)
    halves(history, 2)
    history.fact("subscription.changed", 3, annual_value=90.0, previous_annual_value=100.0)  # not halved after all
    assert [a["level"] for a in history.on("alerts")] == [Level.WATCH, Level.WARNING, Level.WARNING]
    assert [a["chance"] for a in history.on("alerts")] == [0.5, 0.7, 0.5]


def test_an_alert_whose_signals_fade_is_resolved_by_the_timer_alone():
    history = told()
    speaks_of_leaving(history, 0)
    ends = fades_at(0.5, 0.35 - 0.1)
    history.pass_time(ends - 1)
    assert history.alert["active"]
    history.pass_time(ends + 1)
    assert not history.alert["active"]
    assert history.alert["resolved_why"] == {"code": "chance_fell", "values": {"chance": 0.2}}
    assert hours_of(history.alert["changed_at"]) == pytest.approx(ends, abs=0.5)
    assert [n["kind"] for n in alert_notices(history)] == [NoticeKind.ALERT_RAISED, NoticeKind.ALERT_RESOLVED]
    verdicts = [d["verdict"] for d in alert_decisions(history)]
    assert (verdicts[0], {*verdicts[1:-1]} <= {Verdict.ALERT_AMENDED}, verdicts[-1]) == (Verdict.ALERT_RAISED, True, Verdict.ALERT_RESOLVED)


def test_what_is_said_again_starts_to_fade_again():
    history = told()
    speaks_of_leaving(history, 0)
    speaks_of_leaving(history, 20 * DAY)
    history.pass_time(20 * DAY + fades_at(0.5, 0.25) - 1)
    assert history.alert["active"]
    history.pass_time(20 * DAY + fades_at(0.5, 0.25) + 1)
    assert not history.alert["active"]


# -- resolved -------------------------------------------------------------------------------------------------------------------------


def test_who_is_no_longer_a_customer_who_matters_has_no_alert_any_longer():
    history = told()
    speaks_of_leaving(history, 1)
    history.fact("customer.profiled", 2, object="C1", hic=False)
    assert (history.alert["version"], history.alert["active"], history.alert["changed_at"]) == (2, False, at(2))
    assert history.alert["resolved_why"]["code"] == "no_longer_protected"
    assert alert_notices(history)[-1]["kind"] == NoticeKind.ALERT_RESOLVED
    history.pass_time(100 * DAY)
    assert history.alert["version"] == 2


def test_a_second_alert_is_another_one():
    history = told()
    speaks_of_leaving(history, 0)
    history.pass_time(60 * DAY)
    speaks_of_leaving(history, 60 * DAY)
    first, second = history.alerts()
    assert first["id"] != second["id"]
    assert (first["active"], second["active"], second["version"]) == (False, True, 1)
    assert second["raised_at"] == at(60 * DAY)


def test_two_customers_have_alerts_of_their_own():
    history = told()
    history.fact("customer.profiled", 0, object="C2", customer="C2", hic=True)
    speaks_of_leaving(history, 1)
    speaks_of_leaving(history, 1, customer="C2")
    assert [alert["customer"] for alert in history.alerts()] == ["C1", "C2"]
    assert len({alert["id"] for alert in history.alerts()}) == 2


# -- erasure --------------------------------------------------------------------------------------------------------------------------


def erased() -> History:
    history = told()
    speaks_of_leaving(history, 1)
    history.fact("erasure.requested", 2)
    history.outputs.clear()
    return history


def test_of_an_erased_customer_nothing_falls_due():
    history = erased()
    history.pass_time(100 * DAY)
    assert history.outputs == []


def test_a_timer_that_was_on_its_way_to_an_erased_customer_is_nothing():
    history = erased()
    timer = TimerDue(customer="C1", at=datetime.fromisoformat(at(50 * DAY)))
    history.machine.feed("timers", partition_of("C1", PARTITIONS), b"C1", timer.model_dump_json().encode())
    assert history.outputs == []
    assert not any(key == b"c:C1" for _, key, _ in history.machine.state())


# -- laws -----------------------------------------------------------------------------------------------------------------------------

CAUSES = {
    "low_satisfaction": "satisfaction",
    "silence": "spending",
    "spend_halved": "spending",
    "cancels": "leaving",
    "cancelled": "leaving",
    "leave_phrase": "leaving",
    "ticket_burst": "service",
    "failed_recovery": "service",
    "troubled_ticket": "service",
    "undelivered": "delivery",
    "payment_failed": "payment",
    "long_wait": "service",
    "purchases_halved": "spending",
    "usage_halved": "spending",
    "silent_complaint": "spending",
    "survey_unanswered": "satisfaction",
    "renewal_near": "satisfaction",
}
SAID = ("We will cancel our contract.", "We never cancel our contract.", "Is there a discount?", "Thank you.")
HAPPENS = st.one_of(
    st.builds(lambda raw: ("survey.answered", {"score": {"metric": "nps", "raw": raw}}), st.integers(0, 10)),
    st.builds(lambda said: ("ticket.opened", {"comment": said}), st.sampled_from(SAID)),
    st.builds(lambda now: ("subscription.changed", {"annual_value": now, "previous_annual_value": 100.0}), st.sampled_from([40.0, 90.0])),
    st.builds(lambda day: ("subscription.changed", {"cancels_at": at(day * DAY)}), st.integers(200, 300)),
    st.just(("purchase.made", {"amount": 10.0})),
    st.just(("subscription.cancelled", {})),
    st.builds(lambda hic: ("customer.profiled", {"object": "C1", "hic": hic}), st.booleans()),
)
HISTORIES = st.lists(st.tuples(HAPPENS, st.sampled_from([1.0, 5.0, DAY, 3 * DAY, 12 * DAY, 45 * DAY])), max_size=14)


def lived(happens, *, times: int = 1) -> History:
    history, hours = told(), 0.0
    history.step_s = 6 * 3600.0
    for (kind, fields), after in happens:
        hours += after
        for _ in range(times):
            history.fact(kind, hours, **{"object": f"o{hours}", "id": f"f{hours}", **fields})
    history.pass_time(hours + 90 * DAY)
    return history


def level_after(chance: float, held: str | None) -> Level | None:
    """The highest level that is reached, or that is held and not left by the margin."""
    limits = POLICY.churn.raise_at
    kept = LEVELS.index(Level(held)) if held else -1
    return next((x for n, x in reversed(list(enumerate(LEVELS))) if chance >= round(limits[x] - (0.1 if n <= kept else 0), 9)), None)


@given(HISTORIES)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_an_alert_obeys_its_laws(happens):
    known: dict[str, dict] = {}
    active: list[str] = []
    for alert in lived(happens).on("alerts"):
        before = known.get(alert["id"])
        assert alert["version"] == (before["version"] if before else 0) + 1
        assert not active if before is None else active == [alert["id"]]  # one at a time, and none comes back
        held = before["level"] if before else None
        assert alert["level"] == (level_after(alert["chance"], held) if alert["active"] else held)
        assert alert["active"] == ("resolved_why" not in alert)
        active = [alert["id"]] if alert["active"] else []
        known[alert["id"]] = alert


@given(HISTORIES)
@settings(max_examples=40, deadline=None)
def test_the_chance_can_be_recomputed_from_the_signals_that_are_shown(happens):
    for alert in lived(happens).on("alerts"):
        strongest: dict[str, float] = {}
        for signal in alert["signals"]:
            cause = CAUSES[signal["name"]]
            strongest[cause] = max(strongest.get(cause, 0.0), signal["strength"])
        stays = 0.97
        for strength in strongest.values():
            stays *= 1 - strength
        assert alert["chance"] == pytest.approx(1 - stays if alert["signals"] else 0.03, abs=STEP / 2 + 5e-4)


@given(HISTORIES)
@settings(max_examples=40, deadline=None)
def test_people_are_told_once_of_each_rise_and_each_end_and_of_nothing_else(happens):
    history, expected, held = lived(happens), [], {}
    for alert in history.on("alerts"):
        before = held.get(alert["id"])
        if before is None:
            expected.append((alert["id"], 1, NoticeKind.ALERT_RAISED))
        elif not alert["active"]:
            expected.append((alert["id"], alert["version"], NoticeKind.ALERT_RESOLVED))
        elif LEVELS.index(alert["level"]) > LEVELS.index(before):
            expected.append((alert["id"], alert["version"], NoticeKind.ALERT_WORSENED))
        held[alert["id"]] = alert["level"]
    assert [(n["about"], n["version"], n["kind"]) for n in alert_notices(history)] == expected


@given(HISTORIES)
@settings(max_examples=25, deadline=None)
def test_every_fact_delivered_twice_gives_the_same_alerts(happens):
    once, twice = ([{**a, "basis": None} for a in lived(happens, times=times).on("alerts")] for times in (1, 2))
    assert json.dumps(once) == json.dumps(twice)
