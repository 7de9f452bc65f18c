"""Kafka goes away under a board that runs: it says so, takes no command, and goes on by itself when Kafka is back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from makegood.broker import Cluster
from tests.conftest import free_port
from tests.console.test_console_process import Page, now, password_in, until
from tests.house import HIC, House

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "kafka", brokers=1, first_port=free_port(2)) as cluster:
        yield cluster


def test_a_board_outlives_a_broker_that_stands_still(own_kafka, tmp_path):
    house = House(own_kafka.bootstrap, "away.", tmp_path)
    try:
        house.run("topics", "apply", "--partitions", "2", "--replication", "1")
        house.start("worker", "console")
        page = Page(house, "admin", password_in(house.log_of("console")))
        house.say("customer.profiled", {"id": "C-1"}, now(), name="Ann Meyer", **HIC)
        house.say("survey.answered", {"id": "C-1"}, now(), score={"metric": "nps", "raw": 1})
        (task,) = until(lambda: page.read("/api/tasks")["tasks"])
        pids = [pid for node in own_kafka.ports if (pid := own_kafka.pid(node))]
        with page.live(page.read("/api/tasks")["change"]):
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                until(lambda: page.events[-1][0] == "beat" and page.events[-1][2]["trouble"], 40)
                answer = page.http.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task["id"]}]})
                assert answer.status_code == 503
                assert answer.json()["detail"].endswith("Asking again is safe")
                assert page.read("/api/tasks")["total"] == 1
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
            until(lambda: page.events[-1][0] == "beat" and not page.events[-1][2]["trouble"], 60)

            def asked_again() -> bool:
                page.http.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task["id"]}]})
                return page.read(f"/api/tasks/{task['id']}")["status"] == "acknowledged"

            until(asked_again, 60)
    finally:
        house.end()


def test_the_board_of_a_broker_that_was_made_anew_begins_anew(tmp_path):
    port = free_port(2)
    house = House(f"127.0.0.1:{port}", "anew.", tmp_path)
    try:
        for name in ("Ann Meyer", "Bob Berger"):
            _look_at_a_new_cluster(house, port, tmp_path / name, name)
    finally:
        house.end()


def _look_at_a_new_cluster(house: House, port: int, directory: Path, name: str) -> None:
    with Cluster(directory, brokers=1, first_port=port):
        house.run("topics", "apply", "--partitions", "2", "--replication", "1")
        house.say("customer.profiled", {"id": "C-1"}, now(), name=name, **HIC)
        house.start("console")
        page = Page(house, "admin", password_in(house.log_of("console")))
        until(lambda: [one["name"] for one in page.read("/api/customers")["customers"]] == [name])
        house.kill("console")
