"""A board for each test, on SQLite or on both databases; and a browser that is signed in."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator
from pydantic import SecretStr

from console import accounts
from makegood.config.database import url_of
from makegood.kafka import Record
from tests.console.board import Board, Streams, history
from tests.postgres import postgres, postgres_url  # noqa: F401  fixtures

TASKS = 30
NOW = time.time()


@pytest.fixture
def streams() -> Streams:
    """A company with about thirty tasks, as streams left it a moment ago: the same for every test of a session."""
    return history(NOW, TASKS)


@pytest.fixture
def records(streams: Streams) -> list[Record]:
    return list(streams.records)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Argon2 with the least effort: a test of the board is not about that. What production takes is a promise of its own."""
    slow = accounts._HASHER, accounts._NOBODY
    accounts._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._NOBODY = accounts._HASHER.hash("nobody")
    yield
    accounts._HASHER, accounts._NOBODY = slow


async def _make(url: str) -> None:
    async with opened(url, history(NOW, TASKS)):
        pass


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a board of that company, to be copied."""
    directory = tmp_path_factory.mktemp("board")
    _apart(_make(url_of(None, directory, "console")))
    return directory / "console.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:  # noqa: F811
    """The same on PostgreSQL: the name of the database."""
    _apart(_execute(postgres, "create database template_of_boards"))
    _apart(_make(_url(f"{postgres.rpartition('/')[0]}/template_of_boards")))
    return "template_of_boards"


def _url(address: str) -> str:
    return url_of(SecretStr(address), Path(), "console")


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """In a loop of its own: the fixture may be asked for while another runs."""
    thread = threading.Thread(target=lambda: asyncio.run(work))
    thread.start()
    thread.join()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return url_of(None, tmp_path, "console")
    return url_of(SecretStr(request.getfixturevalue("postgres_url")), tmp_path, "console")


@cache
def _promised(app: FastAPI) -> tuple[dict[str, Any], list[tuple[re.Pattern[str], dict[str, Any]]]]:
    """The OpenAPI document, and what it says of each path, the most particular first."""
    told = app.openapi()
    paths = sorted(told["paths"].items(), key=lambda item: -len(item[0]))
    return told, [(re.compile(re.sub(r"{\w+}", ".+", path)), said) for path, said in paths]


def is_as_promised(app: FastAPI, answer: httpx.Response) -> None:
    """Raises where an answer is not as the OpenAPI document has it: with these fields and no others."""
    told, paths = _promised(app)
    said = next((said for path, said in paths if path.fullmatch(answer.request.url.path)), None)
    if said is None or answer.request.method.lower() not in said:
        assert answer.is_error, f"{answer.request.method} {answer.request.url.path} is in no document"
        return
    promises = said[answer.request.method.lower()]["responses"]
    promise = promises.get(str(answer.status_code)) or promises[f"{answer.status_code // 100}XX"]
    schema = promise["content"]["application/json"]["schema"] | {"components": told["components"]}
    Draft202012Validator(schema, validate_formats=True).validate(answer.json())


class Browser(httpx.AsyncClient):
    """Speaks to a board in this process, as one user's browser does."""

    def __init__(self, board: Board) -> None:
        super().__init__(transport=httpx.ASGITransport(app=board.app), base_url="http://board.local")
        self.board = board
        self.of_this_version = True
        """False for answers that hold what only a later version knows: the document lists the slugs that this one has."""

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """Every answer is one that is promised: with these fields and no others."""
        answer = await super().send(request, **how)
        in_json = answer.headers.get("content-type") == "application/json"
        if self.of_this_version and in_json and request.url.path.startswith("/api/") and request.url.path != "/api/openapi.json":
            await answer.aread()
            is_as_promised(self.board.app, answer)
        return answer

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


@asynccontextmanager
async def _taken_up(url: str) -> AsyncIterator[Board]:
    board = Board(url)
    await board.take_up(lambda: history(NOW, TASKS))
    try:
        yield board
    finally:
        await board.close()


@pytest.fixture
def small_url(tmp_path: Path, sqlite_template: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "console.db")
    return url_of(None, tmp_path, "console")


_copies = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def board_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that shows the company, of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("small_url")
        return
    template, server = request.getfixturevalue("postgres_template"), request.getfixturevalue("postgres")
    name = f"board{next(_copies)}"
    _apart(_execute(server, f"create database {name} template {template}"))
    yield _url(f"{server.rpartition('/')[0]}/{name}")
    _apart(_execute(server, f"drop database {name} with (force)"))


@pytest.fixture
async def small_board(small_url: str) -> AsyncIterator[Board]:
    """A board on SQLite, for what does not depend on the database."""
    async with _taken_up(small_url) as board:
        yield board


@pytest.fixture
async def board(board_url: str) -> AsyncIterator[Board]:
    """A board on each kind of database."""
    async with _taken_up(board_url) as board:
        yield board


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
