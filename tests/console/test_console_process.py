"""`makegood console` as a process, beside a real worker on a real broker."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.installation import HIC, Installation
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

BAD = {"survey": "after delivery", "score": {"metric": "nps", "raw": 1}, "comment": "Nobody called us back."}


class Page:
    """A signed-in browser with its live stream."""

    def __init__(self, installation: Installation, name: str, password: str) -> None:
        self.http = httpx.Client(base_url=installation.address("console"), timeout=20)
        answer = self.http.post("/api/login", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        self.http.headers["X-CSRF-Token"] = answer.json()["csrf"]
        self.events: list[tuple[str, str | None, dict[str, Any]]] = []
        self.ended = threading.Event()

    def read(self, path: str) -> dict[str, Any]:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, **command: Any) -> dict[str, Any]:
        answer = self.http.post("/api/commands", json={"commands": [command]})
        assert answer.status_code == 202, answer.text
        return answer.json()["results"][0]

    @contextmanager
    def live(self, after: int) -> Iterator[None]:
        """Follow the stream in a thread for the time of the block."""
        thread = threading.Thread(target=self._follow, args=(after,), daemon=True)
        thread.start()
        until(lambda: self.events)
        try:
            yield
        finally:
            self.http.close()

    def _follow(self, after: int) -> None:
        try:
            with self.http.stream("GET", "/api/events", params={"after": after}) as stream:
                event: dict[str, str] = {}
                for line in stream.iter_lines():
                    if line.startswith(":"):
                        continue  # a comment, so that the connection is not idle
                    if line:
                        name, _, value = line.partition(": ")
                        event[name] = value
                    elif event:
                        self.events.append((event["event"], event.get("id"), json.loads(event["data"])))
                        event = {}
        except (httpx.HTTPError, OSError, RuntimeError):
            pass
        finally:
            self.ended.set()

    def said(self, kind: str, **fields: Any) -> Callable[[], Any]:
        return lambda: [data for name, _, data in self.events if name == kind and fields.items() <= data.items()]


def until(condition: Callable[[], Any], limit_s: float = PATIENT_S) -> Any:
    deadline = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


def password_in(log: Path) -> str:
    found = re.search(r"Password: (\S+)", log.read_text())
    assert found, log.read_text()
    return found[1]


def now() -> str:
    return datetime.now(UTC).isoformat()


@pytest.mark.faults
def test_a_click_becomes_a_decision_on_the_board_and_no_crash_loses_or_doubles_it(installation):
    installation.start("worker", "console")
    password = password_in(installation.log_of("console"))
    page = Page(installation, "admin", password)
    assert page.read("/api/tasks")["total"] == 0
    installation.say("customer.profiled", {"id": "C-1"}, now(), name="Ann Meyer", **HIC)
    installation.say("survey.answered", {"id": "C-1"}, now(), **BAD)
    (task,) = until(lambda: page.read("/api/tasks")["tasks"])
    assert task["customer_name"] == "Ann Meyer"

    with page.live(page.read("/api/tasks")["change"]):
        sent = page.ask(verb="acknowledge", task=task["id"])
        until(page.said("command", id=sent["command"], state="sent"))
        until(page.said("command", id=sent["command"], state="done"))
        until(page.said("task", id=task["id"], status="acknowledged", pending=None))
        again = page.ask(verb="acknowledge", task=task["id"])
        (refused,) = until(page.said("command", id=again["command"], state="refused"))
        assert (refused["why"]["code"], refused["why"]["values"]["by"]) == ("already_so", "admin")
        installation.kill("console")
        until(page.ended.is_set)

    installation.start("console")  # it makes no second first user
    page = Page(installation, "admin", password)
    before = page.read(f"/api/tasks/{task['id']}")
    assert [command["state"] for command in before["commands"]] == ["done", "refused"]
    assert before["status"] == "acknowledged"
    pipeline = until(lambda: (found := page.read("/api/pipeline"))["lag"] == 0 and found["reading"]["behind_records"] == 0 and found)
    assert [part["partition"] for part in pipeline["partitions"]] == [0, 1, 2, 3]
    assert {service["name"]: service["state"] for service in pipeline["services"]}["kafka"] == "running"

    with page.live(before["change"]):
        assert "The read model was made anew from" in installation.run("console", "rebuild")
        until(page.said("reset"))
        after = page.read(f"/api/tasks/{task['id']}")
        assert {**after, "change": 0} == {**before, "change": 0}
        page.ask(verb="contact", task=task["id"], note="spoke to her")  # and it goes on from there
        until(page.said("task", id=task["id"], status="contacted", pending=None))

        installation.running["console"].send_signal(signal.SIGTERM)
        assert installation.running.pop("console").wait(timeout=PATIENT_S) == 0
        until(page.ended.is_set)
    assert password not in installation.log_of("console").read_text().partition("Password: ")[2][len(password) :]


def test_a_console_without_kafka_says_so_and_goes_on_when_it_is_there(installation):
    installation.environment["MAKEGOOD_PREFIX"] = f"{installation.prefix}not-made."
    installation.until_ready = lambda part: until(lambda: installation.health("readyz", part)[0] == 503)
    installation.start("console")
    del installation.until_ready
    page = Page(installation, "admin", password_in(installation.log_of("console")))
    trouble = until(lambda: page.read("/api/pipeline")["reading"]["trouble"])
    assert "make the topics with `makegood topics apply`" in trouble
    assert page.http.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": "T-1"}]}).status_code == 202
    installation.run("topics", "apply", "--partitions", "2", "--replication", "1")
    installation.until_ready("console")
    assert page.read("/api/pipeline")["reading"]["trouble"] is None


def test_a_taken_port_is_told_in_one_sentence(installation):
    taken = httpx.URL(f"http://{installation.kafka}").port
    said = installation.run("console", "--port", str(taken), check_status=False)
    assert f"the board cannot be served at 127.0.0.1:{taken}: Address already in use. Choose another with --port" in said
