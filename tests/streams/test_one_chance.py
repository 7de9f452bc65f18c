"""A customer has one chance of leaving: whatever one input leads to shows the same number, and of an alert its parts sum to it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from tests.console.board import Streams as Kept
from tests.console.board import _people_act, tell
from tests.console.company import HOUR, Company

NOW = 1_780_000_000.0


class Heard(Kept):
    """The fold of a made-up company, and all that it said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, dict[str, Any]]] = []

    def _keep(self, topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        super()._keep(topic, partition, key, value)
        if value and topic in {"tasks", "alerts", "notices", "decisions"}:
            self.said.append((topic, json.loads(value)))


@pytest.fixture(scope="module")
def said() -> list[tuple[str, dict[str, Any]]]:
    """Forty days of a company, and what people did about it; then nothing for days, so that much falls due at once."""
    streams, company = Heard(), Company(NOW, 120)
    streams.at = NOW - 46 * 24 * HOUR
    for fact in company.facts:
        tell(streams, fact)
    _people_act(streams, NOW)
    streams.advance(NOW + 3 * 24 * HOUR)
    return streams.said


def test_what_one_input_leads_to_shows_one_chance_of_leaving(said):
    shown: defaultdict[tuple[str, str], set[float]] = defaultdict(set)
    for _, message in said:
        chance = message.get("chance", message.get("values", {}).get("chance"))
        if chance is not None:
            shown[message["customer"], message["basis"]["input"]].add(chance)
    assert len(shown) > 100
    assert {place: found for place, found in shown.items() if len(found) > 1} == {}


def test_the_parts_of_an_alert_sum_to_its_chance(said):
    alerts = [message for topic, message in said if topic == "alerts"]
    assert alerts
    for alert in alerts:
        assert sum(signal["share"] for signal in alert["signals"]) + alert["without_signals"] == pytest.approx(alert["chance"])


def test_who_moved_closed_and_acknowledged_a_task_is_the_same_in_its_snapshot_and_in_the_log(said):
    decided = {(one["about"], one["at"], one.get("now")): one["by"] for topic, one in said if topic == "decisions"}
    moved = [one for topic, one in said if topic == "tasks" and one["status"] != "open"]
    assert {"acknowledged", "contacted", "resolved", "dismissed", "snoozed"} <= {task["status"] for task in moved}
    for task in moved:
        assert decided[task["id"], task["moved_at"], task["status"]] == task["moved_by"]
        if (ended := task.get("resolution")) is not None:
            assert (ended["by"], ended["at"]) == (task["moved_by"], task["moved_at"])
