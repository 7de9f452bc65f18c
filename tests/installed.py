"""`makegood up` and `makegood demo` as real processes in a folder, as a person starts them, and what their parts were told."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from makegood import kafka
from makegood.kafka import Connection
from tests.conftest import free_port
from tests.patience import PATIENT_S

COMMAND = [sys.executable, "-m", "makegood.cli"]
WITHIN_S = 300
"""The suite may share two cores with others."""


def environment(**more: str) -> dict[str, str]:
    """Ours without settings of Makegood, and these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKEGOOD_")} | {"COLUMNS": "200"} | more


def makegood(*words: object, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A command as a user types it in a folder."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=PATIENT_S,
        cwd=folder,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
    )


def wanted_ports() -> dict[str, str]:
    """Ports of the parts as settings, where nobody else of the suite listens."""
    return {
        "MAKEGOOD_HEALTH_PORT": str(free_port()),
        "MAKEGOOD_GATEWAY__PORT": str(free_port()),
        "MAKEGOOD_HANDLERS__HEALTH_PORT": str(free_port()),
        "MAKEGOOD_CONSOLE__PORT": str(free_port()),
    }


def wants_broker_at(directory: Path, port: int) -> None:
    """As if the broker of this installation had been at this port before."""
    (directory / "kafka").mkdir(parents=True, exist_ok=True)
    (directory / "kafka" / "cluster.json").write_text(json.dumps({"brokers": 1, "first_port": port, "heap_mb": 256}))


def cluster_at(address: str) -> str:
    return asyncio.run(kafka.cluster(Connection(address)))


def cluster_in(directory: Path) -> str:
    """The id of the cluster whose data lie in an installation."""
    lines = (directory / "kafka" / "1" / "log" / "meta.properties").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("cluster.id="))


class Installed:
    """A running `makegood up` or `makegood demo`."""

    def __init__(self, folder: Path, *words: str, home: str = ".makegood", **more: str) -> None:
        self.folder, self.home = folder, folder / home
        folder.mkdir(parents=True, exist_ok=True)
        self.said = folder / f"said-{time.monotonic_ns()}.txt"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [*COMMAND, *words], cwd=folder, stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment(**more)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def text(self) -> str:
        return self.said.read_text(errors="replace")

    def until(self, condition: Any, what: str, limit_s: float = WITHIN_S) -> Any:
        """Wait until a condition holds, or a sentence (a regular expression) was said; returns what it gave."""
        if isinstance(condition, str):
            sentence = condition
            condition = lambda: re.search(sentence, self.text)  # noqa: E731
        deadline = time.monotonic() + limit_s
        while not (found := condition()):
            assert self.process.poll() is None, f"{what}: it ended\n{self.text}"
            assert time.monotonic() < deadline, f"{what}\n{self.text}"
            time.sleep(0.1)
        return found

    @property
    def pids(self) -> dict[str, int]:
        try:
            noted = json.loads((self.home / "running.json").read_text())
        except (OSError, ValueError):
            return {}
        return {name: pid for name, (pid, _) in noted["children"].items()}

    def told(self, part: str) -> dict[str, str]:
        """The settings in the environment of a part that runs."""
        raw = Path(f"/proc/{self.pids[part]}/environ").read_bytes().decode().split("\0")
        return dict(line.partition("=")[::2] for line in raw if line.startswith("MAKEGOOD_"))

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(PATIENT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
