"""Starts and ends real worker processes, by the id it started, and waits for what they do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from makegood import kafka
from makegood.kafka import Connection
from tests.faults.checker import Verdict, check
from tests.patience import PATIENT_S

PARTITIONS = 4


class Workers:
    """The worker processes of one test. Each has an instance name, a directory and a log of its own."""

    def __init__(self, bootstrap: str, prefix: str, directory: Path, **settings: object) -> None:
        self.bootstrap, self.prefix, self.directory = bootstrap, prefix, directory
        self.settings = {
            "kafka": bootstrap,
            "prefix": prefix,
            "group": prefix.rstrip("."),
            "health_port": 0,
            "processes": 1,
            "chunk_records": 200,
        } | settings
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.exits: list[tuple[str, int]] = []
        self._known = 0

    def start(self, name: str, **environment: str) -> subprocess.Popen[bytes]:
        given = self.settings | {"instance": name, "directory": str(self.directory / name), "log_format": "json"}
        process = self.running[name] = self._launch(given, self.directory / f"{name}.log", environment)
        return process

    def _launch(self, given: dict[str, object], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.faults.worker", json.dumps(given)]
        with log.open("ab") as file:
            return subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT, env=os.environ | environment, cwd=Path(__file__).parents[2]
            )

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> int:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(PATIENT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def signal(self, name: str, number: int) -> None:
        self.running[name].send_signal(number)

    def mend(self) -> None:
        """What a supervisor does: a worker that ended by itself is started again."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.exits.append((name, process.returncode))
                self.start(name)

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text(errors="replace")

    def end(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    async def transactions(self) -> int:
        """How far the journal is: its end offsets added up (open transactions are not counted). While brokers are down: as known last."""
        try:
            ends = await kafka.offsets(Connection(self.bootstrap), [self.prefix + "journal"])
        except kafka.KafkaUnavailable:
            return self._known
        self._known = sum(end for _, end in ends.values())
        return self._known

    async def until_moving(self, limit_s: float = 300) -> float:
        """Wait until a transaction is committed; returns the seconds it took."""
        began, before = time.monotonic(), await self.transactions()
        while time.monotonic() - began < limit_s:
            if await self.transactions() > before:
                return time.monotonic() - began
            self.mend()
            await asyncio.sleep(0.1)
        raise AssertionError(f"no transaction within {limit_s} s; logs are in {self.directory}")

    async def until_settled(self, limit_s: float = 600) -> Verdict:
        """Wait until every input is applied and nothing new comes, then check."""
        began, before = time.monotonic(), -1
        while time.monotonic() - began < limit_s:
            self.mend()
            now = await self.transactions()
            if now == before:
                verdict = await check(self.bootstrap, self.prefix, PARTITIONS)
                if not any("never applied" in fault for fault in verdict.faults):
                    return verdict
            before = now
            await asyncio.sleep(2)
        return await check(self.bootstrap, self.prefix, PARTITIONS)
