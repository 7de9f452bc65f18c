"""Signing in and out, sessions that end in the middle, and addresses that lead where they say."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Route, expect
from sqlalchemy import delete

from console import accounts
from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served
from tests.console.browser.tab import Tab

pytestmark = pytest.mark.board


async def fill_in(tab: Tab, name: str, password: str) -> None:
    await tab.page.get_by_label("Name").fill(name)
    await tab.page.get_by_label("Password").fill(password)
    await tab.press("Enter")


async def end_sessions(board: Served) -> None:
    async with board.engine.begin() as db:
        await db.execute(delete(accounts.session))


async def test_the_first_field_has_the_keyboard_and_enter_signs_in(board: Served, open_tab: OpenTab):
    tab = await open_tab("", path=None)
    await tab.page.goto(tab.url)
    await expect(tab.page.get_by_label("Name")).to_be_focused()
    await fill_in(tab, "agent", "agent-password-1")
    await expect(tab.rows.first).to_be_visible()
    await expect(tab.page).to_have_url(f"{tab.url}/")


async def test_a_wrong_password_is_told_and_can_be_typed_again(board: Served, open_tab: OpenTab):
    tab = await open_tab("", path=None)
    await tab.page.goto(tab.url)
    await fill_in(tab, "agent", "wrong")
    await expect(tab.page.get_by_role("alert")).to_have_text(re.compile("^That name and password do not fit together"))
    await expect(tab.page.get_by_label("Password")).to_be_focused()
    await tab.page.keyboard.type("agent-password-1")
    await tab.press("Enter")
    await expect(tab.rows.first).to_be_visible()


async def test_one_is_led_to_where_one_wanted_to_go(board: Served, open_tab: OpenTab):
    tab = await open_tab("", path=None)
    wanted = f"/tasks/{board.tasks('open')[0]['id']}"
    await tab.page.goto(tab.url + wanted)
    await fill_in(tab, "lead", "lead-password-1")
    await expect(tab.page).to_have_url(tab.url + wanted)
    await expect(tab.page.get_by_role("heading", name="Next step")).to_be_visible()


async def test_nobody_is_led_to_another_site(board: Served, open_tab: OpenTab):
    for elsewhere in ("//example.org", "/\\example.org", "https://example.org"):
        tab = await open_tab("", path=None)
        await tab.page.goto(f"{tab.url}/sign-in?next={elsewhere}")
        await fill_in(tab, "lead", "lead-password-1")
        await expect(tab.rows.first).to_be_visible()
        assert tab.page.url == f"{tab.url}/"


async def test_signing_out_shows_the_sign_in_page_and_nothing_else(tab: Tab):
    await tab.page.get_by_role("button", name="lead").click()
    await tab.page.get_by_role("button", name="Sign out").click()
    await expect(tab.page.get_by_label("Password")).to_be_visible()
    await tab.page.go_back()
    await tab.page.goto(f"{tab.url}/alerts")
    await expect(tab.page.get_by_label("Password")).to_be_visible()
    await expect(tab.page.locator("[data-task], [data-alert]")).to_have_count(0)


async def test_a_session_that_ends_in_the_middle_leads_back_to_where_one_was(tab: Tab, board: Served):
    task = await tab.first("open")
    await tab.go("/?tier=A")
    await tab.point_at(task)
    await end_sessions(board)
    await tab.press("a")  # the page may have noticed before: then this is a letter
    await expect(tab.page.get_by_text("Then you go on where you were.")).to_be_visible()
    await fill_in(tab, "lead", "lead-password-1")
    await expect(tab.page).to_have_url(f"{tab.url}/?tier=A")
    await tab.acknowledge(task)
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged")


async def test_a_late_answer_about_the_session_before_sends_nobody_away(tab: Tab, board: Served):
    late, other = (await tab.ids())[:2]
    asked, ended, signed_in = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await ended.wait()
        answer = await route.fetch()
        assert answer.status == 401
        await signed_in.wait()
        await route.fulfill(response=answer)

    await tab.page.route("**/api/commands", hold, times=1)
    await tab.acknowledge(late)
    await asked.wait()
    await tab.point_at(other)
    await end_sessions(board)
    ended.set()
    await tab.press("a")
    await fill_in(tab, "lead", "lead-password-1")
    await expect(tab.rows.first).to_be_visible()
    signed_in.set()
    await expect(tab.row(late)).to_have_attribute("data-status", "acknowledged")
    await expect(tab.page).to_have_url(f"{tab.url}/")


async def test_who_signs_in_anew_in_another_tab_goes_on_in_this_one(tab: Tab):
    """The old page's token is another session's: it learns the new one by itself."""
    other = Tab(await tab.context.new_page(), tab.url)
    await other.sign_in("lead")
    await other.go()
    await tab.acknowledge(await tab.first("open"))
    await expect(tab.toast("done").or_(tab.toast("refused"))).to_be_visible()
    await expect(tab.toast("refused")).to_have_count(0)


async def test_an_own_password_can_be_changed(tab: Tab):
    await tab.page.get_by_role("button", name="lead").click()
    await tab.page.get_by_role("button", name="Change password").click()
    await tab.page.get_by_label("Current password").fill("lead-password-1")
    await tab.page.get_by_label("New password").fill("short")
    await tab.press("Enter")
    await expect(tab.dialog.get_by_role("alert")).to_have_text("A password has at least 12 characters.")
    await tab.page.get_by_label("New password").fill("a much longer one")
    await tab.press("Enter")
    await expect(tab.dialog).to_have_count(0)
    answer = await tab.context.request.post(f"{tab.url}/api/login", data={"name": "lead", "password": "a much longer one"})
    assert answer.ok


async def test_an_admin_adds_a_user_and_sees_the_password_once(board: Served, open_tab: OpenTab):
    tab = await open_tab("admin", "/users")
    await tab.page.get_by_label("Name").fill("sam")
    await tab.page.get_by_role("button", name="Add", exact=True).click()
    await expect(tab.page.get_by_text("sam was added.")).to_be_visible()
    await expect(tab.page.locator('[data-user="sam"]')).to_be_visible()
    password = await tab.page.locator(".command code").inner_text()
    # last, for the cookie it gives makes this tab sam's
    answer = await tab.context.request.post(f"{tab.url}/api/login", data={"name": "sam", "password": password})
    assert answer.ok


async def test_every_address_opens_directly_and_after_loading_again(board: Served, open_tab: OpenTab):
    tab = await open_tab("admin", path=None)
    for path, title in (await addresses(tab, board)).items():
        await tab.go(path)
        await expect(tab.page.locator("h1")).to_have_text(title)
        await tab.page.reload()
        await tab.shown()
        await expect(tab.page.locator("h1")).to_have_text(title)
        await expect(tab.page).to_have_title(re.compile(r"^(?!Makegood).+ · Makegood$"))


async def addresses(tab: Tab, board: Served) -> dict[str, str | re.Pattern[str]]:
    """One of each page, and its heading."""
    task = board.tasks("open")[0]
    alerts = (await (await tab.context.request.get(f"{tab.url}/api/alerts")).json())["alerts"]
    letters = (await (await tab.context.request.get(f"{tab.url}/api/dead-letters")).json())["letters"]
    anything = re.compile(".")
    return {
        "/": "Queue",
        f"/tasks/{task['id']}": anything,
        "/alerts": "Alerts",
        f"/alerts/{alerts[0]['id']}": anything,
        "/customers": "Customers",
        f"/customers/{task['customer']}": anything,
        "/dead-letters": "Dead letters",
        f"/dead-letters/{letters[0]['id']}": anything,
        "/pipeline": "Pipeline",
        "/users": "Users",
        "/nowhere": "No such page",
    }


async def test_filters_are_in_the_address_and_survive_reload_and_back(tab: Tab):
    await tab.page.get_by_role("button", name="P2").click()
    await tab.page.get_by_role("button", name="Status").click()
    await tab.page.get_by_label("open", exact=True).check()
    await tab.press("Escape")
    await expect(tab.page).to_have_url(f"{tab.url}/?priority=P2&status=open")
    await expect(tab.page.locator('.list [data-task]:not([data-status="open"])')).to_have_count(0)
    await tab.shown()
    await expect(tab.rows.first).to_be_visible()
    rows = await tab.ids()
    await tab.page.reload()
    await tab.shown()
    await expect(tab.rows.first).to_be_visible()
    assert await tab.ids() == rows
    await tab.rows.first.locator(".cell-what a").click()
    await tab.shown()
    await tab.page.go_back()
    await expect(tab.page).to_have_url(f"{tab.url}/?priority=P2&status=open")
    await expect(tab.rows.first).to_be_visible()
    assert await tab.ids() == rows
    await tab.page.get_by_role("button", name="Clear filters").click()
    await expect(tab.page).to_have_url(f"{tab.url}/")


async def test_two_tabs_of_one_person_have_filters_of_their_own(tab: Tab):
    other = await Tab(await tab.context.new_page(), tab.url).go("/?priority=P1")
    await expect(other.rows.first).to_be_visible()
    assert await other.ids() != await tab.ids()
    await expect(tab.page).to_have_url(f"{tab.url}/")
