"""Kafka goes away under a board that runs: it says so, sends nothing by itself, and is live again soon after Kafka is."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from makegood.local.broker import Cluster
from tests.conftest import free_port
from tests.console.test_console_process import Page, now, password_in, until
from tests.installation import HIC, Installation

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "kafka", brokers=1, first_port=free_port(2)) as cluster:
        yield cluster


@contextmanager
def installed(bootstrap: str, directory: Path) -> Iterator[Installation]:
    with Installation(bootstrap, "away.", directory) as installation:
        yield installation


def make_topics(installation: Installation) -> None:
    installation.run("topics", "apply", "--partitions", "2", "--replication", "1")


def complain(installation: Installation, number: int, name: str) -> None:
    """A customer whom one cannot lose is unhappy: a task."""
    installation.say("customer.profiled", {"id": f"C-{number}"}, now(), name=name, **HIC)
    installation.say("survey.answered", {"id": f"C-{number}"}, now(), score={"metric": "nps", "raw": 1})


def signed_in(installation: Installation) -> Page:
    return Page(installation, "admin", password_in(installation.log_of("console")))


def click(page: Page, *tasks: str) -> Any:
    return page.http.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task} for task in tasks]})


def trouble(page: Page) -> str | None:
    return page.events[-1][2]["trouble"] if page.events[-1][0] == "beat" else None


# -- the deaths of a broker ------------------------------------------------------------------------------------------------------------


def freeze(cluster: Cluster) -> Callable[[], None]:
    pid = cluster.pid(1)
    assert pid
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


def kill(cluster: Cluster) -> Callable[[], None]:
    cluster.kill(1)
    return lambda: cluster.restart(1)


def stop(cluster: Cluster) -> Callable[[], None]:
    cluster.stop()
    return cluster.start


DEATHS = [kill, stop, freeze]


@pytest.mark.parametrize("die", DEATHS, ids=lambda die: die.__name__)
def test_board_gateway_and_handlers_outlive_their_broker(own_kafka, tmp_path, die):
    with installed(own_kafka.bootstrap, tmp_path) as installation:
        make_topics(installation)
        installation.start("worker", "console", "gateway", "handlers")
        page = signed_in(installation)
        complain(installation, 1, "Ann Meyer")
        (task,) = until(lambda: page.read("/api/tasks")["tasks"])
        with page.live(page.read("/api/tasks")["change"]):
            come_back = die(own_kafka)
            try:
                _says_that_kafka_is_away_and_sends_nothing(page, task["id"])
                until(lambda: installation.health("readyz", "gateway")[0] == 503)
                time.sleep(8)  # longer than any limit of the console itself
                _go_on_all(installation, "console", "gateway", "handlers")
            finally:
                come_back()
            _is_back(installation, page, task["id"])
            assert not page.ended.is_set(), "the live stream outlives the broker, too"
        until(lambda: installation.health("readyz", "gateway")[0] == 200)
        _go_on_all(installation, "console", "gateway", "handlers")


def _go_on_all(installation: Installation, *parts: str) -> None:
    for part in parts:
        log = installation.log_of(part).read_text()
        assert installation.running[part].poll() is None, log[-3000:]
        assert "Traceback" not in log
        assert len(log) < 20_000, "a broker that is away fills no log"


def _says_that_kafka_is_away_and_sends_nothing(page: Page, task: str) -> None:
    at_once = click(page, task)  # before anybody has noticed
    assert at_once.status_code == 503, at_once.text
    until(lambda: trouble(page))
    for answer in (at_once, click(page, task)):
        told = answer.json()
        assert told["detail"].startswith("“acknowledge” was not sent for Ann Meyer: ")
        assert "Nothing tries again by itself: click again" in told["detail"]
        assert [(one["state"], one["command"]) for one in told["results"]] == [("not_sent", None)]
    assert page.read("/api/tasks")["total"] == 1  # what was read is shown on


def _is_back(installation: Installation, page: Page, task: str) -> None:
    began = time.monotonic()
    until(lambda: installation.health("readyz", "console")[0] == 200)
    ready = time.monotonic()
    until(lambda: click(page, task).status_code == 202)
    until(lambda: page.events[-1][0] != "beat" or not trouble(page))
    clicked = time.monotonic()
    complain(installation, 2, "Bob Berger")
    until(lambda: installation.mend() or page.read("/api/tasks")["total"] == 2)
    until(lambda: installation.mend() or page.read(f"/api/tasks/{task}")["status"] == "acknowledged")
    print(f"\nready after {ready - began:.1f} s, takes a click after {clicked - began:.1f} s")
    assert [one["task"] for one in installation.read("commands")] == [task], "what was told to be not sent was sent afterwards"


def test_a_click_of_which_nobody_knows_is_told_so_and_another_one_does_nothing_twice(own_kafka, tmp_path):
    with installed(own_kafka.bootstrap, tmp_path) as installation:
        make_topics(installation)
        installation.start("worker", "console")
        page = signed_in(installation)
        complain(installation, 1, "Ann Meyer")
        complain(installation, 2, "Bob Berger")
        ann, bob = until(lambda: len(found := page.read("/api/tasks")["tasks"]) == 2 and found)
        assert click(page, bob["id"]).status_code == 202  # from now on the producer waits for nothing: records leave at once
        come_back = freeze(own_kafka)
        try:
            answer = click(page, ann["id"])
            assert answer.status_code == 503
            (result,) = answer.json()["results"]
            assert result["state"] == "unknown"
            assert answer.json()["detail"].startswith(f"It is not known whether “acknowledge” was sent for {ann['customer_name']}: ")
            assert "Nothing tries again by itself" in answer.json()["detail"]
            assert "not done twice if you click again" in answer.json()["detail"]
        finally:
            come_back()
        until(lambda: installation.health("readyz", "console")[0] == 200)
        again = until(lambda: (found := click(page, ann["id"])).status_code == 202 and found).json()["results"][0]["command"]
        done = until(lambda: installation.mend() or _all_decided(page, ann["id"], again))
        assert [one["state"] for one in done].count("done") == 1
        assert {one["id"] for one in done} <= {result["command"], again}  # what turns up later is known by the id that was told


def _all_decided(page: Page, task: str, last: str) -> list[dict[str, Any]]:
    commands = page.read(f"/api/tasks/{task}")["commands"]
    known = {one["id"]: one["state"] for one in commands}
    return commands if last in known and "sent" not in known.values() else []


def test_a_board_starts_before_its_broker(tmp_path):
    cluster = Cluster(tmp_path / "kafka", brokers=1, first_port=free_port(2))
    with installed(cluster.bootstrap, tmp_path) as installation:
        installation.until_ready = lambda part: until(lambda: installation.health("readyz", part)[0] == 503)
        installation.start("console")
        del installation.until_ready
        page = signed_in(installation)
        assert "nobody answers at" in until(lambda: page.read("/api/pipeline")["reading"]["trouble"])
        with cluster:
            make_topics(installation)
            until(lambda: installation.health("readyz", "console")[0] == 200)
            installation.start("worker")
            complain(installation, 1, "Ann Meyer")
            (task,) = until(lambda: page.read("/api/tasks")["tasks"])
            assert click(page, task["id"]).status_code == 202


@pytest.mark.parametrize("while_it_runs", [False, True], ids=["started anew", "while it runs"])
def test_the_board_of_a_broker_that_was_made_anew_says_so_and_begins_anew(tmp_path, while_it_runs):
    port = free_port(2)
    with installed(f"127.0.0.1:{port}", tmp_path) as installation:
        _look_at_a_new_cluster(installation, port, tmp_path / "one", "Ann Meyer")
        if not while_it_runs:
            installation.kill("console")
        _look_at_a_new_cluster(installation, port, tmp_path / "two", "Bob Berger")
        assert "the read model was made of another cluster or other topics: it is begun anew" in installation.log_of("console").read_text()


def _look_at_a_new_cluster(installation: Installation, port: int, directory: Path, name: str) -> None:
    with Cluster(directory, brokers=1, first_port=port):
        make_topics(installation)
        installation.say("customer.profiled", {"id": "C-1"}, now(), name=name, **HIC)
        if "console" not in installation.running:
            installation.start("console")
        page = signed_in(installation)
        until(lambda: [one["name"] for one in page.read("/api/customers")["customers"]] == [name])
        until(lambda: installation.health("readyz", "console")[0] == 200)


def test_a_board_whose_topics_are_gone_says_which_and_comes_back_with_them(own_kafka, tmp_path):
    with installed(own_kafka.bootstrap, tmp_path) as installation:
        make_topics(installation)
        installation.start("worker", "console")
        page = signed_in(installation)
        complain(installation, 1, "Ann Meyer")
        (task,) = until(lambda: page.read("/api/tasks")["tasks"])
        installation.kill("worker")
        _remove_topics(installation)
        said = until(lambda: page.read("/api/pipeline")["reading"]["trouble"])
        until(lambda: "make the topics with `makegood topics apply`" in (page.read("/api/pipeline")["reading"]["trouble"] or ""))
        assert said
        answer = until(lambda: (found := click(page, task["id"])).status_code == 503 and found)
        assert "was not sent for Ann Meyer" in answer.json()["detail"]
        make_topics(installation)
        until(lambda: installation.health("readyz", "console")[0] == 200)
        assert page.read("/api/tasks")["total"] == 0  # not a mix of what was and what is


def _remove_topics(installation: Installation) -> None:
    import asyncio

    from makegood.kafka.clients import admin

    async def remove() -> None:
        async with admin(installation.connection) as client:
            await client.delete_topics([name for name in await client.list_topics() if name.startswith(installation.prefix)])

    asyncio.run(remove())
