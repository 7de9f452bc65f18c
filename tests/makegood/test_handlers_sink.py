"""Promises of the sink: what came is shown, grouped by key, and it can play sick. Over real HTTP and SMTP."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn

from handlers.channels import sender
from handlers.http_client import open_client
from handlers.rendering import Recipient, render
from makegood.local.sink import Mailbox, Shelf, build_app
from schemas.deliveries import Outcome
from schemas.reasons import Why
from tests.handlers.conftest import SECRET, START, a_notice, a_setting, webhook
from tests.patience import PATIENT_S


class Sink:
    def __init__(self, url: str, mail_port: int, client: httpx.AsyncClient) -> None:
        self.url, self.mail_port, self.client = url, mail_port, client

    async def send(self, channel: str, notice=None, secret: str = SECRET):
        destinations = {
            "webhook": webhook(self.url + "/webhook") | {"secret": secret},
            "slack": {"channel": "slack", "url": self.url + "/slack/services/x"},
            "email": {
                "channel": "email",
                "to": ["oncall@example.com"],
                "sender": "m@example.com",
                "port": self.mail_port,
                "security": "none",
            },
        }
        given = a_setting(destinations=destinations)
        async with open_client(5) as client:
            return await sender(given.destinations[channel], given, client)(notice or a_notice(), datetime.now(UTC))

    async def received(self):
        return (await self.client.get("/received")).json()

    async def page(self) -> str:
        return (await self.client.get("/")).text


@pytest.fixture
async def sink():
    shelf = Shelf()
    server = uvicorn.Server(uvicorn.Config(build_app(shelf, [SECRET]), port=0, log_level="error", timeout_graceful_shutdown=1))
    mailbox = Mailbox(shelf, "127.0.0.1", 0)
    await mailbox.start()
    serving = asyncio.create_task(server._serve())
    async with asyncio.timeout(PATIENT_S):
        while not server.started:  # noqa: ASYNC110  uvicorn sets a flag only
            await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=url) as client:
        yield Sink(url, mailbox.port, client)
    server.should_exit = True
    await serving
    mailbox.stop()


@pytest.mark.parametrize("channel", ["slack", "webhook", "email"])
async def test_what_the_handlers_send_is_shown_whole(sink, channel):
    assert (await sink.send(channel)).outcome is Outcome.DELIVERED
    page = await sink.page()
    for part in (
        render(a_notice(), Recipient("http://127.0.0.1:8000"), START).headline,
        "Where is our delivery?",
        "90,000 EUR",
        "Carla",
        "http://127.0.0.1:8000/tasks/T-1",
    ):
        assert part in page


@pytest.mark.parametrize("channel", ["slack", "webhook", "email"])
async def test_a_duplicate_shows_as_one_that_came_twice(sink, channel):
    await sink.send(channel)
    await sink.send(channel)
    page = await sink.page()
    assert page.count("<article>") == 1
    assert "came 2 times, same key" in page
    assert [one["key"] for one in (await sink.received())["received"]] == ["T-1-1-task-raised"] * 2


async def test_a_webhook_with_a_wrong_signature_is_refused(sink):
    answer = await sink.send("webhook", secret="whsec_" + "QUJD" * 8)
    assert answer.outcome is Outcome.REFUSED
    assert "signature" in answer.detail
    assert (await sink.received())["received"] == []


@pytest.mark.parametrize("channel", ["slack", "webhook", "email"])
async def test_it_plays_sick_and_is_well_again(sink, channel):
    await sink.client.post("/behave", json={"status": 503, "retry_after": 2, "for_s": 60})
    answer = await sink.send(channel)
    assert answer.outcome is Outcome.FAILED
    assert answer.wait_s == (None if channel == "email" else 2)
    assert (await sink.received())["turned_away"] == 1
    assert "plays sick" in await sink.page()
    await sink.client.post("/behave", json={"status": 200})
    assert (await sink.send(channel)).outcome is Outcome.DELIVERED


async def test_sickness_of_one_channel_leaves_the_others_well(sink):
    await sink.client.post("/behave", json={"status": 503, "channel": "slack"})
    assert (await sink.send("slack")).outcome is Outcome.FAILED
    assert (await sink.send("webhook")).outcome is Outcome.DELIVERED


async def test_nothing_a_customer_wrote_is_markup_on_the_page(sink):
    evil = a_notice(why=Why(code="comment_added", said='<script>alert(1)</script><img src=x onerror="alert(2)">'))
    for channel in ("slack", "webhook", "email"):
        await sink.send(channel, evil)
    answer = await sink.client.get("/")
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("path", "body"), [("/slack", b"{"), ("/slack", b"{}"), ("/webhook", b"[]"), ("/webhook", b"x" * (2 << 20))])
async def test_what_is_no_message_is_refused(sink, path, body):
    assert (await sink.client.post(path, content=body)).status_code == 400


async def test_who_watches_hears_at_once_that_something_came(sink):
    async with sink.client.stream("GET", "/live") as stream, asyncio.timeout(PATIENT_S):
        lines = stream.aiter_lines()
        await anext(lines)
        await sink.send("slack")
        async for line in lines:
            if line.startswith("data:") and json.loads(line[5:]) > 0:
                break


async def test_the_last_five_hundred_are_kept():
    shelf = Shelf()
    for number in range(510):
        await shelf.take("slack", "/", f"k{number}", "t", ())
    assert len(shelf.kept) == 500
    assert shelf.groups()[0][0].key == "k509"
