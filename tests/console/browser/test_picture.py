"""The pictures of the board for the README: `MAKEGOOD_PICTURE=1 pytest tests/console/browser/test_picture.py` makes them anew."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import expect

from makegood.config.database import url_of
from tests.console import company
from tests.console.board import Board, history
from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Company, served

DOCS = Path(__file__).parents[3] / "docs"
FIRST, LAST = (list(names) for names in (company.FIRST, company.LAST))
NOW = datetime(2026, 3, 10, 14, 3, 12, tzinfo=UTC).timestamp()


@pytest.mark.skipif(not os.environ.get("MAKEGOOD_PICTURE"), reason="only where the pictures are to be made: MAKEGOOD_PICTURE=1")
@pytest.mark.parametrize(("theme", "name"), [("light", "board.png"), ("dark", "board-dark.png")])
async def test_the_picture_of_the_board(theme: str, name: str, tmp_path: Path, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch):
    """The same each time: the company has a seed, and it is always the same afternoon."""
    monkeypatch.setattr(company, "SAID", [said for said in company.SAID if said[1] != "ja"])  # not every machine can draw it
    monkeypatch.setattr(company.Company, "name", lambda _, number: f"{FIRST[number % 12]} {LAST[(number * 5 + number // 12) % 14]}")
    made = partial(history, NOW, 90)
    first = Board(url_of(None, tmp_path, "first"), lambda: NOW)
    await first.open(made())
    await first.engine.dispose()
    monkeypatch.setattr(time, "time", lambda: NOW)
    async with served(Company(tmp_path / "first.db", made), tmp_path, zone="Europe/Berlin") as board:
        tab = await open_tab(at=board.url, path=None, viewport={"width": 1280, "height": 800}, color_scheme=theme)
        await tab.page.clock.set_fixed_time(datetime.fromtimestamp(NOW, UTC))
        await tab.go()
        await expect(tab.rows.first).to_be_visible()
        await tab.press("j", "j")
        await tab.page.screenshot(path=DOCS / name)
