"""A whole triage by keyboard: every key does what the help says, and the focus is where one expects it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.console.browser.served import Served
from tests.console.browser.tab import Tab

pytestmark = pytest.mark.board


async def test_j_and_k_walk_the_rows_and_stop_at_the_ends(tab: Tab):
    first, second, *_ = await tab.ids()
    await tab.press("j")
    await expect(tab.at_work(first)).to_be_visible()
    await tab.press("j")
    await expect(tab.at_work(second)).to_be_visible()
    await tab.press("k", "k", "k")
    await expect(tab.at_work(first)).to_be_visible()


async def test_a_row_that_the_keyboard_reaches_is_in_view(tab: Tab):
    last = (await tab.ids())[-1]
    await tab.press(*"j" * len(await tab.ids()))
    await expect(tab.at_work(last)).to_be_in_viewport()


async def test_enter_opens_a_task_and_escape_comes_back_to_its_row(tab: Tab):
    second = (await tab.ids())[1]
    await tab.press("j", "j", "Enter")
    await expect(tab.page).to_have_url(f"{tab.url}/tasks/{second}")
    await tab.shown()
    await expect(tab.page.locator("h1")).to_be_focused()
    await tab.press("Escape")
    await expect(tab.page).to_have_url(f"{tab.url}/")
    await expect(tab.at_work(second)).to_be_visible()


async def test_on_a_task_j_and_k_go_to_the_next_and_the_one_before(tab: Tab):
    first, second, *_ = await tab.ids()
    await tab.press("j", "Enter")
    await tab.shown()
    await tab.press("j")
    await expect(tab.page).to_have_url(f"{tab.url}/tasks/{second}")
    await tab.shown()
    await tab.press("k")
    await expect(tab.page).to_have_url(f"{tab.url}/tasks/{first}")


async def test_x_marks_shift_x_marks_up_to_here_and_escape_unmarks(tab: Tab):
    marked = tab.page.locator('[data-task][aria-selected="true"]')
    await tab.press("j", "x")
    await expect(marked).to_have_count(1)
    await tab.press("j", "j", "j", "Shift+X")
    await expect(marked).to_have_count(4)
    await expect(tab.page.get_by_role("toolbar", name="Act on 4 selected tasks")).to_be_visible()
    await tab.press("Escape")
    await expect(marked).to_have_count(0)


async def test_a_acknowledges_and_the_keyboard_stays_on_the_row(tab: Tab):
    task = await tab.first("open")
    await tab.acknowledge(task)
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")
    await expect(tab.at_work(task)).to_be_visible()


ASKED_FIRST = {
    "c": ("You contacted ", ["They were calm"], "contacted"),
    "r": ("Resolve ", ["The carrier lost it", "Sent a new one", "They stay"], "resolved"),
    "d": ("Dismiss ", ["A test order of ours"], "dismissed"),
}


@pytest.mark.parametrize("key", ASKED_FIRST)
async def test_a_key_that_needs_words_asks_for_them_and_gives_the_keyboard_back(tab: Tab, board: Served, key: str):
    title, words, status = ASKED_FIRST[key]
    task = await tab.first("open")
    await tab.point_at(task)
    await tab.press(key)
    await expect(tab.dialog).to_have_accessible_name(re.compile(f"^{title}"))
    for number, text in enumerate(words):
        if number:
            await tab.press("Tab")
        await tab.page.keyboard.type(text)
    await tab.press("Control+Enter")
    await expect(tab.toast("done")).to_be_visible()
    assert {one["id"]: one["status"] for one in board.tasks()}[task] == status
    await expect(tab.at_work(task)).to_be_visible()


async def test_s_snoozes_for_an_hour_with_enter(tab: Tab, board: Served):
    task = await tab.first("open")
    await tab.point_at(task)
    await tab.press("s")
    await expect(tab.page.get_by_role("button", name="1 hour")).to_be_focused()
    await tab.press("Enter")
    await expect(tab.row(task)).to_have_attribute("data-status", "snoozed")
    await expect(tab.at_work(task)).to_be_visible()


async def test_a_snooze_until_a_past_hour_is_asked_for_again(tab: Tab, board: Served):
    await tab.point_at(await tab.first("open"))
    await tab.press("s")
    await tab.page.get_by_label("Or until (UTC)").fill("2026-01-01T09:00")
    await tab.page.get_by_role("button", name="Snooze until then").click()
    await expect(tab.dialog.get_by_role("alert")).to_have_text("That is past: choose a time to come.")
    assert board.sent == 0


async def test_z_takes_the_last_deed_back(tab: Tab):
    task = await tab.first("open")
    await tab.acknowledge(task)
    await expect(tab.toast("done")).to_be_visible()
    await tab.press("z")
    await expect(tab.row(task)).to_have_attribute("data-status", "open")


async def test_a_dialog_without_its_words_says_what_is_needed_and_sends_nothing(tab: Tab, board: Served):
    await tab.press("j", "r", "Control+Enter")
    await expect(tab.dialog.get_by_role("alert")).to_have_text("Needed: what caused it.")
    await expect(tab.page.get_by_label("What caused it")).to_be_focused()
    assert board.sent == 0


async def test_a_dialog_keeps_the_keyboard_and_gives_it_back(tab: Tab, board: Served):
    first = (await tab.ids())[0]
    await tab.press("j", "r")
    await expect(tab.page.get_by_label("What caused it")).to_be_focused()
    for _ in range(12):
        await tab.press("Tab")
        inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        assert await tab.page.evaluate(inside), await tab.page.evaluate("document.activeElement.outerHTML")
    await tab.press("Escape")
    await expect(tab.dialog).to_have_count(0)
    await expect(tab.at_work(first)).to_be_visible()
    assert board.sent == 0


async def test_letters_in_a_dialog_are_words_and_not_keys(tab: Tab, board: Served):
    await tab.press("j", "c")
    await tab.page.keyboard.type("a sad jack")
    await expect(tab.dialog).to_have_count(1)
    await expect(tab.page.get_by_label("What was said")).to_have_value("a sad jack")
    assert board.sent == 0


async def test_slash_searches_and_escape_leaves_the_search(tab: Tab, board: Served):
    await tab.press("/")
    await expect(tab.page.locator("#search")).to_be_focused()
    await tab.page.keyboard.type("hotel")
    await expect(tab.page).to_have_url(f"{tab.url}/?q=hotel")
    await expect(tab.rows.first).to_be_visible()
    await expect(tab.rows.filter(has_not_text=re.compile("hotel", re.IGNORECASE))).to_have_count(0)
    await tab.press("Escape")
    await expect(tab.page.locator("#search")).not_to_be_focused()
    assert board.sent == 0


async def test_the_help_lists_every_key_and_gives_the_keyboard_back(tab: Tab):
    first = (await tab.ids())[0]
    await tab.press("j", "?")
    await expect(tab.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    shown = await tab.dialog.locator("dt").all_inner_texts()
    assert {"j", "k", "Enter", "x", "a", "c", "s", "r", "d", "z", "/", "?", "t", "n"} <= {text.replace("\n", " ") for text in shown}
    await tab.press("Escape")
    await expect(tab.at_work(first)).to_be_visible()


async def test_the_palette_finds_a_page(tab: Tab):
    await tab.press("Control+k")
    await expect(tab.page.get_by_role("combobox", name="Find a page, customer, task or action")).to_be_focused()
    await tab.page.keyboard.type("dead")
    await tab.press("Enter")
    await expect(tab.page).to_have_url(f"{tab.url}/dead-letters")
    await expect(tab.page.get_by_role("heading", name="Dead letters")).to_be_focused()


async def test_the_palette_finds_a_customer(tab: Tab):
    await tab.press("Control+k")
    await tab.page.keyboard.type("Hotel Adlon")
    found = tab.page.get_by_role("option").filter(has_text="Hotel Adlon Nord").filter(has_text="open task")
    await found.first.click()
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("Hotel Adlon Nord")


async def test_the_palette_acts_on_the_task_at_hand(tab: Tab):
    task = await tab.first("open")
    await tab.point_at(task)
    await tab.press("Control+k")
    await tab.page.keyboard.type("acknowledge")
    await tab.press("Enter")
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")


async def test_the_palette_closes_by_escape_and_by_its_own_key(tab: Tab):
    for closing in ("Escape", "Control+k"):
        await tab.press("Control+k")
        await expect(tab.dialog).to_be_visible()
        await tab.press(closing)
        await expect(tab.dialog).to_have_count(0)


async def test_the_palette_opens_again_however_soon_after_it_was_closed(tab: Tab):
    for closing in ("Escape", "Control+k") * 5:
        await tab.press("Control+k", closing, "Control+k")
        await expect(tab.dialog).to_be_visible()
        await tab.press(closing)
        await expect(tab.dialog).to_have_count(0)


async def test_g_and_a_letter_go_to_a_page(tab: Tab):
    for letter, path in {"a": "/alerts", "c": "/customers", "d": "/dead-letters", "p": "/pipeline", "q": "/"}.items():
        await tab.press("g", letter)
        await expect(tab.page).to_have_url(tab.url + path)
        await expect(tab.page.locator("h1")).to_be_focused()


async def test_single_keys_that_are_switched_off_do_nothing(tab: Tab, board: Served):
    first = (await tab.ids())[0]
    await tab.press("?")
    await tab.dialog.get_by_label("Single keys act").uncheck()
    await tab.press("Escape", "j", "a", "x", "n", "t", "/", "?")
    await expect(tab.page.locator("[data-task]:focus, #search:focus, dialog, [aria-selected=true]")).to_have_count(0)
    await tab.point_at(first)
    await tab.press("a", "c", "s", "r", "d", "x", "j")
    await expect(tab.at_work(first)).to_be_visible()
    await expect(tab.dialog).to_have_count(0)
    assert board.sent == 0


async def test_without_single_keys_the_arrows_space_enter_and_the_palette_work(tab: Tab):
    first, second, *_ = await tab.ids()
    await tab.page.evaluate("localStorage.setItem('makegood.single-keys', 'off')")
    await tab.page.reload()
    await tab.shown()
    await tab.point_at(first)
    await tab.press("ArrowDown", "Space")
    await expect(tab.row(second)).to_have_attribute("aria-selected", "true")
    await tab.press("Escape", "Control+k")
    await expect(tab.dialog).to_be_visible()
    await tab.press("Escape", "Enter")
    await expect(tab.page).to_have_url(f"{tab.url}/tasks/{second}")


async def test_the_first_tab_stop_skips_to_the_page(tab: Tab):
    await tab.press("Tab")
    await expect(tab.page.get_by_role("link", name="Skip to the page")).to_be_focused()
    await tab.press("Enter")
    await expect(tab.page.locator("main#page")).to_be_focused()


async def test_tab_enters_the_list_at_one_row(tab: Tab):
    assert await tab.page.locator('[data-task][tabindex="0"]').count() == 1
