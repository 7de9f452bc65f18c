"""`makegood worker --processes N`, as real processes on a real broker: they share the partitions, answer as one, and end together."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from makegood.config.settings import Settings
from makegood.services import worker_processes, workers_health
from makegood.services.until_signal import STOPPED_ITSELF
from makegood.services.worker_link import Answer
from tests.conftest import free_port
from tests.faults.harness import PARTITIONS, Workers
from tests.faults.load import Load, pour
from tests.patience import PATIENT_S


class Together(Workers):
    """One supervisor, `one`, with two processes."""

    def __init__(self, *where) -> None:
        self.port = free_port()
        super().__init__(*where, processes=2, health_port=self.port)

    def start(self, name: str = "one", **environment: str) -> subprocess.Popen[bytes]:
        return super().start(name, **environment)

    def page(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def processes(self) -> list[psutil.Process]:
        return sorted(psutil.Process(self.running["one"].pid).children(recursive=True), key=lambda process: process.pid)

    def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENT_S
        while not condition():
            assert time.monotonic() < deadline, f"{what} within {PATIENT_S} s: {self.log('one')[-3000:]}"
            time.sleep(0.1)

    def until_ready(self) -> list[psutil.Process]:
        self.until(lambda: self.page("readyz")[0] == 200, "not ready")
        return self.processes()

    def ended(self) -> int:
        return self.running.pop("one").wait(PATIENT_S)

    def lines(self) -> list[dict[str, Any]]:
        """Of the log; Faust's spinner may stand before one."""
        return [json.loads(line[line.index("{") :]) for line in self.log("one").splitlines() if '"event"' in line]


