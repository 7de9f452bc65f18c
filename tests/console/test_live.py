"""Every change reaches every tab, once, in order, soon; and silence is told from quiet."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import TypeAdapter

from console import live as live_
from console.accounts import Accounts
from console.answers.live import LiveRows
from console.reader import Reader
from schemas.message import instant
from schemas.reasons import Why
from schemas.sentences import say
from tests.console.board import Board
from tests.patience import PATIENT_S

ENGLISH = Reader()


async def welcome() -> bool:
    return True


_PROMISED = {name: TypeAdapter(told.annotation) for name, told in LiveRows.model_fields.items()}


class Tab:
    """One who follows. `rows` is what the board of this tab shows: the last of each kind and id."""

    def __init__(self, board: Board, after: int | None, reader: Reader = ENGLISH) -> None:
        self.events: list[tuple[str, int | None, dict[str, Any]]] = []
        self.task = asyncio.create_task(self._follow(board, after, reader))

    async def _follow(self, board: Board, after: int | None, reader: Reader) -> None:
        async for event in board.live.follow(after, welcome, reader):
            self.events.append((event.event, event.id and int(event.id), json.loads(event.raw_data)))

    @property
    def last(self) -> int:
        return max(number for _, number, _ in self.events if number)

    def rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(kind, data["id"]): data for kind, _, data in self.events if "id" in data}

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [data for name, _, data in self.events if name == kind]

    async def cut(self) -> None:
        """Every event was one that is promised."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        for name, _, data in self.events:
            _PROMISED[name].validate_python(data)


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENT_S):
        while not condition():  # noqa: ASYNC110  what is waited for is seen from outside
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here comes because it happened, not because a few seconds went by."""
    monkeypatch.setattr(live_, "BEAT_S", 60.0)


@asynccontextmanager
async def tabs(board: Board, *after: int | None) -> AsyncIterator[list[Tab]]:
    made = [Tab(board, one) for one in after]
    await until(lambda: all(tab.events for tab in made))
    try:
        yield made
    finally:
        for tab in made:
            await tab.cut()


async def change_of(board: Board) -> int:
    from console.queries import Queries

    async with board.engine.connect() as db:
        return await Queries(board.engine, "EUR", board.clock).change(db)


def complaint(board: Board, number: int, customer: str = "C-00001") -> dict[str, Any]:
    more = {"severity": "urgent", "subject": "Still nothing", "comment": f"I have asked {number + 2} times"}
    known = {"id": f"live-{number}", "source": "zendesk", "object": f"live-{number}", "customer": {"id": customer}}
    return {"type": "ticket.opened", "occurred_at": instant(board.now + number).isoformat(), **known, **more}


async def test_a_change_reaches_every_tab_as_it_happens_and_not_at_the_next_beat(board):
    async with tabs(board, None, None) as (one, other):
        await board.say(complaint(board, 0))
        await until(lambda: one.of("task") and other.of("task"))
        assert one.of("task")[0]["customer"] == "C-00001"
        await until(lambda: one.events[1:] == other.events[1:])


async def test_a_tab_that_was_cut_off_misses_nothing_and_sees_nothing_twice(board):
    async with tabs(board, None, None) as (steady, cut):
        await board.say(complaint(board, 0))
        await until(lambda: cut.of("task"))
        await cut.cut()
        for number in range(1, 8):
            await board.say(complaint(board, number, f"C-0000{number}"))
        again = Tab(board, cut.last)
        await until(lambda: steady.of("task")[-1] in again.of("task"))
        await again.cut()
        assert {**cut.rows(), **again.rows()} == steady.rows()
        numbers = [number for tab in (cut, again) for _, number, _ in tab.events if number]
        assert numbers == sorted(set(numbers))
        assert again.of("reset") == []


async def test_a_tab_far_behind_reads_up_in_stretches(small_board, monkeypatch):
    monkeypatch.setattr(live_, "AT_ONCE", 7)
    monkeypatch.setattr(live_, "REMEMBERED", 3)
    board = small_board
    before = await change_of(board)
    async with tabs(board, None) as (steady,):
        for number in range(12):
            await board.say(complaint(board, number, f"C-{number:05d}"))
        await until(lambda: len(steady.of("task")) >= 12)
        async with tabs(board, before) as (late,):
            await until(lambda: len(late.of("task")) >= 12)
            assert late.rows() == steady.rows()


@pytest.mark.parametrize("seen", [0, 17, 2**52])
async def test_a_number_of_another_time_asks_the_page_to_begin_anew(small_board, seen):
    change = await change_of(small_board)
    async with tabs(small_board, seen) as (tab,):
        assert tab.events[0] == ("reset", change, {"change": change})
        await small_board.say(complaint(small_board, 0))
        await until(lambda: tab.of("task"))


async def test_a_rebuilt_read_model_asks_every_page_to_begin_anew(small_board):
    async with tabs(small_board, None) as (tab,):
        await small_board.projection.rebuild()
        small_board.live.wake()
        await until(lambda: tab.of("reset"))
        assert tab.of("reset") == [{"change": tab.last}]


async def test_many_tabs_cost_one_read(small_board):
    async with tabs(small_board, *[None] * 100) as many:
        await small_board.say(complaint(small_board, 0))
        await until(lambda: all(tab.of("task") for tab in many))
        before = small_board.live.reads
        await small_board.say(complaint(small_board, 1, "C-00002"))
        await until(lambda: all(len(tab.of("task")) >= 2 for tab in many))
        assert small_board.live.reads - before <= 4


async def test_a_row_is_made_once_for_all_who_read_in_one_language_and_time_zone(small_board):
    berlin = Reader("de", "Europe/Berlin")
    async with tabs(small_board, None, None) as (one, other):
        german = [Tab(small_board, None, berlin) for _ in range(2)]
        await until(lambda: all(tab.events for tab in german))
        await small_board.say(complaint(small_board, 0))
        await until(lambda: all(tab.of("task") for tab in (one, other, *german)))
        (change,) = [change for change in small_board.live._recent if change.number == one.events[-1][1]]
        assert set(change.events) == {Reader(), berlin}
        for tab, reader in ((one, Reader()), (german[0], berlin)):
            (task,) = tab.of("task")[:1]
            assert task["sentence"] == say(Why.model_validate(task["why"]), *reader)
        for tab in german:
            await tab.cut()


async def test_languages_and_zones_that_many_bring_take_bounded_memory(small_board, monkeypatch):
    monkeypatch.setattr(live_, "MOST_READERS", 2)
    change = live_.Change(1, "task", lambda reader: {"id": reader.zone})
    for zone in ("UTC", "Asia/Seoul", "Europe/Berlin"):
        assert json.loads(change.event(Reader("en", zone)).raw_data) == {"id": zone}
    assert len(change.events) == 2


async def test_a_page_and_the_stream_after_it_leave_no_gap(small_board):
    """The number of a page is from before it was read: whatever happens while it is read comes again."""
    from console.queries import Queries, TaskFilter

    queries, held = Queries(small_board.engine, "EUR", small_board.clock), asyncio.Event()
    read_page = queries._page

    async def slow(*args: Any) -> Any:
        page = await read_page(*args)
        await held.wait()
        return page

    queries._page = slow  # type: ignore[method-assign]
    reading = asyncio.create_task(queries.tasks(TaskFilter(), None, 100, Reader()))
    await asyncio.sleep(0.05)
    await small_board.say(complaint(small_board, 0))
    held.set()
    page = await reading
    async with tabs(small_board, page["change"]) as (tab,):
        await until(lambda: tab.of("task"))


async def test_an_erased_customer_leaves_every_open_page(small_board):
    async with tabs(small_board, None) as (tab,):
        erasure = {"type": "erasure.requested", "id": "e", "source": "crm", "object": "e", "customer": {"id": "C-00001"}}
        await small_board.say({**erasure, "occurred_at": instant(small_board.now + 5).isoformat()})
        await until(lambda: tab.of("erased"))
        assert tab.of("erased") == [{"customer": "C-00001"}]


async def test_a_beat_comes_every_few_seconds_and_says_how_things_are(small_board, monkeypatch):
    monkeypatch.setattr(live_, "BEAT_S", 0.05)
    async with tabs(small_board, None) as (tab,):
        await until(lambda: len(tab.of("beat")) >= 2)
        small_board.health.degraded("nobody answers at broker:9092", small_board.now)
        await until(lambda: tab.of("beat")[-1]["trouble"])
        beat = tab.of("beat")[-1]
        assert beat["trouble_since"] == beat["server_time"]
        assert beat["last_event_at"] < beat["server_time"]
        assert (beat["lag"], beat["behind"]) == (None, None)
        assert all(number is None for name, number, _ in tab.events if name == "beat")


async def test_beats_come_also_while_much_happens(small_board, monkeypatch):
    monkeypatch.setattr(live_, "BEAT_S", 0.05)
    async with tabs(small_board, None) as (tab,):
        for number in range(6):
            await small_board.say(complaint(small_board, number, f"C-{number:05d}"))
            await asyncio.sleep(0.03)
        assert len(tab.of("beat")) >= 3


# -- over HTTP -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def served(small_board: Board) -> AsyncIterator[str]:
    """The board behind a real web server."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(small_board.app, log_level="warning", lifespan="off", timeout_graceful_shutdown=2))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    small_board.live.end()
    server.should_exit = True
    await serving


