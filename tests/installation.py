"""A whole installation for journeys: real processes started by the commands that users type, killed and started again at will."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from makegood import kafka
from makegood.kafka import Connection
from makegood.services.until_signal import STOPPED_ITSELF
from schemas.topics import topic_of
from tests.conftest import free_port
from tests.patience import PATIENT_S

HIC = {
    "annual_value": 250_000,
    "hic_answers": dict.fromkeys(
        ("share_of_business", "risk_of_not_delivering", "purchase_frequency", "loyalty", "level_of_expectation"), 2
    ),
}
PARTS = ("worker", "gateway", "handlers", "console")


class Installation:
    """One installation: a prefix, a directory, and the parts that run. `settings` are those of makegood.config.settings, by part."""

    def __init__(self, bootstrap: str, prefix: str, directory: Path, **settings: dict[str, Any]) -> None:
        self.kafka, self.prefix, self.directory = bootstrap, prefix, directory
        self.connection = Connection(bootstrap)
        self.ports = {part: free_port() for part in PARTS}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.number = 0
        given = {
            "gateway": {"port": self.ports["gateway"]},
            "handlers": {"health_port": self.ports["handlers"]},
            "console": {"port": self.ports["console"]},
        }
        for part, more in settings.items():
            given[part] |= more
        self.environment = {
            "COLUMNS": "200",
            "MAKEGOOD_KAFKA": bootstrap,
            "MAKEGOOD_PREFIX": prefix,
            "MAKEGOOD_GROUP": prefix.rstrip("."),
            "MAKEGOOD_DIRECTORY": str(directory),
            "MAKEGOOD_HEALTH_PORT": str(self.ports["worker"]),
            "MAKEGOOD_PROCESSES": "1",  # what is tested here needs no more, and two cores have other tests to run
            **{f"MAKEGOOD_{part.upper()}": json.dumps(own) for part, own in given.items()},
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End what runs, also where its start failed."""
        self.end()

    # -- parts ---------------------------------------------------------------------------------------------------------------------

    def run(self, *words: str, check_status: bool = True, given: str | None = None) -> str:
        """A command of `makegood`, as a user types it; `given` is its standard input."""
        command = [sys.executable, "-m", "makegood.cli", *words]
        done = subprocess.run(
            command, capture_output=True, text=True, input=given, timeout=PATIENT_S, cwd=self.directory, env=os.environ | self.environment
        )
        assert not check_status or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self, *parts: str) -> None:
        """Start these parts and wait until each says that it is ready."""
        for part in parts:
            words = ["worker", "--instance", "one"] if part == "worker" else [part]
            with self.log_of(part).open("ab") as log:
                self.running[part] = subprocess.Popen(
                    [sys.executable, "-m", "makegood.cli", *words],
                    stdout=log,
                    stderr=log,
                    cwd=self.directory,
                    env=os.environ | self.environment,
                )
        for part in parts:
            self.until_ready(part)

    def until_ready(self, part: str) -> None:
        deadline = time.monotonic() + PATIENT_S
        while self.health("readyz", part)[0] != 200:
            said = self.log_of(part).read_text()[-4000:]
            assert self.running[part].poll() is None, f"{part} ended with {self.running[part].returncode}: {said}"
            assert time.monotonic() < deadline, f"{part} is not ready: {said}"
            time.sleep(0.1)

    def mend(self) -> None:
        """What a supervisor does: a worker that ended by itself (its broker died under a transaction) is started again."""
        worker = self.running.get("worker")
        if worker is not None and worker.poll() == STOPPED_ITSELF:
            self.start("worker")

    def kill(self, *parts: str) -> None:
        """kill -9."""
        for part in parts:
            process = self.running.pop(part)
            process.kill()
            process.wait()

    def end(self) -> None:
        self.kill(*self.running)

    def log_of(self, part: str) -> Path:
        return self.directory / f"{part}.log"

    def address(self, part: str) -> str:
        return f"http://127.0.0.1:{self.ports[part]}"

    def health(self, path: str, part: str = "worker") -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self.address(part)}/{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    # -- messages ------------------------------------------------------------------------------------------------------------------

    def say(self, kind: str, customer: dict[str, object], at: str, **fields: object) -> None:
        """Send one fact or command to its topic, keyed as a producer would."""
        self.number += 1
        more = (
            {"task": fields.pop("task"), "issued_at": at}
            if kind.startswith("task.")
            else {"source": "test", "object": f"o{self.number}", "occurred_at": at}
        )
        message = {"type": kind, "id": f"m{self.number}", "customer": customer} | more | fields
        key = str(customer.get("id") or customer["aliases"][0])
        self.send(self.prefix + topic_of(kind), json.dumps(message).encode(), key)

    def send(self, topic: str, value: bytes, key: str) -> None:
        async def send() -> None:
            async with kafka.producer(self.connection) as producer:
                await producer.send_and_wait(topic, value=value, key=key.encode())

        asyncio.run(send())

    def read(self, topic: str) -> list[dict[str, Any]]:
        """Every message of a topic, so far."""

        async def read() -> list[dict[str, Any]]:
            return [json.loads(r.value) async for r in kafka.read_topic(self.connection, self.prefix + topic) if r.value]

        return asyncio.run(read())

    def until(self, topic: str, condition: Any) -> list[dict[str, Any]]:
        """Wait until the messages of a topic fulfil a condition; returns them."""
        deadline = time.monotonic() + PATIENT_S
        while not condition(found := self.read(topic)):
            assert time.monotonic() < deadline, f"{topic}: {found[-3:]}"
            time.sleep(0.2)
        return found
