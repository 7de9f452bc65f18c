"""A whole triage by keyboard: every key does what the help says, and the focus is where one expects it."""

from __future__ import annotations

from playwright.async_api import expect

from tests.console.browser.tab import Tab


async def test_j_and_k_walk_the_rows_and_stop_at_the_ends(tab: Tab):
    first, second, *_ = await tab.ids()
    await tab.press("j")
    await expect(tab.at_work(first)).to_be_visible()
    await tab.press("j")
    await expect(tab.at_work(second)).to_be_visible()
    await tab.press("k", "k", "k")
    await expect(tab.at_work(first)).to_be_visible()