@asynccontextmanager
async def signed_in(address: str, name: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=10) as client:
        answer = await client.post("/api/login", json={"name": name, "password": f"{name}-password-1"})
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


async def lines_of(stream: httpx.Response, lines: list[str]) -> None:
    async for line in stream.aiter_lines():
        lines.append(line)


async def test_a_browser_goes_on_where_its_last_event_was(small_board, served):
    before = await change_of(small_board)
    await small_board.say(complaint(small_board, 0))
    async with signed_in(served, "viewer") as client:
        lines: list[str] = []
        header = {"Last-Event-ID": str(before)}
        async with client.stream("GET", "/api/events?after=5", headers=header) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] in {"no-store", "no-cache"}
            reading = asyncio.create_task(lines_of(stream, lines))
            await until(lambda: "event: task" in lines)
            reading.cancel()
        assert "event: reset" not in lines
        assert f"id: {before + 1}" in lines


async def test_the_stream_of_who_is_disabled_ends_soon(small_board, served, monkeypatch):
    monkeypatch.setattr(live_, "BEAT_S", 0.1)
    async with signed_in(served, "agent") as client, client.stream("GET", "/api/events") as stream:
        lines: list[str] = []
        reading = asyncio.create_task(lines_of(stream, lines))
        await until(lambda: len(lines) > 5)
        assert not reading.done()
        await Accounts(small_board.engine, 3600, small_board.clock).alter("agent", disabled=True)
        await asyncio.wait_for(reading, PATIENT_S)


async def test_open_streams_do_not_hold_up_the_end_of_the_process(small_board, served):
    async with signed_in(served, "agent") as client, client.stream("GET", "/api/events") as stream:
        lines: list[str] = []
        reading = asyncio.create_task(lines_of(stream, lines))
        await until(lambda: lines)
        small_board.live.end()
        await asyncio.wait_for(reading, PATIENT_S)
