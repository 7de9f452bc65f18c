"""The database goes away under a board that runs: it says so, and goes on by itself when the database is back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.console.test_console_process import Page, now, password_in, until
from tests.installation import HIC, Installation
from tests.patience import PATIENT_S
from tests.postgres import Server, server

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(900)]

AWAY = "the database does not answer"
CLICK = {"verb": "acknowledge", "task": "T-1"}


@pytest.fixture
def database() -> Iterator[Server]:
    with server() as one:
        yield one


@pytest.fixture
def installation(bootstrap: str, applied: str, tmp_path: Path, database: Server) -> Iterator[Installation]:
    with Installation(bootstrap, applied, tmp_path) as installation:
        installation.environment["MAKEGOOD_DATABASE_URL"] = database.url
        yield installation


def stop(database: Server) -> Callable[[], None]:
    database.stop()
    return database.start


def freeze(database: Server) -> Callable[[], None]:
    pids = database.pids()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)

    def go_on() -> None:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    return go_on


@pytest.mark.parametrize("die", [stop, freeze], ids=lambda die: die.__name__)
def test_a_board_outlives_its_database(installation, database, die):
    installation.start("console")
    page = Page(installation, "admin", password_in(installation.log_of("console")))
    page.http.timeout = 40
    installation.say("customer.profiled", {"id": "C-1"}, now(), name="Ann Meyer", **HIC)
    until(lambda: page.read("/api/customers")["customers"])
    with page.live(page.read("/api/tasks")["change"]):
        come_back = die(database)
        try:
            for path in ("/api/tasks", "/api/me", "/api/pipeline"):
                answer = page.http.get(path)
                assert (answer.status_code, answer.json()["detail"]) == (503, f"{AWAY}: try again in a moment")
            for commands in ([CLICK], [CLICK] * 500):  # the latter has a body that is read only of who has signed in
                answer = page.http.post("/api/commands", json={"commands": commands})
                assert (answer.status_code, answer.json()["detail"]) == (503, f"{AWAY}: try again in a moment")
            assert until(lambda: (found := installation.health("readyz", "console"))[0] == 503 and found)[1].count(AWAY) == 1
            until(lambda: page.events[-1][0] == "beat" and page.events[-1][2]["trouble"] == AWAY)
        finally:
            come_back()
        until(lambda: installation.health("readyz", "console")[0] == 200, PATIENT_S)
        until(lambda: page.http.get("/api/tasks").status_code == 200, PATIENT_S)
        installation.say("customer.profiled", {"id": "C-2"}, now(), name="Bob Berger", **HIC)
        until(lambda: len(page.read("/api/customers")["customers"]) == 2)
        until(lambda: page.events[-1][0] != "beat" or not page.events[-1][2]["trouble"], PATIENT_S)
        assert not page.ended.is_set()
    assert "Traceback" not in installation.log_of("console").read_text()


def test_a_database_that_refuses_is_told_in_one_sentence(installation, database):
    installation.environment["MAKEGOOD_DATABASE_URL"] = database.url.removesuffix("/postgres") + "/nowhere"
    said = installation.run("console", check_status=False)
    assert 'does not answer: database "nowhere" does not exist' in said
    assert "Traceback" not in said
