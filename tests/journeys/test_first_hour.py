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
from tests.installation import HIC, Installation
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]


@pytest.fixture
def installation(bootstrap, prefix, tmp_path):
    with Installation(bootstrap, prefix, tmp_path) as installation:
        installation.run("topics", "apply")
        installation.start("worker")
        yield installation


def test_a_customer_is_heard_answered_and_not_lost_through_a_kill(installation):
    ann, mail = {"id": "ann"}, {"aliases": ["email:Ann@Example.com"]}
    # She complains before anybody knows whose address it is.
    installation.say("survey.answered", mail, "2026-06-01T10:00:00Z", score={"metric": "nps", "raw": 1}, comment="nobody called me back")
    assert installation.until("unresolved", len)[0]["waits_at"] == "email:ann@example.com"
    installation.say("customer.profiled", ann, "2026-06-01T09:00:00Z", name="Ann Meyer", owner="Carla", **HIC)
    installation.say("alias.linked", ann, "2026-06-01T10:05:00Z", alias="email:ann@example.com", trust=2)
    task = installation.until("tasks", len)[0]
    assert (task["status"], task["owner"], task["hic"], task["cause"]) == ("open", "Carla", True, "poor_survey")
    assert task["due_at"] == "2026-06-01T14:00:00Z"
    assert (task["why"]["code"], task["why"]["said"]) == ("rated_survey", "nobody called me back")
    assert round(sum(addend["points"] for addend in task["addends"]), 1) == task["score"]

    installation.say("task.acknowledge", ann, "2026-06-01T10:20:00Z", task=task["id"], actor="carla")
    installation.until("tasks", lambda tasks: tasks[-1]["status"] == "acknowledged")
    installation.say("task.acknowledge", ann, "2026-06-01T10:21:00Z", task=task["id"], actor="bob")
    refusals = installation.until("decisions", lambda all_: any(d["verdict"] == "command_refused" for d in all_))
    refused = next(d for d in refusals if d["verdict"] == "command_refused")
    assert (refused["by"], refused["task"]) == ("bob", task["id"])
    assert (refused["why"]["code"], refused["why"]["values"]["by"]) == ("already_so", "carla")

    installation.kill("worker")
    installation.say(
        "task.resolve",
        ann,
        "2026-06-01T11:00:00Z",
        task=task["id"],
        actor="carla",
        cause="missed call",
        action="called",
        outcome="satisfied",
    )
    installation.start("worker")
    tasks = installation.until("tasks", lambda tasks: tasks[-1]["status"] == "resolved")
    assert [t["version"] for t in tasks] == list(range(1, len(tasks) + 1)), "a change came twice, or never"
    installation.say("survey.answered", ann, "2026-06-03T10:00:00Z", score={"metric": "nps", "raw": 9})
    installation.until("tasks", lambda tasks: tasks[-1]["status"] == "verified")
    verdict = asyncio.run(check(installation.kafka, installation.prefix, 4))
    assert verdict.sound, str(verdict)


def test_rubbish_is_kept_shown_and_explained_and_blocks_nobody(installation):
    installation.send(installation.prefix + "feedback", b'{"type":"survey.answered","id":"x"}', "ann")
    installation.send(installation.prefix + "feedback", b"not json at all", "ann")
    installation.send(installation.prefix + "feedback", b'{"type":"survey.telepathic"}', "ann")
    installation.say("customer.profiled", {"id": "ann"}, "2026-06-01T09:00:00Z", **HIC)
    installation.until("decisions", len)
    listed = installation.run("dead-letters", "list")
    for fault in ("not_json", "not_valid", "unknown_type"):
        assert fault in listed
    assert "not_valid" not in installation.run("dead-letters", "list", "--fault", "not_json")
    letter = next(d["id"] for d in installation.read("dead-letters") if d["fault"] == "not_json")
    assert "not json at all" in installation.run("dead-letters", "show", letter)
    assert "1 sent again" in installation.run("dead-letters", "replay", letter)
    assert "0 sent again" in installation.run("dead-letters", "replay", letter)


def test_a_new_policy_is_in_force_from_its_record_on(installation, tmp_path):
    installation.say("customer.profiled", {"id": "bo"}, "2026-06-01T09:00:00Z", annual_value=1_000)
    before = installation.until("decisions", len)
    assert {d["basis"]["policy"] for d in before} == {policy_file.load(None).version}
    new = tmp_path / "policy.toml"
    new.write_text('version = "ours-1"\n[high_impact]\neveryone = true\n')
    installation.run("policy", "apply", str(new))
    # The policy and the facts are on different topics: what counts is where the journal puts the record.
    installation.until("journal", lambda entries: sum(e["policy"] == "ours-1" for e in entries) == 4)
    installation.say("survey.answered", {"id": "bo"}, "2026-06-02T09:00:00Z", score={"metric": "csat", "raw": 1})
    task = installation.until("tasks", len)[0]
    assert (task["basis"]["policy"], task["hic_why"]["code"]) == ("ours-1", "every_customer")
    verdict = asyncio.run(check(installation.kafka, installation.prefix, 4))
    assert verdict.sound, str(verdict)


def test_health_and_metrics_say_what_the_worker_does(installation):
    installation.say("customer.profiled", {"id": "ann"}, "2026-06-01T09:00:00Z", **HIC)
    installation.until("decisions", len)
    assert installation.health("livez")[0] == 200
    status, report = installation.health("readyz")
    assert status == 200
    assert set(json.loads(report)["partitions"]) == {"0", "1", "2", "3"}
    _, metrics = installation.health("metrics")
    for name in (
        "makegood_recovered",
        "makegood_lag_records",
        "makegood_records_total",
        "makegood_transactions_total",
        "process_resident_memory_bytes",
    ):
        assert name in metrics


def test_a_deadline_that_passes_while_nobody_looks_is_told_after_the_restart(installation):
    installation.say("customer.profiled", {"id": "ann"}, "2026-01-01T09:00:00Z", **HIC)
    installation.until("decisions", len)
    installation.kill("worker")
    installation.say("survey.answered", {"id": "ann"}, "2026-01-01T10:00:00Z", score={"metric": "nps", "raw": 0})
    installation.start("worker")
    notices = installation.until("notices", lambda all_: any(n["kind"] == "task_overdue" for n in all_))
    assert sum(n["kind"] == "task_overdue" for n in notices) == 1


def test_a_users_mistake_is_one_sentence_without_a_traceback(installation):
    said = installation.run("dead-letters", "show", "nowhere-0-1", check_status=False)
    assert "there is no dead letter nowhere-0-1" in said
    assert "Traceback" not in said
    command = [sys.executable, "-m", "makegood.cli", "topics", "describe", "--kafka", f"127.0.0.1:{free_port()}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENT_S)
    assert done.returncode == 1
    assert done.stderr.startswith("makegood: nobody answers at 127.0.0.1:")
