"""Chromium, a company on a board, and tabs of it. All run in one loop: one browser serves every test of this folder."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from makegood.config.database import url_of
from tests.console.board import Board, history
from tests.console.browser.served import Company, Served, served
from tests.console.browser.tab import AXE, Tab
from tests.patience import PATIENT_S

CHROMIUM = Path("/usr/bin/chromium")
BUILT = Path(__file__).parents[3] / "console" / "ui" / "dist" / "index.html"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TASKS = 30
ALL_ROWS = {"width": 1280, "height": 1600}
"""So high that every row is in view, and thus on the page."""
OpenTab = Callable[..., Awaitable[Tab]]

expect.set_options(timeout=PATIENT_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser; tests are skipped, loudly, where it or the built board is missing, and fail where CI is set."""
    for needed, brought_by in ((CHROMIUM, "scripts/system-packages.sh"), (BUILT, "make ui"), (AXE, "make ui")):
        if not needed.exists():
            assert not os.environ.get("CI"), f"{needed} is missing: {brought_by} brings it"
            pytest.skip(f"{needed} is missing: {brought_by} brings it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def company_of(directory: Path, tasks: int) -> Company:
    """A company for which about so many things went wrong, on a board."""
    made = partial(history, time.time(), tasks)
    board = Board(url_of(None, directory, "console"), time.time)
    await board.open(made())
    await board.engine.dispose()
    return Company(directory / "console.db", made)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return await company_of(tmp_path_factory.mktemp("company"), TASKS)


@pytest_asyncio.fixture(loop_scope="session")
async def board(company: Company, tmp_path: Path) -> AsyncIterator[Served]:
    """A board of its own for each test."""
    async with served(company, tmp_path) as board:
        yield board


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[OpenTab]:
    """Opens tabs, each in a browser of its own: `await open_tab(user, path, at=url, **options)`; user "" signs nobody in."""
    tabs: list[Tab] = []

    async def opened(user: str = "lead", path: str | None = "/", at: str = "", **options: Any) -> Tab:
        context = await chromium.new_context(**{"viewport": ALL_ROWS, "reduced_motion": "reduce", **options})
        tab = Tab(await context.new_page(), at or request.getfixturevalue("board").url)
        tabs.append(tab)
        if user:
            await tab.sign_in(user)
        return tab if path is None else await tab.go(path)

    yield opened
    for tab in tabs:
        await tab.context.close()
    assert not [error for tab in tabs for error in tab.errors]


@pytest_asyncio.fixture(loop_scope="session")
async def tab(board: Served, open_tab: OpenTab) -> Tab:
    """The queue, as a lead sees it."""
    return await open_tab()
