"""What an alert shows beside its chance: what each signal adds to it, what changed since its level was told, how old its evidence is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from schemas.decisions import AlertSnapshot
from schemas.reasons import Why
from schemas.sentences import say, say_alert
from tests.streams.history import History, at
from tests.streams.test_churn_alerts import HISTORIES, halves, lived, speaks_of_leaving, told

DAY = 24


def points(alert: dict) -> dict[str, int]:
    """Hundredths of the chance, by signal."""
    return {signal["name"]: round(100 * signal["share"], 9) for signal in alert["signals"]}


def changed(alert: dict) -> list[tuple[str, str]]:
    return [(one["code"], one["values"]["signal"]) for one in alert["changes"]]


def answers_zero(history: History, hours: float) -> None:
    history.fact("survey.answered", hours, score={"metric": "nps", "raw": 0})


# -- what each adds -------------------------------------------------------------------------------------------------------------------


@given(HISTORIES)
@settings(max_examples=25, deadline=None)
def test_what_the_signals_add_and_what_none_adds_sum_to_the_chance_that_is_shown(happens):
    for alert in lived(happens).on("alerts"):
        parts = points(alert)
        assert sum(parts.values()) + 100 * alert["without_signals"] == pytest.approx(100 * alert["chance"], abs=1e-9)
        assert all(part == int(part) >= 0 for part in parts.values())


def test_a_stronger_signal_adds_more_and_one_of_a_cause_that_is_told_already_nothing():
    history = told()
    speaks_of_leaving(history, 1)
    answers_zero(history, 2)
    history.fact("subscription.cancelled", 3)
    parts = points(history.alert)
    assert parts["cancelled"] > parts["low_satisfaction"] > 0
    assert parts["leave_phrase"] == 0  # of one cause with the cancellation, and weaker


def test_a_chance_without_any_signal_is_all_of_it_without():
    history = told()
    history.fact("subscription.changed", 0, object="s1", cancels_at=at(30 * DAY))
    history.fact("subscription.changed", 1, object="s1")
    assert (history.alert["active"], history.alert["signals"], history.alert["without_signals"]) == (False, [], 0.03)


def test_what_a_person_reads_of_an_alert_adds_up():
    history = told()
    speaks_of_leaving(history, 1)
    history.fact("payment.failed", 2)
    alert = AlertSnapshot.model_validate(history.alert)
    shares = [round(100 * signal.share) for signal in alert.signals]
    said = say_alert(alert)
    assert f"chance {round(100 * alert.chance)}%" in said
    assert all(f"({share} points)" in said for share in shares)
    assert f"all else ({round(100 * alert.without_signals)} point" in said


# -- what changed ---------------------------------------------------------------------------------------------------------------------


def test_an_alert_that_is_raised_changed_nothing():
    history = told()
    speaks_of_leaving(history, 1)
    assert history.alert["changes"] == []


def test_a_level_that_is_told_says_which_signal_came():
    history = told()
    speaks_of_leaving(history, 1)
    halves(history, 2)
    assert changed(history.alert) == [("signal_came", "spend_halved")]
    assert [one["change"] for one in history.on("notices") if one["kind"] == "alert_worsened"] == history.alert["changes"]


def test_within_a_level_changes_add_up_since_it_was_told():
    history = told()
    halves(history, 1)
    history.fact("payment.failed", 2)
    history.pass_time(10 * DAY)
    history.fact("ticket.reopened", 10 * DAY)
    assert {alert["level"] for alert in history.on("alerts")} == {"watch"}
    assert {("signal_came", "payment_failed"), ("signal_came", "troubled_ticket")} <= set(changed(history.alert))


def test_from_the_level_that_was_told_last_on_it_begins_anew():
    history = told()
    speaks_of_leaving(history, 1)
    halves(history, 2)
    answers_zero(history, 3)
    assert changed(history.alert) == [("signal_came", "low_satisfaction")]


def test_a_signal_that_went_is_told_with_how_strong_it_was():
    history = told()
    history.fact("subscription.changed", 0, object="s1", cancels_at=at(30 * DAY))
    history.fact("subscription.changed", 1, object="s1")
    assert changed(history.alert) == [("signal_went", "cancels")]
    assert history.alert["changes"][0]["values"]["chance_before"] == 0.7


def test_a_signal_that_grew_or_faded_is_told_with_both_strengths():
    history = told()
    answers_zero(history, 1)
    halves(history, 1)
    answers_zero(history, 2)
    grew = next(one for one in history.alert["changes"] if one["code"] == "signal_grew")
    assert grew["values"]["signal"] == "low_satisfaction"
    assert grew["values"]["chance"] > grew["values"]["chance_before"]
    history.step_s = 6 * 3600.0
    history.pass_time(40 * DAY)
    assert "signal_faded" in {code for alert in history.on("alerts") for code, _ in changed(alert)}


def test_a_change_reads_as_a_sentence_in_both_languages():
    grew = Why(code="signal_grew", values={"signal": "silence", "chance_before": 0.5, "chance": 0.62})
    assert say(grew) == "silence weighs more (alone 62%, was 50%)"
    assert say(grew, "de") == "Funkstille wiegt schwerer (für sich 62 %, vorher 50 %)"


# -- how old ------------------------------------------------------------------------------------------------------------------------


def test_an_alert_says_how_old_its_newest_evidence_is():
    history = told()
    speaks_of_leaving(history, 1)
    history.fact("payment.failed", 30)
    assert (history.alert["newest_at"], history.alert["changed_at"]) == (at(30), at(30))
    history.step_s = 6 * 3600.0
    history.pass_time(60 * DAY)
    later = [alert for alert in history.on("alerts") if alert["changed_at"] > at(10 * DAY) and alert["signals"]]
    assert {alert["newest_at"] for alert in later} == {at(30)}
    assert "days old" in say_alert(AlertSnapshot.model_validate({**later[0], "active": True}))
