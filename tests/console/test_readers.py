"""Sentences are made for whoever reads them: in their language and time zone, of the same data, with one chance of leaving everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from console.reader import LANGUAGE_COOKIE, ZONE_COOKIE, Reader, reader_of
from console.settings import ConsoleSettings
from makegood.config.database import url_of
from makegood.kafka import Record
from schemas import sentences
from schemas.decisions import AlertSnapshot, Decision, Status, TaskSnapshot
from schemas.deliveries import NoticeAttempted, Outcome
from schemas.message import Message
from schemas.reasons import Why
from schemas.sentences import LANGUAGES
from tests.console.board import Board
from tests.console.conftest import Browser

AT, LATER = "2026-11-25T23:30:00Z", "2026-11-26T08:00:00Z"
BERLIN = Reader("de", "Europe/Berlin")
BASIS = {"input": "feedback-0-1", "policy": "p-1"}
RATED = Why(code="rated_survey", values={"metric": "nps", "score": 2.0, "worst": 0.0, "best": 10.0}, said="viel zu spät geliefert")
SILENT = Why(
    code="silence",
    values={
        "silent_days": 40.5,
        "usual_days": 6.0,
        "purchase_days": 13.0,
        "as_long": 0.02,
        "alive": 0.4,
        "chance": 0.6,
        "horizon_days": 60.0,
    },
)
WHO = {"customer": "C-1", "customer_name": "Hotel Nord", "tier": "A", "hic": True, "hic_why": Why(code="named_by_company"), "basis": BASIS}


def task(**changed: Any) -> TaskSnapshot:
    addend = {"name": "repeat_failure", "points": 12.0, "why": Why(code="repeat_failure", values={"times": 2.0})}
    evidence = {"fact": "typeform:1", "occurred_at": AT, "severity": 0.8, "why": RATED}
    known = {"id": "x-1", "version": 1, "chance": 0.2, "cause": "poor_survey", "status": "open", "priority": "P1", "score": 12.0}
    times = {"opened_at": AT, "due_at": LATER, "changed_at": AT, "changed_by": "makegood", "moved_at": AT, "moved_by": "makegood"}
    return TaskSnapshot(**{**WHO, **known, **times, "addends": [addend], "why": RATED, "evidence": [evidence], "owner": "Jo", **changed})


def alert(**changed: Any) -> AlertSnapshot:
    signal = {"name": "silence", "strength": 0.4, "seen_at": AT, "why": SILENT}
    known = {"id": "y-1", "version": 1, "active": True, "level": "warning", "chance": 0.4, "value_at_risk": 9_000.0, "currency": "CHF"}
    return AlertSnapshot(**{**WHO, **known, "signals": [signal], "raised_at": AT, "changed_at": AT, **changed})


def decision(**changed: Any) -> Decision:
    known = {"id": "d-1", "verdict": "task_raised", "customer": "C-1", "about": "x-1", "about_kind": "task", "at": AT, "by": "makegood"}
    return Decision(**{**known, "why": RATED, "basis": BASIS, **changed})


class Told(Board):
    """A board that shows messages made by hand."""

    async def tell(self, topic: str, *messages: Message) -> None:
        start = self.sent
        self.sent += len(messages)
        found = [Record(topic, 0, start + n, 0, b"C-1", one.model_dump_json().encode()) for n, one in enumerate(messages)]
        if await self.projection.apply(found):
            self.live.wake()


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    board = Told(url_of(None, tmp_path, "console"))
    await board.open()
    yield board
    await board.close()


@pytest.fixture
async def lead(told: Told) -> AsyncIterator[Browser]:
    async with Browser(told) as browser:
        await browser.sign_in("lead")
        yield browser


def reads_as(browser: Browser, reader: Reader) -> None:
    browser.cookies.set(LANGUAGE_COOKIE, reader.language)
    browser.cookies.set(ZONE_COOKIE, reader.zone)


@pytest.mark.parametrize(
    ("cookies", "company", "reader"),
    [
        ({}, None, Reader("en", "UTC")),
        ({LANGUAGE_COOKIE: "de", ZONE_COOKIE: "Europe/Berlin"}, None, BERLIN),
        ({LANGUAGE_COOKIE: "de", ZONE_COOKIE: "Europe/Berlin"}, "Asia/Seoul", Reader("de", "Asia/Seoul")),
        ({LANGUAGE_COOKIE: "de-AT", ZONE_COOKIE: "Europe/Berlin"}, None, BERLIN),
        ({LANGUAGE_COOKIE: "tlh", ZONE_COOKIE: "Mars/Olympus"}, None, Reader("en", "UTC")),
        ({LANGUAGE_COOKIE: "../en", ZONE_COOKIE: "../../etc/passwd"}, None, Reader("en", "UTC")),
    ],
)
def test_what_a_browser_says_of_its_reader_is_believed_only_where_it_is_known(cookies, company, reader):
    assert reader_of(cookies, company) == reader


async def test_every_sentence_of_a_task_is_made_for_its_reader(told, lead):
    await told.tell("tasks", task())
    for reader in (Reader(), BERLIN):
        reads_as(lead, reader)
        page = await lead.read("/api/tasks/x-1")
        (row,) = (await lead.read("/api/tasks"))["tasks"]
        assert page["sentence"] == row["sentence"] == reader.says(RATED)
        assert page["why"] == RATED.model_dump()
        assert page["next_step"] == row["next_step"] == sentences.next_step(task().cause, reader.language)
        assert page["hic_because"] == reader.says(Why(code="named_by_company"))
        assert page["addends"][0]["because"] == reader.says(task().addends[0].why)
        assert page["addends"][0]["called"] == reader.call("addend", "repeat_failure")
        assert page["evidence"][0]["sentence"] == reader.says(RATED)


async def test_the_step_that_the_policy_names_stands_before_ours(told, lead):
    await told.tell("tasks", task(next_step="Call Ann."))
    assert (await lead.read("/api/tasks/x-1"))["next_step"] == "Call Ann."


async def test_who_acknowledged_who_moved_and_who_closed_a_task_is_shown_with_when(told, lead):
    ended = {"by": "bob", "at": LATER, "cause": "lost parcel", "action": "sent again", "outcome": "arrived"}
    acknowledged = {"acknowledged_at": AT, "acknowledged_by": "ann"}
    await told.tell("tasks", task(status=Status.RESOLVED, moved_at=LATER, moved_by="bob", resolution=ended, **acknowledged))
    page = await lead.read("/api/tasks/x-1")
    assert (page["acknowledged_by"], page["acknowledged_at"]) == ("ann", AT)
    assert (page["moved_by"], page["moved_at"]) == ("bob", LATER)
    assert {name: page["resolution"][name] for name in ended} == ended
    (row,) = (await lead.read("/api/tasks", view="closed"))["tasks"]
    assert (row["acknowledged_by"], row["moved_by"]) == ("ann", "bob")


async def test_what_we_closed_ourselves_says_why(told, lead):
    why = Why(code="ticket_is_spam", values={"ticket": "7"})
    await told.tell("tasks", task(status=Status.DISMISSED, resolution={"by": "makegood", "at": LATER, "why": why}))
    page = await lead.read("/api/tasks/x-1")
    assert page["resolution"]["because"] == Reader().says(why)


async def test_an_alert_says_its_signals_and_its_own_currency(told, lead):
    await told.tell("alerts", alert())
    for reader in (Reader(), BERLIN):
        reads_as(lead, reader)
        page = await lead.read("/api/alerts/y-1")
        assert page["sentence"] == sentences.say_alert(alert(), *reader)
        assert page["currency"] == "CHF"
        (signal,) = page["signals"]
        assert (signal["sentence"], signal["called"]) == (reader.says(SILENT), reader.call("signal", "silence"))
        assert signal["why"]["values"] == SILENT.values


CHANCES = {
    "a later task": ([("alerts", alert(chance=0.4)), ("tasks", task(chance=0.6, changed_at=LATER))], 0.6),
    "a later alert": ([("tasks", task(chance=0.2)), ("alerts", alert(chance=0.7, changed_at=LATER))], 0.7),
    "the newest first": ([("alerts", alert(chance=0.7, changed_at=LATER)), ("tasks", task(chance=0.2))], 0.7),
    "the last of one instant": ([("tasks", task(chance=0.3)), ("tasks", task(chance=0.5, version=2)), ("alerts", alert(chance=0.5))], 0.5),
}


@pytest.mark.parametrize(("messages", "chance"), CHANCES.values(), ids=CHANCES)
async def test_the_chance_of_leaving_is_one_number_wherever_it_is_shown(told, lead, messages, chance):
    for topic, message in messages:
        await told.tell(topic, message)
    page = await lead.read("/api/customers/C-1")
    shown = [page, *page["tasks"], page["alert"], *(await lead.read("/api/tasks"))["tasks"], *(await lead.read("/api/alerts"))["alerts"]]
    shown += [await lead.read("/api/tasks/x-1"), await lead.read("/api/alerts/y-1")]
    assert {one["chance"] for one in shown} == {chance}
    assert len(shown) == 7


async def test_another_chance_of_leaving_reaches_the_rows_that_are_shown(told, lead):
    await told.tell("tasks", task(chance=0.2))
    change = (await lead.read("/api/tasks"))["change"]
    await told.tell("alerts", alert(chance=0.7, changed_at=LATER))
    news = [one.event(Reader()) async for one in told.live._news(change)]
    assert sorted(one.event for one in news if one and '"chance": 0.7' in one.raw_data) == ["alert", "task"]


async def test_words_of_every_language_and_what_was_said_find_a_task(told, lead):
    await told.tell("tasks", task())
    for language in LANGUAGES:
        for words in (sentences.say(RATED, language), sentences.call("cause", "poor_survey", language), "SPÄT geliefert", "nord jo x-1"):
            found = await lead.read("/api/tasks", q=words)
            assert [one["id"] for one in found["tasks"]] == ["x-1"], words
    assert not (await lead.read("/api/tasks", q="nothing of the kind"))["tasks"]


async def test_a_decision_links_to_what_it_is_about_whatever_its_id_looks_like(told, lead):
    await told.tell("decisions", decision(), decision(id="d-2", about="y-1", about_kind="alert", verdict="alert_raised", why=SILENT))
    await told.tell("decisions", decision(id="d-3", about="T-1", about_kind="fact", verdict="stale_ignored"))
    entries = {one["id"]: one for one in (await lead.read("/api/customers/C-1"))["timeline"]}
    assert [entries[name]["link"] for name in ("d-1", "d-2", "d-3")] == ["/tasks/x-1", "/alerts/y-1", None]
    assert entries["d-1"]["title"] == Reader().call("verdict", "task_raised")
    assert entries["d-1"]["detail"] == sentences.say_decision(decision())


async def test_what_a_newer_worker_says_is_shown_in_its_words(told, lead):
    """A slug that this console does not know hides neither the task, nor the alert, nor what was decided about them."""
    new = "made_up_later"
    lead.of_this_version = False
    await told.tell("tasks", task(cause=new, status=new, priority="P5", tier="D", why=Why(code=new)))
    await told.tell("alerts", alert(level=new, signals=[{"name": new, "strength": 0.4, "seen_at": AT, "why": Why(code=new)}]))
    await told.tell("decisions", decision(verdict=new, why=Why(code=new, values={"odd": 1.0})), decision(id="d-2", about_kind=new))
    attempt = {"id": "a-1", "notice": "n-1", "about": "x-1", "about_kind": "task", "customer": "C-1", "destination": "pager", "attempt": 1}
    await told.tell("deliveries", NoticeAttempted(**attempt, kind=new, channel=new, outcome=new, detail="", at=AT))
    page, customer = await lead.read("/api/tasks/x-1"), await lead.read("/api/customers/C-1")
    assert (page["cause"], page["status"], page["priority"], page["tier"]) == (new, new, "P5", "D")
    assert page["sentence"] == page["next_step"] == "made up later"
    assert [(one["kind"], one["channel"], one["outcome"]) for one in page["deliveries"]] == [(new, new, new)]
    assert (await lead.read("/api/alerts/y-1"))["signals"][0]["called"] == customer["alert"]["signals"][0]["sentence"] == "made up later"
    decided = {one["id"]: one for one in customer["timeline"] if one["kind"] == "decision"}
    assert (decided["d-1"]["title"], decided["d-1"]["detail"]) == ("made up later", "made up later (odd 1)")
    assert decided["d-2"]["link"] is None


async def test_a_refused_command_stands_in_the_history_of_its_task(told, lead):
    refused = {"verdict": "command_refused", "about": "K-1", "about_kind": "command", "task": "x-1", "by": "ann"}
    await told.tell("tasks", task())
    await told.tell("decisions", decision(**refused, why=Why(code="reason_missing")))
    (entry,) = (await lead.read("/api/tasks/x-1"))["history"]
    assert (entry["type"], entry["link"]) == ("command_refused", "/tasks/x-1")
    assert "x-1" not in entry["title"] + entry["detail"]


async def test_an_attempt_names_what_the_notice_tells(told, lead):
    known = {"id": "a-1", "notice": "n-1", "about": "x-1", "about_kind": "task", "customer": "C-1", "destination": "pager"}
    made = NoticeAttempted(**known, kind="task_overdue", attempt=1, outcome=Outcome.DELIVERED, detail="200 OK", at=AT)
    await told.tell("tasks", task())
    await told.tell("deliveries", made)
    (attempt,) = (await lead.read("/api/tasks/x-1"))["deliveries"]
    assert (attempt["kind"], attempt["about_kind"]) == ("task_overdue", "task")


async def test_an_attempt_with_what_was_no_notice_is_shown_too(told, lead):
    known = {"id": "a-1", "notice": "n-1", "about": "notices-0-1", "customer": "C-1", "destination": "-"}
    await told.tell("deliveries", NoticeAttempted(**known, attempt=0, outcome=Outcome.REFUSED, detail="cannot be read", at=AT))
    (entry,) = (await lead.read("/api/customers/C-1"))["timeline"]
    assert (entry["detail"], entry["about_kind"], entry["link"]) == ("cannot be read", None, None)


async def test_who_signs_in_gets_what_slugs_are_called_in_their_language(lead):
    for reader in (Reader(), BERLIN):
        reads_as(lead, reader)
        me = await lead.read("/api/me")
        assert (me["language"], me["zone"], tuple(me["languages"])) == (reader.language, None, LANGUAGES)
        assert me["labels"]["cause"]["late_delivery"] == sentences.call("cause", "late_delivery", reader.language)


async def test_the_time_zone_of_the_company_is_that_of_every_reader(tmp_path):
    board = Told(url_of(None, tmp_path, "console"), settings=ConsoleSettings(zone="Asia/Seoul"))
    await board.open()
    async with Browser(board) as browser:
        await browser.sign_in("lead")
        reads_as(browser, BERLIN)
        assert (await browser.read("/api/me"))["zone"] == "Asia/Seoul"
        why = Why(code="snoozed", values={"until_at": LATER})
        await board.tell("tasks", task(why=why))
        (row,) = (await browser.read("/api/tasks"))["tasks"]
        assert row["sentence"] == sentences.say(why, "de", "Asia/Seoul")
    await board.close()
