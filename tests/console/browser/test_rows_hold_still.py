"""Rows never move under the pointer or the keyboard: what is new waits until it is taken in."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from schemas.commands import AcknowledgeTask
from schemas.message import instant
from tests.console.browser.served import Served
from tests.console.browser.tab import Tab

pytestmark = pytest.mark.board


async def three_new(board: Served) -> list[str]:
    return [await board.customer_in_trouble(f"Hotel Probe {number}") for number in range(3)]


async def test_new_rows_wait_while_the_pointer_is_over_the_list(tab: Tab, board: Served):
    before = await tab.ids()
    await tab.rows.nth(2).hover()
    await three_new(board)
    await expect(tab.pill).to_have_text(re.compile("^3 new"))
    assert await tab.ids() == before


async def test_the_row_under_the_pointer_stays_where_it_is_to_the_pixel(tab: Tab, board: Served):
    row = tab.rows.nth(2)
    await row.hover()
    task, box = await row.get_attribute("data-task"), await row.bounding_box()
    await three_new(board)
    await expect(tab.pill).to_be_visible()
    assert task
    assert await tab.row(task).bounding_box() == box


async def test_the_row_stays_also_while_the_pointer_goes_to_what_is_new(tab: Tab, board: Served):
    await tab.rows.nth(2).hover()
    await three_new(board)
    await expect(tab.pill).to_be_visible()
    before = await tab.ids()
    await tab.pill.hover()
    assert await tab.ids() == before


async def test_a_click_on_what_is_new_takes_it_in(tab: Tab, board: Served):
    await tab.rows.nth(2).hover()
    customers = await three_new(board)
    await expect(tab.pill).to_have_text(re.compile("^3 new"))
    await tab.pill.click()
    await expect(tab.pill).to_have_count(0)
    for customer in customers:
        await expect(tab.rows.locator(f'a[href="/customers/{customer}"]')).to_have_count(1)
    await tab.agrees_with_the_console()


async def test_n_takes_in_what_is_new_and_the_keyboard_stays_on_its_row(tab: Tab, board: Served):
    await tab.press("j", "j")
    second = (await tab.ids())[1]
    await three_new(board)
    await expect(tab.pill).to_have_text(re.compile("^3 new"))
    await tab.press("n")
    await expect(tab.pill).to_have_count(0)
    await expect(tab.at_work(second)).to_be_visible()
    await tab.agrees_with_the_console()


async def test_nothing_waits_where_nobody_is_in_the_list(tab: Tab, board: Served):
    count = await tab.rows.count()
    await three_new(board)
    await expect(tab.rows).to_have_count(count + 3)
    await expect(tab.pill).to_have_count(0)
    await tab.agrees_with_the_console()


async def test_marked_rows_hold_the_list_still(tab: Tab, board: Served):
    before = await tab.ids()
    await tab.rows.first.get_by_role("checkbox").check()
    await tab.page.mouse.move(5, 5)
    await three_new(board)
    await expect(tab.pill).to_have_text(re.compile("^3 new"))
    assert await tab.ids() == before


async def test_what_was_resolved_keeps_its_place_until_it_is_taken_in(tab: Tab, board: Served):
    task, before = await tab.first("open"), await tab.ids()
    await tab.point_at(task)
    await tab.press("d")
    await tab.page.keyboard.type("A test order of ours")
    await tab.press("Control+Enter")
    await expect(tab.row(task)).to_have_class(re.compile("leaving"))
    assert await tab.ids() == before
    await tab.press("n")
    await expect(tab.row(task)).to_have_count(0)


async def test_a_held_row_still_tells_what_became_of_it(tab: Tab, board: Served):
    await tab.rows.nth(2).hover()
    task = board.tasks("open")[0]
    by_another = {"customer": {"id": task["customer"]}, "task": task["id"], "actor": "carla", "issued_at": instant(board.clock())}
    await board.send([AcknowledgeTask(id="K-by-another", **by_another)])
    await expect(tab.row(task["id"])).to_have_attribute("data-status", "acknowledged")
