"""Thousands of open tasks: the first rows come at once, keys are answered at once, and the page stays small. Figures are printed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.console.browser.conftest import OpenTab, company_of
from tests.console.browser.served import Company, Served, served

MANY, LAPTOP = 5_000, {"width": 1280, "height": 720}
SANE_MS = 10_000
"""No test of speed: only what nobody would wait for fails. The figures are for the reader."""

FIRST_ROWS = """() => new Promise(shown => {
    const look = () => document.querySelector(".list [data-task]") && shown(performance.now())
    new MutationObserver(look).observe(document, {childList: true, subtree: true}), look()
})"""
DRAWN = """() => {
    window.spans = []
    addEventListener("keydown", event => {
        const at = event.timeStamp
        requestAnimationFrame(() => setTimeout(() => spans.push(performance.now() - at)))
    }, {capture: true})
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def many(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return await company_of(tmp_path_factory.mktemp("many"), MANY)


@pytest_asyncio.fixture(loop_scope="session")
async def board(many: Company, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(many, tmp_path) as board:
        yield board


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_the_first_rows_of_thousands_come_at_once_and_keys_are_answered_at_once(board: Served, open_tab: OpenTab):
    tab = await open_tab(path=None, viewport=LAPTOP)
    await tab.page.add_init_script(f"window.first = ({FIRST_ROWS})()")
    await tab.go()
    first = await tab.page.evaluate("window.first")
    total = (await (await tab.context.request.get(f"{tab.url}/api/tasks?limit=1")).json())["total"]
    await tab.page.evaluate(DRAWN)
    for _ in range(150):
        await tab.press("j")
    for _ in range(10):
        await tab.press("PageDown", "x")
    await tab.page.wait_for_function("spans.length >= 170")
    spans = sorted(await tab.page.evaluate("spans"))
    elements = await tab.page.locator("*").count()
    print(
        f"\n{total} open tasks: first rows after {first:.0f} ms; from key to drawn: median {spans[len(spans) // 2]:.0f} ms, "
        f"95 of 100 within {spans[int(len(spans) * 0.95)]:.0f} ms, longest {spans[-1]:.0f} ms; {elements} elements on the page"
    )
    assert total > MANY * 0.7
    assert first < SANE_MS
    assert spans[-1] < SANE_MS
    assert elements < 3_000


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_whoever_walks_down_thousands_meets_each_once(board: Served, open_tab: OpenTab):
    tab = await open_tab(viewport=LAPTOP)
    seen: list[str] = []
    await tab.press("j")
    for _ in range(30):
        for task in await tab.ids():
            if task not in seen:
                seen.append(task)
        await tab.press(*["PageDown"] * 2)
        await expect(tab.page.locator("[data-task]:focus")).to_be_in_viewport()
    answer = await (await tab.context.request.get(f"{tab.url}/api/tasks?limit=500")).json()
    assert seen[:400] == [task["id"] for task in answer["tasks"]][:400]
