"""Sentences are read in the language and the time zone of whoever sits before the board, also those that come while they look."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from console.reader import Reader
from schemas.reasons import Why
from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served
from tests.console.browser.tab import EVERYTHING, Tab

pytestmark = pytest.mark.board

SEOUL = {"timezone_id": "Asia/Seoul"}
SLUG = re.compile(r"\b[a-z]+_[a-z_]+\b")


async def row_of(tab: Tab, task: str) -> dict:
    answer = await (await tab.context.request.get(f"{tab.url}/api/tasks?limit=500")).json()
    return next(row for row in answer["tasks"] if row["id"] == task)


async def read_in_german(tab: Tab) -> None:
    await tab.page.get_by_role("button", name="lead").click()
    choice = tab.page.get_by_role("group", name="Language of sentences")
    await expect(choice.get_by_role("button", name="English")).to_have_attribute("aria-pressed", "true")
    async with tab.page.expect_navigation():
        await choice.get_by_role("button", name="Deutsch").click()
    await tab.shown()


async def test_who_chooses_german_reads_it_at_once_live_and_after_a_reload(board: Served, open_tab: OpenTab):
    tab = await open_tab(**SEOUL)
    await read_in_german(tab)
    reader = Reader("de", "Asia/Seoul")
    customer = await board.customer_in_trouble()
    (task,) = [one["id"] for one in board.tasks() if one["customer"] == customer]
    for _ in ("live", "after a reload"):
        row = await row_of(tab, task)
        assert row["sentence"] == reader.says(Why.model_validate(row["why"]))
        said = tab.row(task).locator(".cell-what")
        await expect(said.locator("a")).to_have_text(" ".join(row["sentence"].split()))
        await expect(said).to_have_attribute("lang", "de")
        await tab.page.reload()
        await tab.shown()


async def test_the_choice_of_a_language_can_be_made_by_everybody(board: Served, open_tab: OpenTab):
    tab = await open_tab()
    await tab.page.get_by_role("button", name="lead").click()
    assert await tab.violations(EVERYTHING) == []


async def test_times_are_those_of_the_reader(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=f"/tasks/{board.tasks('open')[0]['id']}", **SEOUL)
    await expect(tab.page.locator(".zone")).to_contain_text("Asia/Seoul")
    cookies = {one["name"]: one["value"] for one in await tab.context.cookies()}
    assert (cookies["makegood_zone"], cookies["makegood_language"]) == ("Asia/Seoul", "en")


async def test_a_task_tells_who_acknowledged_it_and_who_moved_it(tab: Tab):
    task = await tab.first("open")
    await tab.acknowledge(task)
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")
    await expect(tab.row(task).locator(".status")).to_have_attribute("title", re.compile("^acknowledged by lead, "))
    await tab.go(f"/tasks/{task}")
    facts = tab.page.locator("dl.facts > div")
    await expect(facts.filter(has_text="Acknowledged").filter(has_text="by lead").first).to_be_visible()


async def test_no_page_shows_a_slug(board: Served, open_tab: OpenTab):
    tab = await open_tab("admin", path=None)
    alert = (await (await tab.context.request.get(f"{tab.url}/api/alerts")).json())["alerts"][0]
    pages = ["/", "/?view=closed", "/alerts", f"/alerts/{alert['id']}", "/customers", f"/customers/{alert['customer']}", "/dead-letters"]
    for path in [*pages, "/pipeline", *(f"/tasks/{task['id']}" for task in board.tasks()[:6])]:
        await tab.go(path)
        shown = re.sub(r"“.*?”|404: channel_not_found", "", await tab.page.evaluate("document.body.innerText"))
        assert not (found := SLUG.findall(shown)), f"{path}: {found}"
