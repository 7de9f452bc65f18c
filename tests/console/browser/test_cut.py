"""A board that is cut off says so within ten seconds, and misses nothing when it is back; a real network, cut or hung."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from schemas.commands import AcknowledgeTask
from schemas.message import instant
from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served, Wire
from tests.console.browser.tab import Tab
from tests.patience import PATIENT_S

pytestmark = pytest.mark.board

NOT_LIVE = re.compile(r"^Not live since \d\d:\d\d:\d\d\.")


@pytest_asyncio.fixture(loop_scope="session")
async def wires(board: Served) -> AsyncIterator[dict[str, Wire]]:
    """One wire that will break, one that will hang: both to the same board."""
    wires = {"cut": Wire(board.url), "hung": Wire(board.url)}
    for wire in wires.values():
        await wire.mend()
    yield wires
    for wire in wires.values():
        wire.hang()
        wire.cut()


async def says_that_it_is_not_live(tab: Tab, icon: str | None) -> None:
    """Banner, head, title and icon of the tab."""
    await expect(tab.banner).to_contain_text(NOT_LIVE, timeout=PATIENT_S * 1000)
    await expect(tab.page).to_have_title(re.compile(r"^not live since \d\d:\d\d:\d\d · "))
    await expect(tab.page.locator(".liveness")).to_have_attribute("data-live", "false")
    assert await icon_of(tab) != icon
    since = re.compile(r"since (\S+?)\.").search(await tab.banner.inner_text())
    assert since
    assert f"since {since[1]} " in await tab.page.title()


async def icon_of(tab: Tab) -> str | None:
    return await tab.page.locator('link[rel="icon"]').get_attribute("href")


async def something_happens(board: Served) -> tuple[str, str]:
    """By somebody else: a new task, and an old one is acknowledged. The new one's customer, and the old one."""
    task = board.tasks("open")[0]
    by_another = {"customer": {"id": task["customer"]}, "task": task["id"], "actor": "carla", "issued_at": instant(board.clock())}
    await board.send([AcknowledgeTask(id="K-by-another", **by_another)])
    await board.decided()
    return await board.customer_in_trouble(), task["id"]


async def is_live_again(tab: Tab, customer: str, acknowledged: str) -> None:
    await expect(tab.banner).to_have_count(0, timeout=PATIENT_S * 1000)
    await expect(tab.rows.locator(f'a[href="/customers/{customer}"]')).to_have_count(1)
    await expect(tab.row(acknowledged)).to_have_attribute("data-status", "acknowledged")
    await expect(tab.page).to_have_title(re.compile("Makegood$"))
    ids = await tab.ids()
    assert len(ids) == len(set(ids))
    await tab.agrees_with_the_console()


async def cut_off(board: Served, wires: dict[str, Wire], open_tab: OpenTab, for_s: float) -> None:
    tabs = [await open_tab(at=wire.url) for wire in wires.values()]
    await asyncio.gather(*(expect(tab.page.locator(".liveness")).to_have_attribute("data-live", "true") for tab in tabs))
    icons = [await icon_of(tab) for tab in tabs]
    wires["cut"].cut()
    wires["hung"].hang()
    began = asyncio.get_running_loop().time()
    happened = await something_happens(board)
    await asyncio.gather(*(says_that_it_is_not_live(tab, icon) for tab, icon in zip(tabs, icons, strict=True)))
    print(f"\ncut and hung: both say so within {asyncio.get_running_loop().time() - began:.1f} s")
    await asyncio.sleep(max(0.0, for_s - (asyncio.get_running_loop().time() - began)))
    for wire in wires.values():
        await wire.mend()
    await asyncio.gather(*(is_live_again(tab, *happened) for tab in tabs))
    assert [await icon_of(tab) for tab in tabs] == icons


async def test_a_board_that_is_cut_off_or_hangs_says_so_and_misses_nothing(board: Served, wires: dict[str, Wire], open_tab: OpenTab):
    await cut_off(board, wires, open_tab, for_s=11)


@pytest.mark.faults
async def test_a_board_that_is_cut_off_for_a_minute_misses_nothing(board: Served, wires: dict[str, Wire], open_tab: OpenTab):
    await cut_off(board, wires, open_tab, for_s=60)


async def test_a_short_cut_is_mended_without_a_word(board: Served, wires: dict[str, Wire], open_tab: OpenTab):
    tab = await open_tab(at=wires["cut"].url)
    wires["cut"].cut()
    happened = await something_happens(board)
    await wires["cut"].mend()
    await is_live_again(tab, *happened)


async def test_a_click_while_cut_off_says_whose_it_is_and_that_nobody_knows_whether_it_arrived(
    board: Served, wires: dict[str, Wire], open_tab: OpenTab
):
    tab = await open_tab(at=wires["cut"].url)
    task = await tab.first("open")
    wires["cut"].cut()
    await tab.acknowledge(task)
    name = next(one["customer_name"] for one in board.tasks() if one["id"] == task)
    said = f"It is not known whether “acknowledge” was sent for {name}: the console does not answer. Nothing tries again by itself"
    await expect(tab.toast("refused").locator("p")).to_contain_text(said)
    await wires["cut"].mend()
    await tab.page.get_by_role("button", name="Try again").click()
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")
    assert board.sent == 1


async def test_a_page_that_could_not_be_loaded_loads_itself_when_the_board_is_back(
    board: Served, wires: dict[str, Wire], open_tab: OpenTab
):
    tab = await open_tab(at=wires["cut"].url)
    wires["cut"].cut()
    await tab.press("g", "a")
    await expect(tab.page.get_by_role("heading", name="The console is out of reach")).to_be_visible()
    await wires["cut"].mend()
    await expect(tab.page.locator("[data-alert]").first).to_be_visible()
