"""Whatever customers write is shown as text, everywhere, and breaks nothing."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served
from tests.console.browser.tab import Tab

pytestmark = pytest.mark.board

SCRIPT = "<script>window.broken = 1</script><img src=x onerror='window.broken = 1'>"
WORDS = {
    "script": SCRIPT,
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd \u05dc\u05db\u05dc\u05dd \u2066 abc \u200f",
    "long": "x" * 4_000 + " " + "y" * 15_999,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 40 + "\u0301" * 200,
    "quotes": "\"'`&amp;&lt;{{7*7}}${7*7}",
}
WIDER = "document.scrollingElement.scrollWidth - innerWidth"


async def is_whole(tab: Tab) -> None:
    assert await tab.page.evaluate("window.broken") is None
    assert await tab.page.locator("main script, main img").count() == 0
    assert await tab.page.evaluate(WIDER) <= 0


async def test_hostile_words_are_text_on_every_page(board: Served, open_tab: OpenTab):
    customers = {kind: await board.customer_in_trouble(f"Hotel {words[:150]}", words=words) for kind, words in WORDS.items()}
    tasks = {task["customer"]: task["id"] for task in board.tasks("open")}
    tab = await open_tab()
    pages = [("/", list(WORDS)), ("/customers?q=Hotel", list(WORDS))]
    for kind, customer in customers.items():
        pages += [(f"/tasks/{tasks[customer]}", [kind]), (f"/customers/{customer}", [kind])]
    for path, kinds in pages:
        await tab.go(path)
        shown = _plain(await tab.page.locator("main").inner_text())
        for kind in kinds:
            assert _plain(f"Hotel {WORDS[kind][:40]}") in shown, (path, kind)
        await is_whole(tab)


def _plain(text: str) -> str:
    return " ".join(text.split())


async def test_a_hostile_record_that_is_a_dead_letter_is_text(board: Served, open_tab: OpenTab):
    board.streams.put("feedback", "C-00001", json.dumps({"type": SCRIPT}).encode())
    await board.show()
    tab = await open_tab(path="/dead-letters")
    letter = tab.page.locator("[data-letter]").filter(has_text="window.broken").first
    await expect(letter).to_be_visible()
    await letter.get_by_role("link").click()
    await tab.shown()
    await expect(tab.page.locator("pre")).to_contain_text(SCRIPT)
    await is_whole(tab)


async def test_hostile_words_in_a_note_are_text_in_the_history(tab: Tab):
    task = await tab.first("open")
    await tab.point_at(task)
    await tab.press("c")
    await tab.page.get_by_label("What was said").fill(SCRIPT)
    await tab.press("Control+Enter")
    await expect(tab.toast("done")).to_be_visible()
    await tab.go(f"/tasks/{task}")
    await expect(tab.page.locator(".timeline")).to_contain_text(SCRIPT)
    await is_whole(tab)


async def test_hostile_searches_are_text(tab: Tab):
    for query in (SCRIPT, "%", "_", "\\", "'--", "\u0000x", "x" * 2000):
        await tab.page.locator("#search").fill(query)
        await expect(tab.page.locator("main h2").or_(tab.rows.first).first).to_be_visible()
        await is_whole(tab)
