"""Empty, loading, failed, forbidden, not there: each says something that is true."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect
from playwright.async_api import TimeoutError as NotInTime

from makegood.config.database import url_of
from schemas.message import instant
from tests.console.board import Board, Streams, tell
from tests.console.browser.conftest import OpenTab
from tests.console.browser.served import Company, Served, served
from tests.console.browser.tab import Tab

pytestmark = pytest.mark.board


@pytest_asyncio.fixture(loop_scope="session")
async def nothing_yet(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A board on which nothing ever came in."""
    directory = tmp_path_factory.mktemp("nothing")
    first = Board(url_of(None, directory, "console"))
    await first.open(Streams())
    await first.engine.dispose()
    async with served(Company(directory / "console.db", Streams), tmp_path) as board:
        yield board


DAY_S = 86_400
LAST_TICKET_S = 5 * DAY_S


def tickets_dried_up() -> Streams:
    """Twenty days of orders, answers and tickets every six hours; then, for five days, no more tickets."""
    streams, now = Streams(), time.time()
    kinds: dict[str, dict[str, Any]] = {
        "purchase.made": {"amount": 40},
        "survey.answered": {"score": {"metric": "nps", "raw": 9}},
        "ticket.opened": {"subject": "a question"},
    }
    for number, ago in enumerate(range(25 * DAY_S, 0, -DAY_S // 4)):
        for kind, fields in kinds.items():
            if kind != "ticket.opened" or ago >= LAST_TICKET_S:
                known = {"type": kind, "id": f"{kind}-{number}", "object": f"{kind}-{number}", "source": "shop", "customer": {"id": "C-1"}}
                tell(streams, {**known, "occurred_at": instant(now - ago).isoformat(), **fields})
    return streams


async def test_a_feed_that_dried_up_is_named_with_since_when_until_it_comes_again(tmp_path: Path, open_tab: OpenTab):
    directory = tmp_path / "dried"
    directory.mkdir()
    first = Board(url_of(None, directory, "console"), time.time)
    await first.open(tickets_dried_up())
    await first.engine.dispose()
    async with served(Company(directory / "console.db", tickets_dried_up), tmp_path) as board:
        for path in ("/", "/pipeline"):
            tab = await open_tab(path=path, at=board.url)
            named = tab.page.locator("[data-feed]")
            await expect(named).to_have_count(1)
            await expect(named).to_have_text(
                re.compile(
                    r"^No tickets since \w{3} \d+ \w{3,4}, \d\d:\d\d \(5 d\); before that the longest pause was 6 h\. "
                    r"Trouble with service stays unseen\. Check the connection to your ticketing system\.$"
                )
            )
        await board.tell("ticket.opened", "C-1", subject="a question")
        await expect(named).to_have_count(0)


EMPTY = {
    "/": ("No open task.", "No event has come in yet."),
    "/?priority=P1": ("No P1.", "No event has come in yet."),
    "/?view=closed": ("No closed task.", "No event has come in yet."),
    "/alerts": ("No customer shows signs of leaving.", "No event has come in yet."),
    "/alerts?view=resolved": ("No alert was resolved yet.", "No event has come in yet."),
    "/customers": ("No customer is known yet.", "They appear with the first event that names one."),
    "/dead-letters": ("No dead letters.", "Every record so far could be read and decided. No event has come in yet."),
}


async def test_an_empty_board_says_on_every_page_what_is_not_there(nothing_yet: Served, open_tab: OpenTab):
    tab = await open_tab(at=nothing_yet.url)
    for path, (title, words) in EMPTY.items():
        await tab.go(path)
        await expect(tab.page.locator("main h2")).to_have_text(title)
        await expect(tab.page.locator("main .empty p").first).to_have_text(words)
    await tab.go("/pipeline")
    await expect(tab.page.get_by_text("Nothing has come in yet. Point a webhook at the gateway, or write a fact to Kafka.")).to_be_visible()


async def test_an_empty_queue_says_when_the_last_event_came_in(tab: Tab, board: Served):
    await tab.go("/?priority=P4&owner=nobody")
    await expect(tab.page.get_by_role("heading", name="No P4 that fits.")).to_be_visible()
    await expect(tab.page.locator(".empty p")).to_have_text(re.compile(r"^Last event (just now|\d+ (s|min) ago)\.$"))
    await board.customer_in_trouble()
    await expect(tab.page.locator(".empty p")).to_have_text("Last event just now.")


async def test_a_search_that_finds_nothing_says_what_was_searched_and_leads_back(tab: Tab):
    await tab.go("/?q=zzz&tier=A")
    await expect(tab.page.get_by_role("heading", name="No open task that fits.")).to_be_visible()
    await expect(tab.page.get_by_text("Searched for “zzz” in customers, sentences, owners and ids.")).to_be_visible()
    await tab.page.get_by_role("button", name="Show all open tasks").click()
    await expect(tab.rows.first).to_be_visible()


async def test_a_customer_who_is_not_found_is_named(tab: Tab):
    await tab.go("/customers?q=zzz")
    await expect(tab.page.get_by_role("heading", name="No customer is called “zzz”.")).to_be_visible()


async def test_what_is_loading_says_so(board: Served, open_tab: OpenTab):
    tab, answers = await open_tab(path=None), asyncio.Event()

    async def slowly(route: Route) -> None:
        await answers.wait()
        await route.continue_()

    await tab.page.route("**/api/tasks?*", slowly)
    await tab.page.goto(tab.url)
    await expect(tab.page.locator("main").get_by_role("status").filter(has_text="Loading")).to_be_visible()
    answers.set()
    await expect(tab.rows.first).to_be_visible()


FAILURES = {
    "/": "The queue could not be loaded",
    "/alerts": "That did not work",
    "/customers": "That did not work",
    "/dead-letters": "That did not work",
    "/pipeline": "That did not work",
    "/users": "That did not work",
    "/tasks/T-1": "That did not work",
}


async def test_a_failed_page_says_why_and_tries_again(board: Served, open_tab: OpenTab):
    tab = await open_tab("admin", path=None)
    asked: list[str] = []

    async def refuse(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(status=503, json={"detail": "the database does not answer: try again in a moment"})

    pattern = re.compile(r"/api/(tasks|alerts|customers|dead-letters|pipeline|users)\b")
    for path, title in FAILURES.items():
        await tab.page.route(pattern, refuse)
        await tab.go(path)
        failed = tab.page.get_by_role("alert").filter(has_text=title)
        await expect(failed).to_contain_text("The database does not answer: try again in a moment")
        async with tab.page.expect_request(pattern):
            await failed.get_by_role("button", name="Try again").click()
        await tab.page.unroute(pattern)
        with suppress(NotInTime):  # a page that is live may have tried again by itself
            await failed.get_by_role("button", name="Try again").click(timeout=2000)
        await expect(failed).to_have_count(0)
    assert len(asked) >= 2 * len(FAILURES)


OF_ONE_THING = {"tasks": "/tasks/{id}", "alerts": "/alerts/{id}", "customers": "/customers/{customer}"}


@pytest.mark.parametrize("kind", OF_ONE_THING)
async def test_a_page_says_that_what_it_shows_is_old_until_it_is_not(board: Served, open_tab: OpenTab, kind: str):
    tab = await open_tab(path=None)
    listed = await (await tab.context.request.get(f"{tab.url}/api/{'tasks' if kind == 'customers' else kind}")).json()
    one = (listed.get("tasks") or listed.get("alerts"))[0]
    address = OF_ONE_THING[kind].format(**one)
    await tab.go(address)
    old = tab.page.locator("main").get_by_role("alert").filter(has_text="Not the newest: The database does not answer")
    await expect(old).to_have_count(0)
    heading, pattern = await tab.page.locator("h1").inner_text(), re.compile(f"/api/{kind}/")
    refusal = {"detail": "the database does not answer: try again in a moment"}
    await tab.page.route(pattern, lambda route: route.fulfill(status=503, json=refusal))
    await board.show_again(one["customer"])
    await expect(old).to_be_visible()
    await expect(tab.page.locator("h1")).to_have_text(heading)
    assert await tab.page.locator(".card").count() > 1, "what was loaded before is still shown"
    await tab.page.unroute(pattern)
    await expect(old).to_have_count(0)


async def test_an_error_without_words_says_its_status(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    await tab.page.route("**/api/alerts*", lambda route: route.fulfill(status=500, body="oops"))
    await tab.go("/alerts")
    await expect(tab.page.get_by_role("alert").filter(has_text="The console answered with status 500.")).to_be_visible()


NOT_THERE = {
    "/tasks/T-nobody": "There is no task T-nobody",
    "/alerts/A-nobody": "There is no alert A-nobody",
    "/customers/C-nobody": "There is no customer C-nobody",
    "/dead-letters/x-0-0": "There is no dead letter x-0-0",
}


async def test_what_is_not_there_is_named_and_leads_back(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None)
    for path, words in NOT_THERE.items():
        await tab.go(path)
        told = tab.page.get_by_role("alert").filter(has_text="Nothing here")
        await expect(told).to_contain_text(re.compile(re.escape(words), re.IGNORECASE))
        await expect(told.get_by_role("link", name="Back to the queue")).to_be_visible()


async def test_an_address_without_a_page_says_so(tab: Tab):
    await tab.go("/nowhere/at/all?x=1")
    await expect(tab.page.get_by_role("heading", name="No such page")).to_be_visible()
    await expect(tab.page.get_by_text("There is nothing at /nowhere/at/all.")).to_be_visible()


async def test_a_viewer_sees_everything_and_is_told_what_acting_takes(board: Served, open_tab: OpenTab):
    tab = await open_tab("viewer")
    await tab.acknowledge(await tab.first("open"))
    words = "You have the role viewer: acting on tasks takes the role agent. Ask an admin."
    await expect(tab.page.get_by_role("status").filter(has_text=words)).to_be_attached()
    await tab.press("Enter")
    await expect(tab.page.locator("main").get_by_text(words)).to_be_visible()
    assert board.sent == 0


async def test_an_agent_is_told_that_several_at_once_take_a_lead(board: Served, open_tab: OpenTab):
    tab = await open_tab("agent")
    await tab.press("j", "x", "j", "x", "a")
    words = "You have the role agent: acting on several tasks at once takes the role lead."
    await expect(tab.page.get_by_role("toolbar").get_by_text(words)).to_be_visible()
    assert board.sent == 0


async def test_who_is_no_admin_is_told_so_on_the_page_of_users(board: Served, open_tab: OpenTab):
    tab = await open_tab("lead", "/users")
    await expect(tab.page.get_by_role("alert").filter(has_text="Not for your role")).to_contain_text("admin")
    await tab.page.get_by_role("button", name="lead").click()
    await expect(tab.page.get_by_role("link", name="Users")).to_have_count(0)


async def test_trouble_with_kafka_is_told_while_the_board_itself_is_live(tab: Tab, board: Served):
    board.health.trouble, board.health.trouble_since = "Kafka does not answer: what you see is as it was", board.clock()
    await expect(tab.page.get_by_role("status").filter(has_text="Kafka does not answer")).to_be_visible()
    board.health.trouble = None
    await expect(tab.page.get_by_role("status").filter(has_text="Kafka does not answer")).to_have_count(0)
