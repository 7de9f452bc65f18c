"""A first hour with Makegood on a real broker: make the topics, run a worker, hear a customer, answer, break it, watch it recover."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from makegood import bus, policy_file
from makegood.bus import Connection
from schemas.topics import topic_of
from tests.conftest import free_port
from tests.faults.checker import check

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

HIC = {
    "annual_value": 250_000,
    "hic_answers": dict.fromkeys(
        ("share_of_business", "risk_of_not_delivering", "purchase_frequency", "loyalty", "level_of_expectation"), 2
    ),
}


class House:
    """One installation: a prefix, a worker that can be killed, and what people would look at."""

    def __init__(self, kafka: str, prefix: str, directory: Path) -> None:
        self.kafka, self.prefix, self.directory = kafka, prefix, directory
        self.connection, self.port = Connection(kafka), free_port()
        self.worker: subprocess.Popen[bytes] | None = None
        self.number = 0

    def run(self, *words: str, check_status: bool = True) -> str:
        """A command of `makegood`, as a user types it."""
        command = [sys.executable, "-m", "makegood.cli", *words, "--kafka", self.kafka, "--prefix", self.prefix]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.directory, env=os.environ | {"COLUMNS": "200"})
        assert not check_status or done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def start(self) -> None:
        words = ["worker", "--kafka", self.kafka, "--prefix", self.prefix, "--group", self.prefix.rstrip("."), "--instance", "one"]
        with (self.directory / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "makegood.cli", *words, "--health-port", str(self.port)], stdout=log, stderr=log, cwd=self.directory
            )
        deadline = time.monotonic() + 30
        while self.health("readyz")[0] != 200:
            assert time.monotonic() < deadline, (self.directory / "worker.log").read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        self.worker.kill()
        self.worker.wait()

    def health(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def say(self, kind: str, customer: dict[str, object], at: str, **fields: object) -> None:
        """Send one fact or command to its topic, keyed as a producer would."""
        self.number += 1
        more = (
            {"task": fields.pop("task"), "issued_at": at}
            if kind.startswith("task.")
            else {"source": "test", "object": f"o{self.number}", "occurred_at": at}
        )
        message = {"type": kind, "id": f"m{self.number}", "customer": customer} | more | fields
        key = str(customer.get("id") or customer["aliases"][0])
        self.send(self.prefix + topic_of(kind), json.dumps(message).encode(), key)

    def send(self, topic: str, value: bytes, key: str) -> None:
        async def send() -> None:
            async with bus.producer(self.connection) as producer:
                await producer.send_and_wait(topic, value=value, key=key.encode())

        asyncio.run(send())

    def read(self, topic: str) -> list[dict[str, object]]:
        async def read() -> list[dict[str, object]]:
            return [json.loads(r.value) async for r in bus.read_topic(self.connection, self.prefix + topic) if r.value]

        return asyncio.run(read())

    def until(self, topic: str, condition, limit_s: float = 20) -> list[dict[str, object]]:
        """Wait until the messages of a topic fulfil a condition; returns them."""
        deadline = time.monotonic() + limit_s
        while not condition(found := self.read(topic)):
            assert time.monotonic() < deadline, f"{topic}: {found[-3:]}"
            time.sleep(0.2)
        return found


@pytest.fixture
def house(kafka, prefix, tmp_path):
    house = House(kafka, prefix, tmp_path)
    house.run("topics", "apply")
    house.start()
    yield house
    house.kill()


def test_a_customer_is_heard_answered_and_not_lost_through_a_kill(house):
    ann, mail = {"id": "ann"}, {"aliases": ["email:Ann@Example.com"]}
    # She complains before anybody knows whose address it is.
    house.say("survey.answered", mail, "2026-06-01T10:00:00Z", score={"metric": "nps", "raw": 1}, comment="nobody called me back")
    assert house.until("waiting", len)[0]["waits_at"] == "email:ann@example.com"
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

    house.kill()
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
    house.start()
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
    house.kill()
    house.say("survey.answered", {"id": "ann"}, "2026-01-01T10:00:00Z", score={"metric": "nps", "raw": 0})
    house.start()
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
