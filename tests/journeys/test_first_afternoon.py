"""A first afternoon: a signed webhook becomes a task on the board and a message in Slack; the worker is killed; a click answers it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.conftest import free_port, shared
from tests.faults.checker import check
from tests.installation import HIC, Installation
from tests.patience import PATIENT_S

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]

CHROMIUM = Path("/usr/bin/chromium")
BOARD = Path(__file__).parents[2] / "console" / "ui" / "dist" / "index.html"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
ZENDESK_SECRET, API_KEY, PASSWORD = (secrets.token_hex(32) for _ in range(3))


class FakeSlack(ThreadingHTTPServer):
    """Takes incoming webhooks as Slack does; whatever is not one is answered 400."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", free_port()), _SlackRequest)
        self.messages: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T0/B0/{secrets.token_hex(8)}"


class _SlackRequest(BaseHTTPRequestHandler):
    server: FakeSlack

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        well = self.path.startswith("/services/") and message.get("text") and message.get("blocks")
        if well:
            self.server.messages.append(message | {"key": self.headers["Idempotency-Key"]})
        self.send_response(200 if well else 400)
        self.end_headers()
        self.wfile.write(b"ok" if well else b"invalid_payload")

    def log_message(self, *_: Any) -> None:
        """A test prints nothing."""


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    server = FakeSlack()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def installation(bootstrap: str, prefix: str, tmp_path: Path, slack: FakeSlack) -> Iterator[Installation]:
    for needed in (CHROMIUM, BOARD):
        if not needed.exists():
            assert not os.environ.get("CI"), f"{needed} is missing"
            pytest.skip(f"{needed} is missing: scripts/system-packages.sh brings Chromium, `make ui` builds the board")
    given = Installation(
        bootstrap,
        prefix,
        tmp_path,
        gateway={"sources": {"zendesk": {"secrets": [ZENDESK_SECRET]}}, "api_keys": {"crm": {"key": API_KEY, "may": ["links"]}}},
        handlers={
            "destinations": {"cx-team": {"channel": "slack", "url": slack.url}},
            "routes": {"fallback": ["cx-team"]},
        },
    )
    with given as installation:
        installation.environment["MAKEGOOD_HANDLERS"] = json.dumps(
            json.loads(installation.environment["MAKEGOOD_HANDLERS"]) | {"console_url": installation.address("console")}
        )
        installation.run("topics", "apply")
        installation.run("console", "users", "add", "carla", "--role", "agent", "--password-from-input", given=f"{PASSWORD}\n")
        installation.start("worker", "gateway", "handlers", "console")
        yield installation


def zendesk_event(**changed: Any) -> bytes:
    """A real event of Zendesk, of which we say what the ticket is about and that it happened now."""
    event = json.loads(shared("payloads", "zendesk", "ticket_created.json").read_bytes())
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps(event | {"time": now, "detail": event["detail"] | changed | {"created_at": now, "updated_at": now}}).encode()


async def deliver(installation: Installation, body: bytes, secret: str = ZENDESK_SECRET) -> httpx.Response:
    """Send it as Zendesk does: signed over the time and the bytes."""
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    signature = base64.b64encode(hmac.new(secret.encode(), at.encode() + body, hashlib.sha256).digest()).decode()
    headers = {"X-Zendesk-Webhook-Signature": signature, "X-Zendesk-Webhook-Signature-Timestamp": at, "Content-Type": "application/json"}
    async with httpx.AsyncClient() as client:
        return await client.post(f"{installation.address('gateway')}/v1/webhooks/zendesk", content=body, headers=headers)


async def introduce(installation: Installation) -> None:
    """The CRM says who the requester is: a customer whom the company cannot afford to lose."""
    at = "2026-06-01T09:00:00Z"
    customer = {"id": "hotel-adler", "aliases": ["zendesk:8447388090494"]}
    fact = {"type": "customer.profiled", "id": "p1", "source": "crm", "object": "hotel-adler", "occurred_at": at, "customer": customer}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {API_KEY}"}) as client:
        answer = await client.post(
            f"{installation.address('gateway')}/v1/facts", json=fact | {"name": "Hotel Adler", "owner": "Carla"} | HIC
        )
    assert answer.status_code in {200, 201, 202}, answer.text


@asynccontextmanager
async def board(installation: Installation) -> Any:
    """The board in Chromium, with Carla signed in."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        await page.goto(installation.address("console"))
        await page.get_by_label("Name").fill("carla")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page.get_by_role("grid", name="Tasks").or_(page.get_by_role("heading", name="No"))).to_be_visible(
            timeout=PATIENT_S * 1000
        )
        yield page
        await browser.close()


async def until(condition: Any, what: str) -> Any:
    for _ in range(300):
        if found := condition():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"never came: {what}")


async def acknowledge(page: Page, task: str) -> None:
    await page.locator(f'[data-task="{task}"]').focus()
    await page.keyboard.press("a")


async def test_from_a_signed_webhook_to_an_answer_through_the_death_of_the_worker(installation, slack):
    await introduce(installation)
    said = "Our wedding party stands at the door and nobody answers the phone"
    body = zendesk_event(priority="URGENT", subject="Booking system down", description=said)
    assert (await deliver(installation, body, secret=secrets.token_hex(32))).status_code == 401
    async with board(installation) as page:
        assert (await deliver(installation, body)).status_code == 200
        row = page.locator("[data-task]", has_text="Hotel Adler")
        await expect(row).to_be_visible(timeout=PATIENT_S * 1000)
        task = str(await row.get_attribute("data-task"))
        message = await until(lambda: next((m for m in slack.messages if task in json.dumps(m)), None), "the message in Slack")
        assert "Hotel Adler" in message["text"]
        assert said in json.dumps(message)
        assert f"{installation.address('console')}/tasks/{task}" in json.dumps(message)

        installation.kill("worker")
        await acknowledge(page, task)
        await expect(row.locator('[data-state="sent"]').first).to_be_visible()
        assert (await deliver(installation, body)).status_code == 200, "Zendesk delivers again while the worker is dead"
        await asyncio.to_thread(installation.start, "worker")
        await expect(page.locator(f'[data-task="{task}"][data-status="acknowledged"]')).to_be_visible(timeout=PATIENT_S * 1000)

    tasks = await asyncio.to_thread(installation.until, "tasks", lambda all_: all_[-1]["status"] == "acknowledged")
    assert {one["id"] for one in tasks} == {task}, "a re-delivery has no second effect"
    assert tasks[-1]["changed_by"] == "carla"
    assert [one["version"] for one in tasks] == list(range(1, len(tasks) + 1)), "a change came twice, or never"
    deliveries = await asyncio.to_thread(installation.until, "deliveries", len)
    assert {(one["destination"], one["outcome"]) for one in deliveries} == {("cx-team", "delivered")}
    assert len({one["key"] for one in slack.messages}) == len(slack.messages), "a notice came twice"
    verdict = await check(installation.kafka, installation.prefix, 4)
    assert verdict.sound, str(verdict)
