"""The words of the board are those of a CX desk: none of the old private ones is shown on any page, and badges have a legend."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served
from tests.console.browser.tab import Tab
from tests.console.browser.test_sign_in import addresses

pytestmark = pytest.mark.board

OLD = re.compile(
    r"\b(told|put away|shut out|sent again|taken? back|wait for their customer|marked|unmark|took it|passed over|nowhere|(?-i:STARS))\b|\bParts\b"
    r"|speaks of ignored|(?<![\d.,:])1(\.0)? (days|hours|minutes|times|records|tasks|tickets|customers|facts|attempts|bytes)\b",
    re.IGNORECASE,
)
SHOWN = """() => [document.body.innerText, ...[...document.querySelectorAll("[title], [aria-label], [placeholder]")].flatMap(
    it => [it.title, it.ariaLabel, it.placeholder])].filter(Boolean).join("\\n")"""


async def old_words(tab: Tab) -> list[str]:
    """Lines with a word of the old list, but what customers said."""
    lines = (await tab.page.evaluate(SHOWN)).splitlines()
    said = re.compile(r"“.*?”")
    return [line for line in lines if OLD.search(said.sub("", line).replace("/nowhere", ""))]


async def test_no_page_shows_an_old_word(board: Served, open_tab: OpenTab):
    tab = await open_tab("admin", path=None)
    for path in await addresses(tab, board):
        await tab.go(path)
        assert not (found := await old_words(tab)), f"{path}: {found}"


async def test_no_task_shows_an_old_word(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    for task in board.tasks()[:12]:
        await tab.go(f"/tasks/{task['id']}")
        assert not (found := await old_words(tab)), f"{task['id']}: {found}"


async def test_an_operation_is_closed_and_undone_in_these_words(tab: Tab):
    task = await tab.first("open")
    await tab.row(task).get_by_role("checkbox").check()
    await expect(tab.page.get_by_role("toolbar", name="Act on 1 selected task")).to_be_visible()
    await tab.press("a")
    await expect(tab.toast("done").get_by_role("button", name="Close")).to_be_visible()
    assert not await old_words(tab)


async def test_the_queue_and_the_help_say_what_hic_means(tab: Tab):
    await expect(tab.page.get_by_role("columnheader", name="HIC: high-impact customer")).to_be_visible()
    await expect(tab.page.get_by_role("columnheader", name="SLA")).to_be_visible()
    await expect(tab.page.get_by_role("columnheader", name="Notified")).to_be_visible()
    await tab.press("?")
    await expect(tab.dialog.get_by_text("high-impact customer: one whom the company cannot afford to lose")).to_be_visible()


async def test_the_pipeline_shows_services_and_unmatched_facts(board: Served, open_tab: OpenTab):
    tab = await open_tab(path="/pipeline")
    await expect(tab.page.get_by_role("heading", name="Services")).to_be_visible()
    await expect(tab.page.locator(".services li").first).to_be_visible()
    await expect(tab.page.get_by_text("unmatched facts")).to_be_visible()
