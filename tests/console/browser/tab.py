"""One tab of a browser: what a person sees and presses on the board."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

AXE = Path(__file__).parents[3] / "console" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Tab:
    """A page at a board, whose uncaught errors are kept: a test ends with none."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.errors = page, url, list[str]()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._complained)

    def _complained(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            self.errors.append(message.text)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    async def sign_in(self, name: str) -> None:
        """Without the form: the cookie is what it gives."""
        answer = await self.context.request.post(f"{self.url}/api/login", data={"name": name, "password": f"{name}-password-1"})
        assert answer.ok, await answer.text()

    async def go(self, path: str = "/") -> Tab:
        """Open an address, and wait until the page has what it shows."""
        await self.page.goto(self.url + path)
        return await self.shown()

    async def shown(self) -> Tab:
        await expect(self.page.locator("h1").first).to_be_attached()
        await expect(self.page.locator(".skeleton")).to_have_count(0)
        return self

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    # -- the queue -----------------------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> Locator:
        return self.page.locator(".list [data-task]")

    def row(self, task: str) -> Locator:
        return self.page.locator(f'.list [data-task="{task}"]')

    def at_work(self, task: str) -> Locator:
        """The row, if the keyboard is on it."""
        return self.page.locator(f'.list [data-task="{task}"]:focus')

    async def ids(self) -> list[str]:
        """The tasks whose rows are shown, from top to bottom."""
        return await self.rows.evaluate_all("rows => rows.map(row => row.dataset.task)")

    async def first(self, status: str = "open") -> str:
        """The uppermost task of this status."""
        found = await self.page.locator(f'.list [data-task][data-status="{status}"]').first.get_attribute("data-task")
        assert found
        return found

    async def point_at(self, task: str) -> None:
        """Focus a row, as walking to it does."""
        await self.row(task).focus()

    async def acknowledge(self, task: str) -> None:
        await self.point_at(task)
        await self.press("a")

    async def agrees_with_the_console(self) -> None:
        """Every open task has one row, in the right order, and no other has."""
        answer = await (await self.context.request.get(f"{self.url}/api/tasks?limit=500")).json()
        wanted = [task["id"] for task in answer["tasks"]]
        same = """ids => JSON.stringify([...document.querySelectorAll(".list [data-task]")].map(row => row.dataset.task)) === JSON.stringify(ids)"""
        with suppress(PlaywrightTimeout):  # a row is drawn a moment after it is told
            await self.page.wait_for_function(same, arg=wanted, timeout=5_000)
        assert await self.ids() == wanted

    # -- what lies over it ---------------------------------------------------------------------------------------------------------

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def toast(self, state: str) -> Locator:
        return self.page.locator(f'.toast[data-state="{state}"]')

    @property
    def pill(self) -> Locator:
        return self.page.locator("button.pill")

    @property
    def banner(self) -> Locator:
        return self.page.get_by_role("alert").locator(".banner")

    # -- how it is built -----------------------------------------------------------------------------------------------------------

    async def violations(self, rules: list[str]) -> list[str]:
        """What axe finds against these rules or sets of them: rule, and where. The script is evaluated from outside, as the page's policy lets none in."""
        if not await self.page.evaluate("() => 'axe' in window"):
            await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
        return [
            f"{one['id']}: {one['help']}: {node['html'][:160]} ({(node.get('failureSummary') or '')[:300]})"
            for one in found["violations"]
            for node in one["nodes"]
        ]
