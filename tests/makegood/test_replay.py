"""Replay without a broker: what comes out, that it comes out once, and what a manager and a careless user are told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from makegood.config import policy_file
from makegood.replay.runner import OUTPUTS, offline
from schemas.decisions import AlertSnapshot
from schemas.reasons import Why
from schemas.sentences import say, say_alert
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.conftest import shared
from tests.makegood.histories_at_hand import first_rows, read, write_csv
from tests.patience import PATIENT_S

pytestmark = pytest.mark.journeys

START = datetime(2026, 3, 1, tzinfo=UTC)
EVERYONE = 'version = "all-1"\n[high_impact]\neveryone = true\n'


def fact(kind: str, number: int, hours: float, customer: str = "ann", **fields: object) -> dict[str, object]:
    base = {"type": kind, "id": f"f{number}", "source": "test", "object": f"o{number}", "customer": {"id": customer}}
    return base | {"occurred_at": (START + timedelta(hours=hours)).isoformat()} | fields


def answer(number: int, hours: float, raw: int, **more: object) -> dict[str, object]:
    return fact("survey.answered", number, hours, score={"metric": "nps", "raw": raw}, **more)


def lines_of(path) -> list[dict]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write(path, *messages: dict[str, object] | str):
    path.write_text("".join((m if isinstance(m, str) else json.dumps(m)) + "\n" for m in messages))
    return path


@pytest.fixture
def week(tmp_path):
    """Ann is valued, is disappointed, and nobody answers her; somebody unknown writes; one line is rubbish."""
    return write(
        tmp_path / "week.jsonl",
        fact("customer.profiled", 1, 0, name="Ann Meyer", annual_value=90_000, hic=True),
        answer(2, 10, 1, comment="nobody called me back"),
        fact("survey.answered", 3, 11, score={"metric": "nps", "raw": 0}) | {"customer": {"aliases": ["email:x@example.com"]}},
        "{ not json",
        fact("purchase.made", 4, 24 * 7, amount=20.0),
    )


def makegood(*words: object, folder) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "makegood.cli", "replay", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENT_S, cwd=folder, env=os.environ | {"COLUMNS": "200"})


def run(path, out, name: str = "jsonl", policy: str | None = None):
    chosen = policy_file.load(None) if policy is None else policy_file.parse(policy, "test")
    return offline(iter(read(name, path)), chosen, out, lambda count: None)


# -- what comes out -----------------------------------------------------------------------------------------------------------------


def test_each_output_is_a_file_of_the_messages_as_they_would_lie_on_its_topic(week, tmp_path):
    run(week, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{name}.jsonl" for name in OUTPUTS)
    first = lines_of(tmp_path / "out" / "tasks.jsonl")[0]
    assert (first["type"], first["status"], first["customer_name"], first["basis"]["input"][:9]) == (
        "task.snapshot",
        "open",
        "Ann Meyer",
        "feedback-",
    )


def test_a_replay_gives_the_same_files_every_time(week, tmp_path):
    for out in ("one", "two"):
        run(week, tmp_path / out)
    for name in set(OUTPUTS) - {"dead-letters"}:  # a dead letter says when it was received
        assert (tmp_path / "one" / f"{name}.jsonl").read_bytes() == (tmp_path / "two" / f"{name}.jsonl").read_bytes()


def test_what_falls_due_between_two_events_is_told_when_it_does(week, tmp_path):
    run(week, tmp_path / "out")
    overdue = next(n for n in lines_of(tmp_path / "out" / "notices.jsonl") if n["kind"] == "task_overdue")
    late = datetime.fromisoformat(overdue["at"]) - datetime.fromisoformat(overdue["due_at"])
    assert timedelta(0) <= late <= timedelta(hours=1)


def test_the_same_history_again_raises_nothing_again(week, tmp_path):
    written: list[str] = []
    machine = Offline(policy_file.load(None), 4, lambda output: written.append(output.topic))
    for _ in range(2):
        told_before = len(written)
        for record in read("jsonl", week):
            if record.at is not None:
                machine.advance(record.at)
                machine.feed(record.topic, partition_of(record.key, 4), record.key.encode(), record.value)
    again = written[told_before:]
    assert "tasks" in written[:told_before]
    assert set(again) == {"decisions"}  # each is logged as a duplicate


# -- the command --------------------------------------------------------------------------------------------------------------------


def test_the_summary_tells_a_manager_what_happened(week, tmp_path):
    done = makegood("--offline", "--format", "jsonl", week, "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for told in (
        "survey.answered 2",
        "2026-03-01 00:00 UTC, 2026-03-08 00:00 UTC",
        "poor survey 1",
        "nobody called me back",
        "not JSON",
        "5 events in",
    ):
        assert told in done.stdout
    assert "Traceback" not in done.stderr


def test_a_limit_reads_so_many_events(week, tmp_path):
    done = makegood("--offline", "--format", "jsonl", week, "--out", "out", "--limit", 2, folder=tmp_path)
    assert "2 events in" in done.stdout


def test_rows_that_make_no_fact_are_told(tmp_path):
    path = write_csv(
        tmp_path / "a.csv", "ts,customer_id,kind,invoice,amount", "yesterday,1,purchase,1,5", "2011-01-01T10:00:00,1,purchase,2,5"
    )
    done = makegood("--offline", "--format", "online-retail", path, "--out", "out", folder=tmp_path)
    assert done.returncode == 0
    assert "left out as no fact: 1 row; the first: a.csv, line 2: Invalid isoformat string: 'yesterday'" in done.stderr


def test_results_are_not_covered_unless_that_is_asked_for(week, tmp_path):
    words = ("--offline", "--format", "jsonl", week, "--out", "out")
    assert makegood(*words, folder=tmp_path).returncode == 0
    before = (tmp_path / "out" / "tasks.jsonl").read_bytes()
    again = makegood(*words, folder=tmp_path)
    assert again.returncode == 1
    assert again.stderr.strip() == "makegood: out is not an empty folder: choose another, or give --overwrite"
    assert (tmp_path / "out" / "tasks.jsonl").read_bytes() == before
    (tmp_path / "out" / "own.jsonl").write_text("somebody's")
    assert makegood(*words, "--overwrite", folder=tmp_path).returncode == 0
    assert (tmp_path / "out" / "own.jsonl").read_text() == "somebody's"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--offline", "--format", "jsonl", "none.jsonl", "--out", "out"), "there is no file none.jsonl"),
        (("--offline", "--format", "olist", "week.jsonl", "--out", "out"), "week.jsonl is not olist: .*it looks like --format jsonl"),
        (("--offline", "--format", "jsonl", "week.jsonl"), "--offline needs --out DIR"),
        (("--offline", "--format", "jsonl", "week.jsonl", "--out", "out", "--zone", "Europe/Atlantis"), "there is no time zone"),
        (("--offline", "--format", "jsonl", "week.jsonl", "--out", "out", "--policy", "none.toml"), "the policy file none.toml cannot"),
        (("--format", "jsonl", "week.jsonl", "--kafka", "127.0.0.1:1"), "nobody answers at 127.0.0.1:1"),
    ],
)
def test_a_mistake_of_the_user_is_one_sentence_and_a_failure(week, tmp_path, words, told):
    done = makegood(*words, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("makegood: ")
    assert "Traceback" not in done.stderr
    import re

    assert re.search(told, done.stderr), done.stderr
    assert not list(tmp_path.glob("out/*.jsonl"))


# -- the real histories -------------------------------------------------------------------------------------------------------------

REAL = {
    "olist": ("olist_orders.csv.gz", "olist_reviews.csv.gz"),
    "online-retail": ("online_retail.csv.gz",),
    "incidents": ("incidents.csv.gz",),
    "complete-journey": ("complete_journey.csv.gz",),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_history_runs_through_and_every_task_and_alert_says_why(name, tmp_path):
    paths = [shared("data", file) for file in REAL[name]]
    if name in {"incidents", "complete-journey"}:  # the larger ones
        paths = [first_rows(path, tmp_path / path.name.removesuffix(".gz"), 6_000) for path in paths]
    records = read(name, *paths)
    summary = offline(iter(records), policy_file.parse(EVERYONE, "test"), tmp_path / "out", lambda count: None)
    assert sum(summary.facts.values()) == len(records)
    assert not summary.letters
    for task in summary.tasks.values():
        assert len(say(Why.model_validate(task["why"]))) > 10
        assert abs(sum(addend["points"] for addend in task["addends"]) - task["score"]) < 0.06
    for alert in summary.alerts.values():
        assert "%" in say_alert(AlertSnapshot.model_validate(alert))
        assert alert["tier"]
    assert summary.tasks or name in {"online-retail", "complete-journey"}


def test_the_real_shop_again_raises_no_task_again(tmp_path):
    paths = [shared("data", file) for file in REAL["olist"]]
    records = read("olist", *paths)[:4000]
    tasks: list[bytes] = []
    machine = Offline(policy_file.load(None), 4, lambda output: tasks.append(output.value) if output.topic == "tasks" else None)
    counts = []
    for _ in range(2):
        for record in records:
            machine.advance(record.at)
            machine.feed(record.topic, partition_of(record.key, 4), record.key.encode(), record.value)
        counts.append(len({json.loads(task)["id"] for task in tasks}))
    assert counts[0] == counts[1] > 0


def test_a_fact_dated_ahead_is_a_dead_letter_and_what_came_today_is_due_today(tmp_path):
    ahead = answer(2, 2 * 365 * 24, 3, comment="the clock of the kiosk is two years ahead")
    history = fact("customer.profiled", 1, 0, hic=True), ahead, answer(3, 3, 0), fact("customer.profiled", 4, 24, annual_value=90_000)
    words = ("--format", "jsonl", "--offline", "--out", "out", "--now", "2026-03-02T08:00:00Z")
    done = makegood(write(tmp_path / "mine.jsonl", *history), *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    [letter] = lines_of(tmp_path / "out" / "dead-letters.jsonl")
    assert (letter["fault"], letter["timestamp"]) == ("dated_ahead", (START + timedelta(hours=32)).timestamp())
    assert {task["due_at"][:10] for task in lines_of(tmp_path / "out" / "tasks.jsonl")} == {"2026-03-01"}
    assert "2026-03-02 08:00 UTC" in done.stdout, "when it came in is told"


@pytest.mark.parametrize(("most", "letters"), [(24, 1), (48, 0)])
def test_how_far_ahead_a_fact_may_be_is_a_setting_of_the_policy(tmp_path, most, letters):
    (tmp_path / "wide.toml").write_text(f'version = "wide"\n[arrival]\nmost_ahead_hours = {most}\n')
    words = ("--format", "jsonl", "--offline", "--out", "out", "--now", START.isoformat(), "--policy", "wide.toml")
    done = makegood(write(tmp_path / "mine.jsonl", fact("customer.profiled", 1, 30, hic=True)), *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(lines_of(tmp_path / "out" / "dead-letters.jsonl")) == letters


def test_through_kafka_nobody_says_when_a_record_came_in(week, tmp_path):
    done = makegood(week, "--format", "jsonl", "--now", "2026-03-02", folder=tmp_path)
    assert (done.returncode, "--now is for --offline" in done.stderr) == (1, True), done.stderr
