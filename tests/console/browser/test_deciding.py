"""What a click becomes: sent until it is decided, then done or refused with a sentence; with a way back, also where two race."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from console.unsent_commands import Unsent
from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served
from tests.console.browser.tab import Tab

pytestmark = pytest.mark.board

SAID = re.compile(r"^Refused: .+ is already acknowledged by (agent|lead) on .+, \d\d:\d\d UTC$")


async def test_a_row_shows_that_it_was_sent_until_it_is_decided(tab: Tab, board: Served):
    task = await tab.first("open")
    board.decides.clear()
    await tab.acknowledge(task)
    await expect(tab.row(task).locator('.pending[data-state="sent"]')).to_have_text("acknowledge sent")
    await expect(tab.toast("sent")).to_contain_text("Acknowledge: sent, ")
    await expect(tab.row(task)).to_have_attribute("data-status", "open")
    board.decides.set()
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")
    await expect(tab.row(task).locator(".pending")).to_have_count(0)
    await expect(tab.toast("done")).to_contain_text("Acknowledged: ")


async def test_another_tab_shows_that_it_was_sent_and_by_whom(tab: Tab, board: Served, open_tab: OpenTab):
    other, task = await open_tab("agent"), await tab.first("open")
    board.decides.clear()
    await tab.acknowledge(task)
    await expect(other.row(task).locator(".pending")).to_have_attribute("title", re.compile("^lead asked to acknowledge"))


async def test_what_is_sent_is_still_shown_after_loading_the_page_again(tab: Tab, board: Served):
    task = await tab.first("open")
    board.decides.clear()
    await tab.acknowledge(task)
    await expect(tab.toast("sent")).to_be_visible()
    await tab.go()
    await expect(tab.row(task).locator(".pending")).to_have_text("acknowledge sent")


async def test_undo_makes_the_task_what_it_was(tab: Tab, board: Served):
    task = await tab.first("open")
    before = await tab.row(task).inner_text()
    await tab.acknowledge(task)
    await tab.toast("done").get_by_role("button", name="Undo").click()
    await expect(tab.toast("done")).to_contain_text("Undone: ")
    await expect(tab.row(task)).to_have_attribute("data-status", "open")
    assert _without_times(await tab.row(task).inner_text()) == _without_times(before)


def _without_times(text: str) -> str:
    return re.sub(r"\d+ (h|min|s|d)\b", "", text)


async def test_the_way_back_ends_after_ten_seconds(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    await tab.page.clock.install()
    await tab.go()
    task = await tab.first("open")
    await tab.acknowledge(task)
    await expect(tab.toast("done").get_by_role("button", name="Undo")).to_be_visible()
    await tab.page.clock.run_for(10_500)
    await expect(tab.page.get_by_role("button", name="Undo")).to_have_count(0)
    await tab.press("z")
    await expect(tab.page.get_by_role("status").filter(has_text="There is nothing to undo")).to_be_attached()
    assert board.sent == 1


async def test_of_two_who_acknowledge_one_is_refused_and_told_by_whom_and_when(tab: Tab, board: Served, open_tab: OpenTab):
    other, task = await open_tab("agent"), await tab.first("open")
    board.decides.clear()
    for one in (tab, other):
        await one.acknowledge(task)
        await expect(one.toast("sent")).to_be_visible()
    board.decides.set()
    await expect(tab.toast("done")).to_contain_text("Acknowledged: ")
    await expect(other.toast("refused").locator("p")).to_have_text(SAID)
    for one in (tab, other):
        await expect(one.row(task)).to_have_attribute("data-status", "acknowledged")
        await expect(one.row(task).locator(".pending")).to_have_count(0)


async def test_a_refusal_stays_until_it_is_put_away(tab: Tab):
    task = await tab.first("acknowledged")
    await tab.acknowledge(task)
    await expect(tab.toast("refused").locator("p")).to_have_text(SAID)
    await tab.toast("refused").get_by_role("button", name="Close").click()
    await expect(tab.toast("refused")).to_have_count(0)


async def test_the_page_of_a_task_keeps_the_last_refusal(tab: Tab):
    task = await tab.first("acknowledged")
    await tab.acknowledge(task)
    await expect(tab.toast("refused")).to_be_visible()
    await tab.go(f"/tasks/{task}")
    await expect(
        tab.page.get_by_text(re.compile(r"^Refused to lead: .+ is already acknowledged by (agent|lead) on .+ UTC"))
    ).to_be_visible()


async def test_a_change_in_another_tab_shows_within_a_second(tab: Tab, open_tab: OpenTab):
    other, task = await open_tab("agent"), await tab.first("open")
    watch = """task => new Promise(arrived => {
        const row = document.querySelector(`[data-task="${task}"]`)
        const look = () => row.dataset.status === "acknowledged" && arrived(Date.now())
        new MutationObserver(look).observe(row, {attributes: true}), look()
    })"""
    arriving = tab.page.evaluate_handle(f"task => {{ window.arriving = ({watch})(task) }}", task)
    await arriving
    await other.point_at(task)
    pressed = await other.page.evaluate("addEventListener('keydown', () => (window.pressed = Date.now()), {capture: true}) ?? 0")
    await other.press("a")
    arrived, pressed = await tab.page.evaluate("window.arriving"), await other.page.evaluate("window.pressed")
    print(f"\na change in another tab: {arrived - pressed} ms after the key")
    await expect(other.row(task)).to_have_attribute("data-status", "acknowledged")


async def test_several_at_once_with_one_refused_tell_how_many_and_why(tab: Tab, board: Served):
    wanted = [await tab.first("acknowledged"), *[task["id"] for task in board.tasks("open")[:3]]]
    for task in wanted:
        await tab.row(task).get_by_role("checkbox").check()
    await tab.page.get_by_role("toolbar", name="Act on 4 selected tasks").get_by_role("button", name="Acknowledge").click()
    toast = tab.toast("refused")
    await expect(toast.locator(".toast-text > p")).to_have_text("3 acknowledged, 1 refused")
    await expect(toast.get_by_role("listitem")).to_have_text(re.compile("is already acknowledged by"))
    for task in wanted:
        await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")


async def test_several_at_once_are_taken_back_together(tab: Tab, board: Served):
    wanted = [task["id"] for task in board.tasks("open")[:3]]
    for task in wanted:
        await tab.row(task).get_by_role("checkbox").check()
    await tab.press("a")
    await expect(tab.toast("done")).to_contain_text("3 acknowledged")
    await tab.press("z")
    await expect(tab.toast("done")).to_contain_text("3 undone")
    assert {one["id"] for one in board.tasks("open")} >= set(wanted)


async def test_several_resolved_at_once_are_asked_for_their_words_once(tab: Tab, board: Served):
    wanted = [task["id"] for task in board.tasks("open")[:2]]
    for task in wanted:
        await tab.row(task).get_by_role("checkbox").check()
    await tab.press("r")
    await expect(tab.dialog).to_have_accessible_name("Resolve 2 tasks")
    for label in ("What caused it", "What was done", "What came of it"):
        await tab.page.get_by_label(label).fill("the carrier")
    await tab.press("Control+Enter")
    await expect(tab.toast("done")).to_contain_text("2 resolved")
    assert {one["id"] for one in board.tasks("resolved")} >= set(wanted)


AWAY = "nobody answers at kafka:9092: is the broker up?"
AGAIN = "Nothing tries again by itself: click again when the board is live."


def called(board: Served, task: str) -> str:
    return next(one["customer_name"] for one in board.tasks() if one["id"] == task)


async def test_what_kafka_does_not_take_says_whose_it_is_and_that_nothing_tries_again_and_can_be_tried_again(tab: Tab, board: Served):
    task = await tab.first("open")
    board.unsent = lambda _: Unsent(AWAY)
    await tab.acknowledge(task)
    await expect(tab.toast("refused").locator("p")).to_have_text(f"“acknowledge” was not sent for {called(board, task)}: {AWAY} {AGAIN}")
    board.unsent = lambda _: None
    await tab.page.get_by_role("button", name="Try again").click()
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")
    assert board.sent == 1


async def test_of_what_nobody_knows_the_board_tells_when_it_turns_up(tab: Tab, board: Served):
    task, lost = await tab.first("open"), []
    board.unsent = lambda command: lost.append(command) or Unsent("Kafka did not take it within 5 s", unknown=True)
    await tab.acknowledge(task)
    said = f"It is not known whether “acknowledge” was sent for {called(board, task)}: Kafka did not take it within 5 s. {AGAIN}"
    await expect(tab.toast("refused").locator("p")).to_contain_text(said)
    board.arrive(lost)
    await expect(tab.toast("refused")).to_have_count(0)
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")
    assert board.sent == 1


async def test_of_several_the_board_says_which_were_not_sent_and_tries_only_those_again(tab: Tab, board: Served):
    first, second = (task["id"] for task in board.tasks("open")[:2])
    board.unsent = lambda command: Unsent(AWAY) if command.task == second else None
    for task in (first, second):
        await tab.row(task).get_by_role("checkbox").check()
    await tab.press("a")
    await expect(tab.toast("refused").locator("p")).to_have_text(f"1 acknowledged, 1 not sent. {AGAIN}")
    await expect(tab.toast("refused").locator("li")).to_have_text(f"{called(board, second)}: not sent")
    board.unsent = lambda _: None
    await tab.page.get_by_role("button", name="Try again").click()
    await expect(tab.row(second)).to_have_attribute("data-status", "acknowledged")
    assert board.sent == 2
