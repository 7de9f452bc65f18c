"""What people ask for: answered one by one, sent until it is decided, refused in a sentence, and nothing happens unsaid."""

from __future__ import annotations

import asyncio
from typing import get_args

import pytest
from sqlalchemy import update

from console import app, tables
from console.accounts import Accounts
from console.command_api import KINDS, Verb
from console.unsent_commands import Missed, Unsent, said
from schemas.commands import AnyCommand
from schemas.message import instant
from schemas.reasons import Why
from schemas.sentences import say
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
    assert [command["state"] for command in row["commands"]] == ["done"]
    assert row["acknowledged_by"] == row["moved_by"] == "agent"
    assert row["acknowledged_at"] == row["moved_at"] == row["changed_at"]


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
        why = refused["why"]
        assert (refused["state"], why["code"]) == ("refused", "already_so")
        assert (why["values"]["status"], why["values"]["by"]) == ("acknowledged", "agent")
        assert refused["sentence"] == say(Why.model_validate(why))


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
    assert (command["state"], command["why"]["code"]) == ("refused", "resolution_incomplete")
    assert command["sentence"] == say(Why.model_validate(command["why"]))


AWAY = "nobody answers at kafka:9092: is the broker up?"
AGAIN = "Nothing tries again by itself: click again when the board is live."


async def names_of(browser: Browser, tasks: list[str]) -> list[str]:
    return [(await browser.read(f"/api/tasks/{task}"))["customer_name"] for task in tasks]


async def test_what_kafka_does_not_take_is_told_with_the_customers_name_and_that_nothing_tries_again(small_board, browser):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    (name,) = await names_of(browser, [task])
    small_board.unsent = lambda _: Unsent(AWAY)
    answer = await browser.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task}]})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    sentence = f"“acknowledge” was not sent for {name}: {AWAY} {AGAIN}"
    result = {"task": task, "customer": name, "state": "not_sent", "command": None, "error": sentence}
    assert answer.json() == {"detail": sentence, "results": [result]}
    assert (await browser.read(f"/api/tasks/{task}"))["pending"] is None


async def test_a_customer_without_a_name_is_told_by_id(small_board, browser):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    customer = (await browser.read(f"/api/tasks/{task}"))["customer"]
    async with small_board.engine.begin() as db:
        await db.execute(update(tables.task).values(customer_name=None))
    small_board.unsent = lambda _: Unsent(AWAY)
    answer = await browser.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task}]})
    assert f"was not sent for {customer}: " in answer.json()["detail"]


async def test_of_several_it_is_told_which_were_sent_and_which_not(small_board, browser):
    await browser.sign_in("lead")
    tasks = await open_ones(browser, 3)
    names = await names_of(browser, tasks)
    fates = {tasks[0]: None, tasks[1]: Unsent(AWAY), tasks[2]: Unsent("Kafka did not take it within 5 s", unknown=True)}
    small_board.unsent = lambda command: fates[command.task]
    asked = [{"verb": "acknowledge", "task": task} for task in [*tasks, "T-unknown"]]
    answer = await browser.post("/api/commands", json={"commands": asked})
    await small_board.decided()
    assert answer.status_code == 202  # something was sent
    results = answer.json()["results"]
    assert [one["state"] for one in results] == ["sent", "not_sent", "unknown", "refused"]
    assert [bool(one["command"]) for one in results] == [True, False, True, False]
    assert results[1]["error"] == f"“acknowledge” was not sent for {names[1]}: {AWAY} {AGAIN}"
    assert results[2]["error"].startswith(
        f"It is not known whether “acknowledge” was sent for {names[2]}: Kafka did not take it within 5 s. {AGAIN}"
    )
    assert [(await browser.read(f"/api/tasks/{task}"))["status"] for task in tasks] == ["acknowledged", "open", "open"]


async def test_where_none_of_several_was_sent_one_sentence_names_the_customers(small_board, browser):
    await browser.sign_in("lead")
    tasks = await open_ones(browser, 3)
    *names, last = dict.fromkeys(await names_of(browser, tasks))
    small_board.unsent = lambda _: Unsent(AWAY)
    answer = await browser.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": task} for task in tasks]})
    assert answer.status_code == 503
    assert answer.json()["detail"] == f"“acknowledge” was not sent for {', '.join(names)} and {last}: {AWAY} {AGAIN}"
    assert {one["state"] for one in answer.json()["results"]} == {"not_sent"}


def test_every_command_of_the_contract_can_be_asked_for():
    unasked = {kind.__name__ for kind in set(get_args(AnyCommand)) - set(KINDS.values())}
    assert not unasked, f"KINDS of console/command_api.py has no verb for {', '.join(sorted(unasked))}"
    assert set(KINDS) == set(get_args(Verb)), "KINDS and Verb of console/command_api.py name the same verbs"


def test_one_sentence_names_ten_customers_at_most():
    sentence = said([Missed("snooze", f"Hotel {number}", Unsent(AWAY)) for number in range(500)])
    assert sentence.startswith("“snooze” was not sent for Hotel 0, Hotel 1, ")
    assert "Hotel 9 and 490 more: nobody" in sentence


VERBS = [
    {"verb": "acknowledge"},
    {"verb": "contact", "note": "spoke to her"},
    {"verb": "resolve", "cause": "lost parcel", "action": "sent again", "outcome": "arrived"},
    {"verb": "dismiss", "reason": "a test order"},
    {"verb": "snooze"},
    {"verb": "undo"},
]


@pytest.mark.parametrize("asked", VERBS, ids=lambda asked: asked["verb"])
async def test_what_arrived_although_nobody_knew_is_not_done_twice_by_another_click(small_board, browser, asked):
    await browser.sign_in("agent")
    (task,) = await open_ones(browser)
    given = {"task": task, **asked}
    if asked["verb"] == "snooze":
        given["until"] = instant(small_board.now + 3600).isoformat()
    if asked["verb"] == "undo":
        given["undoes"] = (await browser.ask({"verb": "acknowledge", "task": task}))[0]["command"]
    lost: list[AnyCommand] = []
    small_board.unsent = lambda command: lost.append(command) or Unsent("Kafka did not take it within 5 s", unknown=True)
    answer = await browser.post("/api/commands", json={"commands": [given]})
    assert (answer.status_code, answer.json()["results"][0]["command"]) == (503, lost[0].id)
    small_board.arrive(lost)  # after all
    await small_board.decided()
    small_board.unsent = lambda _: None
    moved = await browser.read(f"/api/tasks/{task}")
    (again,) = await browser.ask(given)
    page = await browser.read(f"/api/tasks/{task}")
    states = {command["id"]: command["state"] for command in page["commands"]}
    assert (states[lost[0].id], states[again["command"]]) == ("done", "refused")
    assert (page["status"], page["version"]) == (moved["status"], moved["version"])


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


async def _away(*_: object) -> None:
    raise ConnectionRefusedError


async def _silent(*_: object) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("who", [_away, _silent])
async def test_a_large_body_is_not_called_too_large_where_nobody_can_say_who_has_signed_in(browser, monkeypatch, who):
    await browser.sign_in("lead")
    monkeypatch.setattr(app, "KNOWN_WITHIN_S", 0.05)
    monkeypatch.setattr(Accounts, "who", who)
    answer = await browser.post("/api/commands", json={"commands": [{"verb": "acknowledge", "task": "T-1"}] * 500})
    assert (answer.status_code, answer.json()["detail"]) == (503, "the database does not answer: try again in a moment")
