"""A customer's page in a real browser: since when and why, rhythm against silence, signals over time; and that empty ones explain themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served
from tests.console.browser.tab import EVERYTHING, Tab

pytestmark = pytest.mark.board


async def alert_of(tab: Tab) -> dict[str, Any]:
    """The first alert, with all that its page shows."""
    listed = (await (await tab.context.request.get(f"{tab.url}/api/alerts")).json())["alerts"]
    found: dict[str, Any] = await (await tab.context.request.get(f"{tab.url}/api/alerts/{listed[0]['id']}")).json()
    return found


async def test_customer_alert_and_task_say_since_when_and_why_and_axe_finds_no_fault(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    alert = await alert_of(tab)
    for path in (f"/customers/{alert['customer']}", f"/alerts/{alert['id']}", f"/tasks/{board.tasks('open')[0]['id']}"):
        await tab.go(path)
        tier = tab.page.locator("dl.facts > div").filter(has=tab.page.locator("dt", has_text=re.compile("^Tier$")))
        await expect(tier).to_contain_text(re.compile(r"(A|B|C|Unknown) since \d+ \w+ \d{4}\s*because: "))
        assert await tab.violations(EVERYTHING) == [], path


async def test_signals_over_time_have_a_row_for_the_chance_and_for_each_signal_with_words_for_whom_a_drawing_says_nothing(
    board: Served, open_tab: OpenTab
):
    tab = await open_tab(path=None)
    alert = await alert_of(tab)
    await tab.go(f"/alerts/{alert['id']}")
    rows = tab.page.locator(".over-time tbody tr")
    names = {signal["name"] for step in alert["chances"] if step["level"] for signal in step["signals"]}
    await expect(rows).to_have_count(1 + len(names))
    await expect(rows.first).to_contain_text(f"{round(100 * alert['chance'])}% now, at most ")


async def test_the_page_of_a_task_shows_the_signals_of_its_customer_over_time(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    listed = (await (await tab.context.request.get(f"{tab.url}/api/alerts")).json())["alerts"]
    leaving = {alert["customer"] for alert in listed}
    task = next(one for one in board.tasks() if one["customer"] in leaving)
    await tab.go(f"/tasks/{task['id']}")
    await expect(tab.page.locator(".over-time tbody tr").first).to_contain_text(re.compile(r"\d+% now, at most "))
    assert await tab.violations(EVERYTHING) == []


async def test_the_rhythm_is_drawn_and_told_in_a_sentence(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    customer = await board.customer_in_trouble()
    for number in range(3):
        await board.tell("purchase.made", customer, amount=10.0, occurred_at=f"2026-0{number + 1}-01T12:00:00Z")
    await tab.go(f"/customers/{customer}")
    rhythm = tab.page.get_by_role("region", name="Rhythm and silence")
    await expect(rhythm.locator("svg line")).to_have_count(2)
    await expect(rhythm).to_contain_text("Bought on 3 days, the last on 1 Mar 2026, every 30 days on average")


async def test_who_never_bought_and_never_was_about_to_leave_is_told_so(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    await board.tell("usage.recorded", "C-quiet")
    await tab.go("/customers/C-quiet")
    for words in (
        "No purchase is known, so there is no rhythm and no silence to see.",
        "No alert was ever raised for this customer, so no signal has a history.",
        "Not known: no value was said, and no decision has reckoned one.",
        "Not known: no answer has come yet.",
        "No: neither high-impact nor in the top business row.",
    ):
        await expect(tab.page.get_by_text(words)).to_be_visible()


async def test_what_each_signal_adds_to_the_chance_is_said_and_adds_up(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    alert = await alert_of(tab)
    await tab.go(f"/alerts/{alert['id']}")
    signs = tab.page.get_by_role("region", name="Signs of leaving")
    for signal in alert["signals"]:
        await expect(signs).to_contain_text(f"adds {round(100 * signal['share'])}%, alone would mean")
    await expect(signs).to_contain_text(f"All else adds {round(100 * alert['without_signals'])}%")
    assert sum(signal["share"] for signal in alert["signals"]) + alert["without_signals"] == pytest.approx(alert["chance"])


async def test_the_last_answer_stands_beside_satisfaction_on_its_own_scale_on_all_three_pages(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    customer = await board.customer_in_trouble()
    for score in ({"metric": "nps", "raw": 9}, {"metric": "csat", "raw": 2}):
        await board.tell("survey.answered", customer, score=score, survey="visit")
    task = next(one for one in board.tasks() if one["customer"] == customer)
    alert = await alert_of(tab)
    for path, words in (
        (f"/customers/{customer}", "rated 2 of 5 (CSAT) in survey “visit”"),
        (f"/tasks/{task['id']}", "rated 2 of 5 (CSAT) in survey “visit”"),
        (f"/alerts/{alert['id']}", alert["standing"]["last_answer"]["sentence"]),
    ):
        await tab.go(path)
        satisfaction = tab.page.locator("dl.facts > div").filter(has=tab.page.locator("dt", has_text=re.compile("^Satisfaction$")))
        await expect(satisfaction).to_contain_text(re.compile(r"(\d+ of 100 all answers, the newest most|No decision has reckoned it yet)"))
        await expect(satisfaction).to_contain_text(words)