@pytest.fixture
def together(bootstrap, applied, tmp_path) -> Iterator[Together]:
    workers = Together(bootstrap, applied, tmp_path)
    yield workers
    workers.end()


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def pour_in(workers: Workers, count: int, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Send so many records in count / 1000 seconds; after half of that time something is done."""

    async def run() -> None:
        pouring = asyncio.create_task(pour(workers.bootstrap, workers.prefix, Load(7, customers=200).records(count), 1000, PARTITIONS))
        await asyncio.sleep(count / 2000)
        meanwhile()
        await pouring

    asyncio.run(run())


# -- together ----------------------------------------------------------------------------------------------------------------------------


def test_two_processes_share_the_partitions_and_answer_as_one_worker(together):
    together.start()
    assert len(together.until_ready()) == 2
    report = json.loads(together.page("readyz")[1])
    assert list(report["partitions"]) == ["0", "1", "2", "3"]
    assert sorted(len(process["partitions"]) for process in report["processes"].values()) == [2, 2]
    assert together.page("livez") == (200, '{"live":true}')
    metrics = {family.name: family.samples for family in text_string_to_metric_families(together.page("metrics")[1])}
    assert sorted(sample.labels["partition"] for sample in metrics["makegood_recovered"]) == ["0", "1", "2", "3"]
    assert {sample.labels["process"] for sample in metrics["process_resident_memory_bytes"]} == {"1", "2", "supervisor"}


def test_what_both_decide_on_disks_of_their_own_is_sound_and_sigterm_ends_all_with_status_0(together, tmp_path):
    together.settings["store"] = "rocksdb"
    together.start()
    processes = together.until_ready()
    pour_in(together, 2000)
    verdict = asyncio.run(together.until_settled(PATIENT_S))
    assert verdict.sound, verdict
    assert together.stop("one") == 0
    assert all(map(is_gone, processes))
    stores = [directory / together.settings["group"] / "state" for directory in (tmp_path / "one", tmp_path / "one" / "process-2")]
    assert all(len(list(store.iterdir())) >= 2 for store in stores)


def test_a_process_that_is_killed_ends_the_whole_which_says_so_and_nothing_is_lost(together):
    together.start()
    first, second = together.until_ready()
    pour_in(together, 2000, second.kill)
    assert together.ended() == STOPPED_ITSELF
    assert is_gone(first)
    assert together.lines()[-1]["reason"] == "process 2 of 2 was killed by signal 9 (SIGKILL)"
    together.start()
    pour_in(together, 1000)
    verdict = asyncio.run(together.until_settled(PATIENT_S))
    assert verdict.sound, verdict


def test_no_process_outlives_a_supervisor_that_is_killed(together):
    together.start()
    processes = together.until_ready()
    together.kill("one")
    together.until(lambda: all(map(is_gone, processes)), "a process still runs")


def test_the_reason_of_one_process_is_the_reason_of_all(together):
    together.start(BREAK="survey.answered")
    together.until_ready()
    fact = {"type": "survey.answered", "source": "test", "occurred_at": "2026-03-01T00:00:00Z", "customer": {"id": "c"}}
    answers = (fact | {"id": f"f{n}", "object": f"o{n}", "score": {"metric": "nps", "raw": 3}} for n in range(60))
    asyncio.run(pour(together.bootstrap, together.prefix, (("feedback", "c", json.dumps(a).encode()) for a in answers), 2000, PARTITIONS))
    assert together.ended() == STOPPED_ITSELF
    by_the_process, by_the_supervisor = [line for line in together.lines() if line["event"] == "worker stops"]
    assert "in a row raised an error" in by_the_process["reason"]
    assert by_the_supervisor["reason"] == by_the_process["reason"]
    assert together.lines()[-1] == by_the_supervisor


def test_where_health_cannot_be_served_nothing_runs_and_that_is_one_sentence(together):
    with socket.create_server(("127.0.0.1", together.port)):
        together.start()
        assert together.ended() == 1
    (pids,) = (line["pids"] for line in together.lines() if line["event"] == "worker processes run")
    assert not any(map(psutil.pid_exists, pids.values()))
    assert f"health cannot be served at 127.0.0.1:{together.port}" in together.log("one")


def test_a_process_that_does_not_answer_any_more_is_killed(together, tmp_path):
    quick = (
        "from makegood.services import worker_link, worker_processes as w; w.HUNG_S, w.LOOK_S, worker_link.ANSWER_S = 2, 0.2, 0.3; "
        "import json, sys; from tests.faults import worker; worker.main(json.loads(sys.argv[1]))"
    )
    given = together.settings | {"instance": "one", "directory": str(tmp_path / "one"), "log_format": "json"}
    with (tmp_path / "one.log").open("ab") as log:
        together.running["one"] = subprocess.Popen([sys.executable, "-c", quick, json.dumps(given)], stdout=log, stderr=log)
    _, second = together.until_ready()
    second.suspend()
    together.until(lambda: together.page("readyz")[0] == 503, "still ready")
    assert together.ended() == STOPPED_ITSELF
    assert together.lines()[-1]["reason"] == "process 2 of 2 did not answer for 2 s and was killed"


def test_one_process_is_the_plain_worker_without_a_supervisor(together):
    together.settings["processes"] = 1
    together.start()
    assert together.until_ready() == []
    assert "processes" not in json.loads(together.page("readyz")[1])


# -- how many, and who ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def said(fresh_log):
    fresh_log(worker_processes)
    with capture_logs() as said:
        yield said


def test_more_processes_than_partitions_are_reduced_with_one_sentence(said):
    assert worker_processes.count(9, 4) == 4
    assert [(line["wanted"], line["partitions"]) for line in said] == [(9, 4)]


def test_as_many_processes_as_cores_run_where_nobody_says_how_many(said):
    assert worker_processes.count(None, 1000) == worker_processes.cores() <= len(os.sched_getaffinity(0))
    assert worker_processes.count(None, 1) == 1
    assert said == []


def test_a_container_that_is_given_half_its_cores_runs_half_as_many_processes(tmp_path, monkeypatch):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    monkeypatch.setattr(worker_processes, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert worker_processes.cores() == 2
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert worker_processes.cores() == 8


def test_each_process_is_a_group_member_with_a_name_and_a_directory_of_its_own(tmp_path):
    given = Settings(instance="one", directory=tmp_path)
    first, second = (worker_processes.settings_of(number, given).engine(4) for number in (1, 2))
    assert first == given.engine(4)
    assert (second.instance, second.directory) == ("one-2", tmp_path / "process-2" / "makegood")


# -- health of several -----------------------------------------------------------------------------------------------------------------


def answer(ready: bool, *partitions: int, lag: int = 0) -> Answer:
    lines = [f'makegood_lag_records{{partition="{number}"}} {lag}' for number in partitions]
    text = "\n".join(["# TYPE makegood_lag_records gauge", *lines, ""])
    return Answer(ready, {"ready": ready, "reason": "recovering", "partitions": {str(n): {"lag": lag} for n in partitions}}, text)


def test_one_process_that_is_not_ready_or_silent_is_named():
    ready, report = workers_health.readiness({1: answer(True, 0), 2: answer(False, 10, 9), 3: None})
    assert not ready
    assert report["reason"] == "process 2: recovering; process 3: it does not answer"
    assert list(report["partitions"]) == ["0", "9", "10"]


def test_a_partition_that_two_processes_report_while_it_changes_hands_is_shown_once():
    text = workers_health.exposition({"1": answer(True, 0, lag=5).metrics, "2": answer(True, 0, 1, lag=7).metrics}).decode()
    assert [line for line in text.splitlines() if not line.startswith("#")] == [
        'makegood_lag_records{partition="0"} 7.0',
        'makegood_lag_records{partition="1"} 7.0',
    ]
