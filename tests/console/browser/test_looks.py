"""How it looks: themes, density, times, little motion, narrow windows; and nothing in it that axe finds fault with."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Served
from tests.console.browser.tab import EVERYTHING, Tab
from tests.console.browser.test_sign_in import addresses

pytestmark = pytest.mark.board

LAPTOP = {"width": 1280, "height": 720}
NARROW = {"width": 320, "height": 256}
"""A window of 1280 x 1024 at 400 %."""


BRIGHTNESS = """() => {
    const context = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d")
    context.fillStyle = getComputedStyle(document.body).backgroundColor
    context.fillRect(0, 0, 1, 1)
    return context.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((sum, one) => sum + one) / 765
}"""


async def is_drawn(tab: Tab, theme: str) -> None:
    """The page is dark or light, and drawn so."""
    wanted = {"dark": "< 0.3", "light": "> 0.8"}[theme]
    await tab.page.wait_for_function(f"() => ({BRIGHTNESS})() {wanted}")
    await tab.page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


async def test_the_theme_is_the_systems(tab: Tab):
    await tab.page.emulate_media(color_scheme="dark")
    await is_drawn(tab, "dark")
    await tab.page.emulate_media(color_scheme="light")
    await is_drawn(tab, "light")


async def test_the_switch_overrules_the_system_and_is_remembered(tab: Tab):
    await tab.page.emulate_media(color_scheme="light")
    await tab.page.get_by_role("button", name="lead").click()
    await tab.page.get_by_role("button", name="dark").click()
    await is_drawn(tab, "dark")
    await tab.page.reload()
    await tab.shown()
    await is_drawn(tab, "dark")
    await tab.page.get_by_role("button", name="lead").click()
    await tab.page.get_by_role("button", name="system").click()
    await is_drawn(tab, "light")


async def test_twenty_rows_are_in_view_on_a_laptop(board: Served, open_tab: OpenTab):
    tab = await open_tab(viewport=LAPTOP)
    whole = """rows => rows.filter(row => {
        const box = row.getBoundingClientRect(), list = row.closest(".list").getBoundingClientRect()
        const head = row.closest(".list").querySelector(".columns").getBoundingClientRect()
        return box.top >= head.bottom - 1 && box.bottom <= Math.min(list.bottom, innerHeight) + 1
    }).length"""
    count = await tab.rows.evaluate_all(whole)
    print(f"\nrows in view at 1280 x 720: {count}")
    assert count >= 20


async def test_comfortable_rows_are_higher_and_remembered(tab: Tab):
    await expect(tab.rows.first).to_have_css("height", "28px")
    await tab.page.get_by_role("button", name="Make rows comfortable").click()
    await expect(tab.rows.first).to_have_css("height", "52px")
    await tab.page.reload()
    await tab.shown()
    await expect(tab.rows.first).to_have_css("height", "52px")


async def test_times_are_relative_and_absolute_on_hover_and_focus_with_the_zone(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=f"/tasks/{board.tasks('open')[0]['id']}")
    time = tab.page.locator("dl.facts time").first
    await expect(time).to_have_text(re.compile(r"^(\d+ (min|h|d) ago|just now)$"))
    absolute = re.compile(r"^\w{3},? \d{1,2} \w{3} \d{4},? (at )?\d\d:\d\d:\d\d UTC$")
    for look in (time.hover, time.focus):
        await look()
        shown = await time.evaluate("it => getComputedStyle(it, '::after').content")
        assert absolute.match(shown.strip('"')), shown
        await tab.page.mouse.move(0, 0)
    title = await tab.page.locator("time[title]").first.get_attribute("title")
    assert title
    assert "UTC" in title


async def test_t_turns_times_into_absolute_ones(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=f"/tasks/{board.tasks('open')[0]['id']}")
    await tab.press("t")
    await expect(tab.page.locator("dl.facts time").first).to_have_text(re.compile(r"^(\w{3},? \d+ \w{3}, )?\d\d:\d\d$"))


async def test_every_state_of_the_clock_has_words_an_icon_and_a_shape_of_its_own(tab: Tab):
    shapes: dict[str, set[str]] = {}
    for clock in await tab.page.locator(".clock").all():
        state = await clock.get_attribute("data-state")
        words, shape = (
            await clock.locator(".visually-hidden").inner_text(),
            await clock.locator("svg").evaluate("it => it.innerHTML.slice(0, 40)"),
        )
        assert words
        assert (await clock.locator(".clock-text").inner_text()).strip()
        shapes.setdefault(state or "", set()).add(shape)
    assert len(shapes) >= 3
    assert all(not shapes[one] & shapes[other] for one in shapes for other in shapes if one != other)


async def test_motion_is_little_where_the_system_asks_for_it(board: Served, open_tab: OpenTab):
    moving = """() => [...document.querySelectorAll("*")].flatMap(it => [it, "::before", "::after"].map((pseudo, at) => {
        const style = getComputedStyle(it, at ? pseudo : null)
        return [style.animationName === "none" ? "0s" : style.animationDuration, style.transitionDuration].join()
    })).filter(spans => spans.split(/, ?/).some(span => parseFloat(span) > 0.01))"""
    tab = await open_tab()
    board.decides.clear()
    await tab.acknowledge(await tab.first("open"))
    await expect(tab.toast("sent")).to_be_visible()
    assert await tab.page.evaluate(moving) == []


# -- axe, and narrow windows ---------------------------------------------------------------------------------------------------------

WIDER = "document.scrollingElement.scrollWidth - innerWidth"


async def finds_no_fault(tab: Tab, where: str) -> None:
    """In both themes (of which only the colours differ), and in a narrow window, which does not scroll sideways."""
    for scheme, rules in (("light", EVERYTHING), ("dark", ["color-contrast"])):
        await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await is_drawn(tab, scheme)
        assert not (found := await tab.violations(rules)), f"{where}, {scheme}: {found}"
    await tab.page.set_viewport_size(NARROW)
    assert await tab.page.evaluate(WIDER) <= 0, f"{where} scrolls sideways: {await widest(tab)}"
    assert not (found := await tab.violations(["target-size"])), f"{where}, narrow: {found}"
    await tab.page.set_viewport_size(LAPTOP)


async def widest(tab: Tab) -> list[str]:
    return await tab.page.evaluate("""() => [...document.querySelectorAll("body *")]
        .filter(it => it.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(it => it.outerHTML.slice(0, 120))""")


async def test_axe_finds_no_fault_with_any_page(board: Served, open_tab: OpenTab):
    tab = await open_tab("admin", path=None, viewport=LAPTOP)
    for path in await addresses(tab, board):
        await tab.go(path)
        await finds_no_fault(tab, path)


async def test_axe_finds_no_fault_with_signing_in(board: Served, open_tab: OpenTab):
    tab = await open_tab("", path=None, viewport=LAPTOP)
    await tab.page.goto(f"{tab.url}/sign-in?next=/alerts")
    await expect(tab.page.get_by_label("Name")).to_be_focused()
    await tab.page.get_by_label("Name").fill("lead")
    await tab.page.get_by_label("Password").fill("wrong")
    await tab.press("Enter")
    await expect(tab.page.get_by_role("alert")).not_to_be_empty()
    await finds_no_fault(tab, "sign-in")


Step = Callable[[Tab, Served], Awaitable[object]]


async def _resolve_without_words(tab: Tab, board: Served) -> None:
    await tab.press("j", "r", "Control+Enter")
    await expect(tab.dialog.get_by_role("alert")).not_to_be_empty()


async def _palette(tab: Tab, board: Served) -> None:
    await tab.press("j", "Control+k")
    await tab.page.keyboard.type("hotel")
    await expect(tab.page.get_by_role("option").filter(has_text="tier").first).to_be_visible()


async def _marked(tab: Tab, board: Served) -> None:
    await tab.press("j", "x", "j", "x")
    await expect(tab.page.get_by_role("toolbar")).to_be_visible()


async def _held_back_and_pending(tab: Tab, board: Served) -> None:
    await tab.press("j")
    board.decides.clear()
    await tab.press("a")
    await expect(tab.toast("sent")).to_be_visible()
    await board.customer_in_trouble()
    await expect(tab.pill).to_be_visible()


async def _refused_and_done(tab: Tab, board: Served) -> None:
    for status in ("open", "acknowledged"):
        await tab.acknowledge(await tab.first(status))
        await expect(tab.toast({"open": "done", "acknowledged": "refused"}[status])).to_be_visible()


async def _trouble(tab: Tab, board: Served) -> None:
    board.health.trouble, board.health.trouble_since = "Kafka does not answer: what you see is as it was", board.clock()
    await expect(tab.page.locator(".banner")).to_be_visible()


async def _failed(tab: Tab, board: Served) -> None:
    await tab.page.route("**/api/alerts*", lambda route: route.fulfill(status=503, json={"detail": "the database does not answer"}))
    await tab.press("g", "a")
    await expect(tab.page.get_by_role("alert").filter(has_text="That did not work")).to_be_visible()


async def _change_password(tab: Tab, board: Served) -> None:
    await tab.page.get_by_role("button", name="lead").click()
    await tab.page.get_by_role("button", name="Change password").click()


STATES: dict[str, Step] = {
    "help": lambda tab, board: tab.press("?"),
    "palette": _palette,
    "contact": lambda tab, board: tab.press("j", "c"),
    "snooze": lambda tab, board: tab.press("j", "s"),
    "resolve, words lacking": _resolve_without_words,
    "dismiss": lambda tab, board: tab.press("j", "d"),
    "menu": lambda tab, board: tab.page.get_by_role("button", name="lead").click(),
    "password": _change_password,
    "filter": lambda tab, board: tab.page.get_by_role("button", name="Cause").click(),
    "marked": _marked,
    "held back, sent": _held_back_and_pending,
    "refused, done": _refused_and_done,
    "trouble": _trouble,
    "empty": lambda tab, board: tab.go("/?priority=P4&owner=nobody"),
    "failed": _failed,
    "not there": lambda tab, board: tab.go("/tasks/T-nobody"),
    "forbidden": lambda tab, board: tab.go("/users"),
    "comfortable": lambda tab, board: tab.page.get_by_role("button", name="Make rows comfortable").click(),
}


@pytest.mark.parametrize("state", STATES)
async def test_axe_finds_no_fault_with_the_state(board: Served, open_tab: OpenTab, state: str):
    tab = await open_tab(viewport=LAPTOP)
    await STATES[state](tab, board)
    await finds_no_fault(tab, state)


async def test_axe_finds_no_fault_with_a_board_that_is_not_live(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None, viewport=LAPTOP)
    await tab.page.route("**/api/events*", lambda route: route.abort())
    await tab.go()
    await expect(tab.banner).to_be_visible()
    await finds_no_fault(tab, "not live")
