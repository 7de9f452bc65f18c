"""The board before real processes and a real broker: they are stopped and killed while somebody works."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.console.browser.conftest import ALL_ROWS
from tests.console.browser.tab import Tab
from tests.installation import HIC, Installation
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.faults, pytest.mark.timeout(900)]

PASSWORD = "lead-password-1"
CUSTOMERS = ("hotel-adler", "cafe-morgenrot", "klinik-am-see")
NOT_LIVE = re.compile(r"^Not live since \d\d:\d\d:\d\d\.")


@pytest.fixture(scope="module")
def installation(bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Worker and console, and three customers who wait to be made good."""
    with Installation(bootstrap, f"browser{os.getpid()}.", tmp_path_factory.mktemp("house")) as installation:
        installation.run("topics", "apply")
        installation.run("console", "users", "add", "lead", "--role", "lead", "--password-from-input", given=f"{PASSWORD}\n")
        installation.start("worker", "console")
        for customer in CUSTOMERS:
            in_trouble(installation, customer)
        installation.until("tasks", lambda tasks: len({task["customer"] for task in tasks}) == len(CUSTOMERS))
        yield installation
        for process in installation.running.values():
            process.send_signal(signal.SIGCONT)


def in_trouble(installation: Installation, customer: str) -> None:
    at = datetime.now(UTC).isoformat()
    installation.say("customer.profiled", {"id": customer}, at, name=customer.title(), **HIC)
    installation.say("ticket.opened", {"id": customer}, at, subject="Our delivery", comment="Where is it?", severity="urgent")


@pytest_asyncio.fixture(loop_scope="session")
async def tab(chromium: Browser, installation: Installation) -> AsyncIterator[Tab]:
    """A lead at the queue; with the form, as the processes are real."""
    context = await chromium.new_context(viewport=ALL_ROWS)
    tab = Tab(await context.new_page(), installation.address("console"))
    await tab.sign_in("lead")
    await tab.go()
    await expect(tab.rows.first).to_be_visible()
    yield tab
    await context.close()
    assert not tab.errors


@contextmanager
def stopped(installation: Installation, part: str) -> Iterator[None]:
    """SIGSTOP, and go on afterwards."""
    installation.running[part].send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        installation.running[part].send_signal(signal.SIGCONT)


async def of(tab: Tab, customer: str) -> str:
    """The task of this customer."""
    row = tab.rows.filter(has=tab.page.locator(f'a[href="/customers/{customer}"]'))
    await expect(row).to_have_count(1, timeout=PATIENT_S * 1000)
    return await row.get_attribute("data-task") or ""


async def says_that_it_is_not_live(tab: Tab) -> None:
    await expect(tab.banner).to_contain_text(NOT_LIVE, timeout=PATIENT_S * 1000)
    await expect(tab.page).to_have_title(re.compile("^not live since "))


async def has_missed_nothing(tab: Tab, *customers: str) -> None:
    """The banner is gone, each of these has one row, and the rows are those of the console."""
    await expect(tab.banner).to_have_count(0, timeout=PATIENT_S * 1000)
    for customer in customers:
        await of(tab, customer)
    await tab.agrees_with_the_console()


async def test_while_the_worker_is_stopped_a_click_is_sent_and_then_it_is_decided(tab: Tab, installation: Installation):
    task = await of(tab, CUSTOMERS[0])
    with stopped(installation, "worker"):
        await tab.acknowledge(task)
        await expect(tab.row(task).locator('.pending[data-state="sent"]')).to_have_text("acknowledge sent")
        await asyncio.sleep(2)
        await expect(tab.row(task)).to_have_attribute("data-status", "open")
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged", timeout=PATIENT_S * 1000)
    await expect(tab.row(task).locator(".pending")).to_have_count(0)
    await expect(tab.toast("done")).to_contain_text("Acknowledged: ")


async def test_a_worker_that_is_killed_loses_no_click(tab: Tab, installation: Installation):
    task = await of(tab, CUSTOMERS[1])
    installation.kill("worker")
    await tab.acknowledge(task)
    await expect(tab.row(task).locator(".pending")).to_be_visible()
    await asyncio.to_thread(installation.start, "worker")
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged", timeout=PATIENT_S * 1000)
    told = await asyncio.to_thread(installation.read, "tasks")
    assert [one["status"] for one in told if one["id"] == task].count("acknowledged") == 1


async def test_a_console_that_hangs_is_told_and_nothing_is_missed(tab: Tab, installation: Installation):
    with stopped(installation, "console"):
        await asyncio.to_thread(in_trouble, installation, "late-1")
        await says_that_it_is_not_live(tab)
    await has_missed_nothing(tab, *CUSTOMERS, "late-1")


async def test_a_console_that_is_killed_comes_back_and_nothing_is_missed(tab: Tab, installation: Installation):
    installation.kill("console")
    await asyncio.to_thread(in_trouble, installation, "late-2")
    await asyncio.to_thread(installation.start, "console")
    await has_missed_nothing(tab, *CUSTOMERS, "late-2")
    task = await of(tab, "late-2")
    await tab.acknowledge(task)
    await expect(tab.row(task)).to_have_attribute("data-status", "acknowledged", timeout=PATIENT_S * 1000)


async def test_a_console_that_is_away_for_a_minute_is_told_and_nothing_is_missed(tab: Tab, installation: Installation):
    installation.kill("console")
    await asyncio.to_thread(in_trouble, installation, "late-3")
    await says_that_it_is_not_live(tab)
    await asyncio.sleep(50)
    await asyncio.to_thread(in_trouble, installation, "late-4")
    await asyncio.to_thread(installation.start, "console")
    await has_missed_nothing(tab, *CUSTOMERS, "late-3", "late-4")


async def test_a_decision_that_comes_late_is_told_and_can_be_taken_back(tab: Tab, installation: Installation):
    task = await of(tab, CUSTOMERS[2])
    installation.kill("worker")
    await tab.acknowledge(task)
    await asyncio.sleep(12)
    await expect(tab.toast("sent")).to_be_visible()
    await asyncio.to_thread(installation.start, "worker")
    await expect(tab.toast("done")).to_contain_text("Acknowledged: ", timeout=PATIENT_S * 1000)
    await tab.toast("done").get_by_role("button", name="Undo").click()
    await expect(tab.row(task)).to_have_attribute("data-status", "open")
