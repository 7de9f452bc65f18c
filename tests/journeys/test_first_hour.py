"""A first hour with Makegood on a real broker: make the topics, run a worker, hear a customer, answer, break it, watch it recover."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from makegood.config import policy_file
from tests.conftest import free_port
from tests.faults.checker import check
from tests.house import HIC, House

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


@pytest.fixture
def house(bootstrap, prefix, tmp_path):
    house = House(bootstrap, prefix, tmp_path)
    house.run("topics", "apply")
    house.start("worker")
    yield house
    house.end()


def test_a_customer_is_heard_answered_and_not_lost_through_a_kill(house):
    ann, mail = {"id": "ann"}, {"aliases": ["email:Ann@Example.com"]}
    # She complains before anybody knows whose address it is.
    house.say("survey.answered", mail, "2026-06-01T10:00:00Z", score={"metric": "nps", "raw": 1}, comment="nobody called me back")
    assert house.until("unresolved", len)[0]["waits_at"] == "email:ann@example.com"
    house.say("customer.profiled", ann, "2026-06-01T09:00:00Z", name="Ann Meyer", owner="Carla", **HIC)
    house.say("alias.linked", ann, "2026-06-01T10:05:00Z", alias="email:ann@example.com", trust=2)
    task = house.until("tasks", len)[0]
    assert (task["status"], task["owner"], task["hic"], task["cause"]) == ("open", "Carla", True, "poor survey")
    assert task["due_at"] == "2026-06-01T14:00:00Z"
    assert "nobody called me back" in task["sentence"]
    assert round(sum(addend["points"] for addend in task["addends"]), 1) == task["score"]

    house.say("task.acknowledge", ann, "2026-06-01T10:20:00Z", task=task["id"], actor="carla")
    house.until("tasks", lambda tasks: tasks[-1]["status"] == "acknowledged")
    house.say("task.acknowledge", ann, "2026-06-01T10:21:00Z", task=task["id"], actor="bob")
    refusals = house.until("decisions", lambda all_: any(d["verdict"] == "command refused" for d in all_))
    assert "carla" in next(d["because"] for d in refusals if d["verdict"] == "command refused")

    house.kill("worker")
    house.say(
        "task.resolve",
        ann,
        "2026-06-01T11:00:00Z",
        task=task["id"],
        actor="carla",
        cause="missed call",
        action="called",
        outcome="satisfied",
    )
    house.start("worker")
    tasks = house.until("tasks", lambda tasks: tasks[-1]["status"] == "resolved")
    assert [t["version"] for t in tasks] == list(range(1, len(tasks) + 1)), "a change came twice, or never"
    house.say("survey.answered", ann, "2026-06-03T10:00:00Z", score={"metric": "nps", "raw": 9})
    house.until("tasks", lambda tasks: tasks[-1]["status"] == "verified")
    verdict = asyncio.run(check(house.kafka, house.prefix, 4))
    assert verdict.sound, str(verdict)


def test_rubbish_is_kept_shown_and_explained_and_blocks_nobody(house):
    house.send(house.prefix + "feedback", b'{"type":"survey.answered","id":"x"}', "ann")
    house.send(house.prefix + "feedback", b"not json at all", "ann")
    house.send(house.prefix + "feedback", b'{"type":"survey.telepathic"}', "ann")
    house.say("customer.profiled", {"id": "ann"}, "2026-06-01T09:00:00Z", **HIC)
    house.until("decisions", len)
    listed = house.run("dead-letters", "list")
    for fault in ("not JSON", "not valid", "unknown type"):
        assert fault in listed
    letter = next(d["id"] for d in house.read("dead-letters") if d["fault"] == "not JSON")
    assert "not json at all" in house.run("dead-letters", "show", letter)
    assert "1 sent again" in house.run("dead-letters", "replay", letter)
    assert "0 sent again" in house.run("dead-letters", "replay", letter)


def test_a_new_policy_is_in_force_from_its_record_on(house, tmp_path):
    house.say("customer.profiled", {"id": "bo"}, "2026-06-01T09:00:00Z", annual_value=1_000)
    before = house.until("decisions", len)
    assert {d["basis"]["policy"] for d in before} == {policy_file.load(None).version}
    new = tmp_path / "policy.toml"
    new.write_text('version = "ours-1"\n[high_impact]\neveryone = true\n')
    house.run("policy", "apply", str(new))
    # The policy and the facts are on different topics: what counts is where the journal puts the record.
    house.until("journal", lambda entries: sum(e["policy"] == "ours-1" for e in entries) == 4)
    house.say("survey.answered", {"id": "bo"}, "2026-06-02T09:00:00Z", score={"metric": "csat", "raw": 1})
    task = house.until("tasks", len)[0]
    assert (task["basis"]["policy"], task["hic_because"]) == ("ours-1", "every customer is")
    verdict = asyncio.run(check(house.kafka, house.prefix, 4))
    assert verdict.sound, str(verdict)


def test_health_and_metrics_say_what_the_worker_does(house):
    house.say("customer.profiled", {"id": "ann"}, "2026-06-01T09:00:00Z", **HIC)
    house.until("decisions", len)
    assert house.health("livez")[0] == 200
    status, report = house.health("readyz")
    assert status == 200
    assert set(json.loads(report)["partitions"]) == {"0", "1", "2", "3"}
    _, metrics = house.health("metrics")
    for name in (
        "makegood_recovered",
        "makegood_lag_records",
        "makegood_records_total",
        "makegood_transactions_total",
        "process_resident_memory_bytes",
    ):
        assert name in metrics


def test_a_deadline_that_passes_while_nobody_looks_is_told_after_the_restart(house):
    house.say("customer.profiled", {"id": "ann"}, "2026-01-01T09:00:00Z", **HIC)
    house.until("decisions", len)
    house.kill("worker")
    house.say("survey.answered", {"id": "ann"}, "2026-01-01T10:00:00Z", score={"metric": "nps", "raw": 0})
    house.start("worker")
    notices = house.until("notices", lambda all_: any(n["kind"] == "task overdue" for n in all_))
    assert sum(n["kind"] == "task overdue" for n in notices) == 1


def test_a_users_mistake_is_one_sentence_without_a_traceback(house):
    said = house.run("dead-letters", "show", "nowhere-0-1", check_status=False)
    assert "there is no dead letter nowhere-0-1" in said
    assert "Traceback" not in said
    command = [sys.executable, "-m", "makegood.cli", "topics", "describe", "--kafka", f"127.0.0.1:{free_port()}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("makegood: nobody answers at 127.0.0.1:")
