"""`makegood handlers` as a process: from the topic of notices to a receiver, and back to the topic of deliveries, on a real broker."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from makegood import kafka
from makegood.cli.deliveries import app as deliveries
from makegood.cli.handlers import app
from makegood.errors import UserError
from makegood.kafka import Connection
from schemas.deliveries import NoticeAttempted
from tests.conftest import free_port
from tests.handlers.conftest import a_notice, receiver, webhook  # noqa: F401
from tests.patience import PATIENT_S
from tests.postgres import postgres, postgres_url  # noqa: F401

ROOT = Path(__file__).parents[2]


class Process:
    """The command, with settings from a makegood.toml of its own."""

    def __init__(self, directory: Path, bootstrap: str, prefix: str, url: str, **changes: str) -> None:
        self.directory, self.port = directory, free_port()
        self.environment = os.environ | {
            "MAKEGOOD_KAFKA": bootstrap,
            "MAKEGOOD_PREFIX": prefix,
            "MAKEGOOD_GROUP": prefix.rstrip(".") or "g",
            "MAKEGOOD_DIRECTORY": str(directory),
            "MAKEGOOD_LOG_FORMAT": "json",
            "MAKEGOOD_HANDLERS__HEALTH_PORT": str(self.port),
            "MAKEGOOD_HANDLERS__POLL_S": "0.1",
            "MAKEGOOD_HANDLERS__DESTINATIONS": json.dumps({"hook": webhook(url)}),
            "MAKEGOOD_HANDLERS__ROUTES": '{"page": ["hook"]}',
            "PYTHONPATH": str(ROOT),
            **changes,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            command = [sys.executable, "-m", "makegood.cli", "handlers"]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=self.environment, cwd=self.directory)

    async def asks(self, *arguments: str) -> Result:
        """The command in a thread of this process: a process of its own takes seconds to start."""
        chosen = deliveries if arguments[0] in {"list", "retry"} else app
        return await asyncio.to_thread(CliRunner().invoke, chosen, list(arguments), env=self.environment | {"COLUMNS": "200"})

    async def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 15)

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    async def health(self, path: str = "/readyz") -> httpx.Response:
        async with asyncio.timeout(PATIENT_S), httpx.AsyncClient() as client:
            while True:
                try:
                    return await client.get(f"http://127.0.0.1:{self.port}{path}")
                except httpx.TransportError:
                    assert self.process is not None
                    assert self.process.poll() is None, self.log
                    await asyncio.sleep(0.1)


@pytest.fixture
def handlers(tmp_path):
    made: list[Process] = []

    def make(bootstrap: str, prefix: str, url: str, **changes: str) -> Process:
        made.append(Process(tmp_path, bootstrap, prefix, url, **changes))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.process.kill()
            one.process.wait()


async def write(bootstrap: str, prefix: str, *notices) -> None:
    async with kafka.producer(Connection(bootstrap)) as producer:
        for notice in notices:
            await producer.send_and_wait(prefix + "notices", notice.model_dump_json().encode(), key=notice.customer.encode())


async def told(bootstrap: str, prefix: str, count: int) -> list[NoticeAttempted]:
    async with asyncio.timeout(PATIENT_S):
        while True:
            found = [
                NoticeAttempted.model_validate_json(r.value) async for r in kafka.read_topic(Connection(bootstrap), prefix + "deliveries")
            ]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.1)


@pytest.mark.broker
async def test_a_notice_goes_out_its_outcome_comes_back_and_a_signal_ends_it_cleanly(bootstrap, applied, receiver, handlers):  # noqa: F811
    made = handlers(bootstrap, applied, receiver.url + "/hush-hush")
    made.start()
    await write(bootstrap, applied, a_notice("n-1"), a_notice("n-2", customer="C01"), a_notice("lost", route="nobody"))
    await receiver.until(2)
    records = await told(bootstrap, applied, 3)
    assert {(r.notice, r.outcome.name) for r in records} == {("n-1", "DELIVERED"), ("n-2", "DELIVERED"), ("lost", "UNROUTED")}
    ready = await made.health()
    assert ready.status_code == 200
    assert ready.json()["destinations"]["hook"] == {
        "channel": "webhook",
        "circuit": "closed",
        "cooldown_s": 0,
        "waiting": 0,
        "oldest_waits_s": 0,
    }
    metrics = (await made.health("/metrics")).text
    assert 'makegood_handlers_attempts_total{destination="hook",outcome="delivered"} 2.0' in metrics
    listed = await made.asks("list")
    assert "n-1" in listed.stdout
    assert "In all: 2 delivered, 1 unrouted." in listed.stdout
    assert await made.stop() == 0
    assert "hush-hush" not in made.log, "addresses of destinations are secrets"
    made.start()
    await made.health()
    await write(bootstrap, applied, a_notice("n-3"))
    await receiver.until(3)
    assert sorted(receiver.keys) == ["n-1", "n-2", "n-3"], "what was committed is not read again"


async def test_without_kafka_what_is_in_the_ledger_is_delivered_all_the_same(receiver, handlers, tmp_path):  # noqa: F811
    from handlers.app import Handlers
    from makegood.config.database import open_engine, url_of
    from tests.handlers.conftest import DrivenHandlers, a_setting

    engine = open_engine(url_of(None, tmp_path, "handlers"))
    before = Handlers(a_setting(destinations={"hook": webhook(receiver.url)}, routes={"page": ["hook"]}), engine)
    await before.start()
    await DrivenHandlers(before).take(a_notice("n-1"))
    await before.close()
    await engine.dispose()
    made = handlers(f"127.0.0.1:{free_port()}", "x.", receiver.url)
    made.start()
    await receiver.until(1)
    ready = await made.health()
    assert ready.status_code == 503
    assert await made.stop() == 0
    assert "nobody answers" in made.log


async def test_a_person_can_test_list_and_retry(receiver, handlers):  # noqa: F811
    made = handlers("127.0.0.1:1", "x.", receiver.url)
    assert (await made.asks("test", "hook")).stdout == "hook took it: answered 200\n"
    with pytest.raises(UserError, match="there are hook"):
        raise (await made.asks("test", "nobody")).exception
    assert "The ledger is empty" in (await made.asks("list")).stdout
    with pytest.raises(UserError, match="makegood deliveries list"):
        raise (await made.asks("retry", "n-1")).exception
    assert json.loads(receiver.posts[0][2])["data"]["customer_name"] == "Test of makegood handlers, no customer"


async def test_a_database_that_cannot_be_reached_is_a_clear_word_without_its_password(handlers):
    made = handlers("127.0.0.1:1", "x.", "http://127.0.0.1:1", MAKEGOOD_DATABASE_URL=f"postgresql://u:hush-hush@127.0.0.1:{free_port()}/d")
    with pytest.raises(UserError, match=r"delivery ledger at .* cannot be reached") as caught:
        raise (await made.asks("list")).exception
    assert "hush-hush" not in str(caught.value)
    assert "sqlalche.me" not in str(caught.value)


async def test_a_database_that_refuses_the_password_is_a_clear_word_too(handlers, postgres_url):  # noqa: F811
    made = handlers(
        "127.0.0.1:1", "x.", "http://127.0.0.1:1", MAKEGOOD_DATABASE_URL=postgres_url.replace("makegood:", "makegood:hush-hush")
    )
    with pytest.raises(UserError, match=r"cannot be reached: .*password authentication failed") as caught:
        raise (await made.asks("list")).exception
    assert "hush-hush" not in str(caught.value)
    assert "sqlalche.me" not in str(caught.value)
