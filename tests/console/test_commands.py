"""What people ask for: answered one by one, sent until it is decided, refused in a sentence, and nothing happens unsaid."""

from __future__ import annotations

import pytest

from console.asking import NotSent
from schemas.message import instant
from tests.console.conftest import Browser


async def open_ones(browser: Browser, count: int = 1) -> list[str]:
    tasks = (await browser.read("/api/tasks", status="open"))["tasks"]
    return [task["id"] for task in tasks[:count]]


async def test_a_command_shows_as_sent_until_it_is_decided(small_board, browser):
    await browser.sign_in("agent")
    small_board.deciding_s = 0.2
    (task,) = await open_ones(browser)
    answer = (await browser.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task}]})).json()["results"][0]
    await small_board.until_written()
    row = await browser.read(f"/api/tasks/{task}")
    assert row["status"] == "open"
    assert (row["pending"]["command"], row["pending"]["verb"], row["pending"]["actor"]) == (answer["command"], "acknowledge", "agent")
    assert [command["state"] for command in row["commands"]] == ["sent"]
    await small_board.decided()
    row = await browser.read(f"/api/tasks/{task}")
    assert (row["status"], row["pending"], row["changed_by"]) == ("acknowledged", None, "agent")
    assert [(command["state"], command["sentence"]) for command in row["commands"]] == [("done", "acknowledged by agent")]


async def test_of_several_each_is_answered_on_its_own(browser):
    await browser.sign_in("lead")
    one, other = await open_ones(browser, 2)
    results = await browser.ask(
        {"verb": "acknowledge", "task": one},
        {"verb": "acknowledge", "task": "T-unknown"},
        {"verb": "snooze", "task": other},
        {"verb": "acknowledge", "task": other, "note": "lost?"},
        {"verb": "undo", "task": other},
        {"verb": "contact", "task": other, "note": "x" * 20_000},
    )
    assert [result["task"] for result in results] == [one, "T-unknown", other, other, other, other]
    assert [result["error"] for result in results] == [
        None,
        "there is no task T-unknown on the board",
        "a snooze says until when",
        "acknowledge takes no note",
        "an undo names the command that it takes back",
        None,
    ]
    assert (await browser.read(f"/api/tasks/{one}"))["status"] == "acknowledged"
    assert (await browser.read(f"/api/tasks/{other}"))["status"] == "contacted"


async def test_who_comes_second_is_told_who_was_first_and_when(small_board, browser):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    await browser.ask({"verb": "acknowledge", "task": task})
    async with Browser(small_board) as second:
        await second.sign_in("lead")
        (answer,) = await second.ask({"verb": "acknowledge", "task": task})
        refused = next(c for c in (await second.read(f"/api/tasks/{task}"))["commands"] if c["id"] == answer["command"])
        at = instant(small_board.now).strftime("%Y-%m-%d %H:%M UTC")
        assert (refused["state"], refused["sentence"]) == ("refused", f"{task} is already acknowledged by agent at {at}")


async def test_an_undo_gives_the_task_back_as_it_was(browser):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    before = await browser.read(f"/api/tasks/{task}")
    (sent,) = await browser.ask({"verb": "resolve", "task": task, "cause": "lost parcel", "action": "sent again", "outcome": "arrived"})
    closed = await browser.read(f"/api/tasks/{task}")
    assert (closed["status"], closed["resolution"]["cause"]) == ("resolved", "lost parcel")
    assert task not in [row["id"] for row in (await browser.read("/api/tasks", limit=500))["tasks"]]
    await browser.ask({"verb": "undo", "task": task, "undoes": sent["command"]})
    after = await browser.read(f"/api/tasks/{task}")
    assert (after["status"], after["due_at"], after["resolution"]) == (before["status"], before["due_at"], None)
    assert task in [row["id"] for row in (await browser.read("/api/tasks", limit=500))["tasks"]]


async def test_what_the_life_cycle_forbids_is_refused_by_streams_in_a_sentence(browser):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    (answer,) = await browser.ask({"verb": "resolve", "task": task, "cause": "lost parcel"})
    command = next(c for c in (await browser.read(f"/api/tasks/{task}"))["commands"] if c["id"] == answer["command"])
    assert command["sentence"].endswith("cannot be resolved without cause, action and outcome: the action and the outcome are missing")


async def test_where_kafka_does_not_take_it_the_answer_says_that_asking_again_is_safe(small_board, browser):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    small_board.failing = NotSent("Kafka did not take it in time: nothing is known to have happened. Asking again is safe")
    answer = await browser.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task}]})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json() == {"detail": str(small_board.failing)}
    assert (await browser.read(f"/api/tasks/{task}"))["pending"] is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"commands": []}',
        b'{"commands": [{"verb": "delete", "task": "T"}]}',
        b'{"commands": [{"verb": "acknowledge"}]}',
        b'{"commands": [{"verb": "acknowledge", "task": ""}]}',
        b'{"commands": [{"verb": "acknowledge", "task": "T", "actor": "somebody else"}]}',
        b'{"commands": [{"verb": "snooze", "task": "T", "until": "2026-01-01T00:00:00"}]}',
        b'{"commands": [' + b'{"verb": "acknowledge", "task": "T"},' * 500 + b'{"verb": "acknowledge", "task": "T"}]}',
        b"\xff",
    ],
)
async def test_a_malformed_request_is_told_where_and_sends_nothing(small_board, browser, body):
    await browser.sign_in("lead")
    answer = await browser.post("/api/commands", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["detail"]
    assert small_board.sent == 0


async def test_hostile_text_comes_back_as_it_was_said(browser):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    said = "<script>alert(1)</script> \u0000 \u202e ' \" \\ 漢字 😀"
    await browser.ask({"verb": "contact", "task": task, "note": said})
    page = await browser.read(f"/api/tasks/{task}")
    assert page["status"] == "contacted"
    assert any(said.replace("\0", "\ufffd") in entry["detail"] for entry in page["history"] if entry["kind"] == "command")
