"""An outage of a destination, with everything real: what was raised, fell due and was closed meanwhile arrives in order, and only what is true."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from handlers.intake import WAITED_S
from tests.handlers.conftest import webhook
from tests.installation import HIC, Installation

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]

PATIENCE = {"poll_s": 0.1, "first_wait_s": 0.2, "longest_wait_s": 1, "failure_threshold": 4, "cooldown_s": 1}
OF_THE_ANSWER = {"task_raised", "task_due_soon", "task_overdue", "task_closed"}
"""Kinds of notices about whether somebody answers; how long it takes to solve it, and whether it is well then, are clocks of their own."""
RESOLVED = {"cause": "missed call", "action": "called", "outcome": "satisfied"}


class Pager:
    """A destination that is down (503) until it is told to be well; it keeps which kinds OF_THE_ANSWER it took, in order."""

    def __init__(self) -> None:
        self.well, self.kinds = False, []
        pager = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if pager.well and message["data"]["kind"] in OF_THE_ANSWER:
                    pager.kinds.append(message["data"]["kind"])
                self.send_response(200 if pager.well else 503)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def destinations(self) -> dict[str, Any]:
        return {"destinations": {"pager": webhook(f"http://127.0.0.1:{self.server.server_port}/")}, "routes": {"fallback": ["pager"]}}


@pytest.fixture
def pager():
    made = Pager()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def installation(bootstrap, prefix, tmp_path, pager):
    with Installation(bootstrap, prefix, tmp_path, handlers=PATIENCE | pager.destinations) as installation:
        installation.run("topics", "apply")
        installation.start("worker", "handlers")
        yield installation


def a_complaint_that_fell_due(installation: Installation) -> dict[str, Any]:
    """A task that is overdue since long, and its notices."""
    installation.say("customer.profiled", {"id": "ann"}, "2026-01-01T09:00:00Z", **HIC)
    installation.say("survey.answered", {"id": "ann"}, "2026-01-01T10:00:00Z", score={"metric": "nps", "raw": 0})
    installation.until("notices", lambda all_: any(n["kind"] == "task_overdue" for n in all_))
    return installation.until("tasks", len)[-1]


def _is_suppressed(delivery: dict[str, Any]) -> bool:
    """Of the notice that the customer has not been contacted."""
    return delivery["kind"] == "task_overdue" and delivery["outcome"] == "suppressed"


def test_nobody_hears_that_nobody_was_there_once_the_task_is_closed(installation, pager):
    task = a_complaint_that_fell_due(installation)
    installation.until("deliveries", lambda all_: sum(one["outcome"] == "failed" for one in all_) >= 2)
    installation.say("task.resolve", {"id": "ann"}, "2026-01-01T16:00:00Z", task=task["id"], actor="carla", **RESOLVED)
    installation.until("notices", lambda all_: any(n["kind"] == "task_closed" for n in all_))
    pager.well = True
    deliveries = installation.until(
        "deliveries", lambda all_: any(d["kind"] == "task_closed" and d["outcome"] == "delivered" for d in all_)
    )
    assert pager.kinds == ["task_raised", "task_closed"]
    (passed,) = [one for one in deliveries if _is_suppressed(one)]
    assert "no longer true" in passed["detail"]
    listed = installation.run("deliveries", "list", "--state", "suppressed")
    assert passed["notice"] in listed
    assert "is not sent: " in installation.run("deliveries", "retry", passed["notice"])


def test_nobody_hears_that_the_customer_was_not_contacted_once_they_were(installation, pager):
    """No notice says so: only the topic of tasks does."""
    task = a_complaint_that_fell_due(installation)
    installation.say("task.contact", {"id": "ann"}, "2026-01-01T16:00:00Z", task=task["id"], actor="carla", note="called")
    installation.until("tasks", lambda all_: all_[-1]["status"] == "contacted")
    installation.until("deliveries", lambda all_: sum(one["outcome"] == "failed" for one in all_) >= 2)
    pager.well = True
    installation.until("deliveries", lambda all_: any(map(_is_suppressed, all_)))
    assert pager.kinds == ["task_raised"]


def test_what_was_decided_while_the_handlers_were_down_is_known_before_they_send(installation, pager):
    pager.well = True
    installation.kill("handlers")
    task = a_complaint_that_fell_due(installation)
    installation.say("task.contact", {"id": "ann"}, "2026-01-01T16:00:00Z", task=task["id"], actor="carla", note="called")
    installation.until("tasks", lambda all_: all_[-1]["status"] == "contacted")
    time.sleep(WAITED_S + 1)
    installation.start("handlers")
    installation.until("deliveries", lambda all_: any(map(_is_suppressed, all_)))
    assert pager.kinds == ["task_raised"]
