"""A board for each test, on SQLite or on both databases; and a browser that is signed in."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from makegood.bus import Record
from makegood.database import url_of
from tests.console.board import Board, Streams, history
from tests.postgres import postgres, postgres_url  # noqa: F401

TASKS = 30
NOW = time.time()


@pytest.fixture
def streams() -> Streams:
    """A company with about thirty tasks, as streams left it a moment ago: the same for every test of a session."""
    return history(NOW, TASKS)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite database of a board of that company, to be copied."""
    directory = tmp_path_factory.mktemp("board")

    async def make() -> None:
        async with opened(url_of(None, directory, "console"), history(NOW, TASKS)):
            pass

    asyncio.run(make())
    return directory / "console.db"


@pytest.fixture
def records(streams: Streams) -> list[Record]:
    return list(streams.records)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return url_of(None, tmp_path, "console")
    return url_of(SecretStr(request.getfixturevalue("postgres_url")), tmp_path, "console")


class Browser(httpx.AsyncClient):
    """Speaks to a board in this process, as one user's browser does."""

    def __init__(self, board: Board) -> None:
        super().__init__(transport=httpx.ASGITransport(app=board.app), base_url="http://board.local")
        self.board = board

    async def sign_in(self, name: str, password: str | None = None) -> dict[str, Any]:
        answer = await self.post("/api/login", json={"name": name, "password": password or f"{name}-password-1"})
        assert answer.status_code == 200, answer.text
        self.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return answer.json()

    async def read(self, path: str, **query: Any) -> dict[str, Any]:
        answer = await self.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(self, *commands: dict[str, Any]) -> list[dict[str, Any]]:
        """Send commands, and wait until they are decided."""
        answer = await self.post("/api/commands", json={"commands": list(commands)})
        assert answer.status_code == 202, answer.text
        await self.board.decided()
        return answer.json()["results"]


@asynccontextmanager
async def opened(url: str, streams: Streams | None, **settings: Any) -> AsyncIterator[Board]:
    board = Board(url, **settings)
    try:
        await board.open(streams)
        yield board
    finally:
        await board.close()


@pytest.fixture
async def board(url: str, streams: Streams) -> AsyncIterator[Board]:
    """A board on each kind of database."""
    async with opened(url, streams) as board:
        yield board


@pytest.fixture
async def small_board(tmp_path: Path, template: Path, streams: Streams) -> AsyncIterator[Board]:
    """A board on SQLite, for what does not depend on the database."""
    shutil.copy(template, tmp_path / "console.db")
    board = Board(url_of(None, tmp_path, "console"))
    await board.take_up(streams)
    try:
        yield board
    finally:
        await board.close()


@pytest.fixture
async def lead(board: Board) -> AsyncIterator[Browser]:
    async with Browser(board) as browser:
        await browser.sign_in("lead")
        yield browser


@pytest.fixture
async def browser(small_board: Board) -> AsyncIterator[Browser]:
    """Nobody has signed in yet."""
    async with Browser(small_board) as browser:
        yield browser
