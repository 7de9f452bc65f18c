"""A gateway as a process of its own, with its settings and its log in a directory."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

from tests.conftest import free_port
from tests.gateway.sending import KEY
from tests.patience import PATIENT_S

ROOT = Path(__file__).resolve().parents[2]


class Gateway:
    """A gateway process in a directory of its own; its log is there."""

    def __init__(self, directory: Path, bootstrap: str, prefix: str, more: str = "") -> None:
        self.port, self.directory = free_port(), directory
        (directory / "makegood.toml").write_text(
            f'kafka = "{bootstrap}"\nprefix = "{prefix}"\n[gateway]\nport = {self.port}\n[gateway.api_keys.t]\nkey = "{KEY}"\n{more}'
        )
        (directory / "makegood.toml").chmod(0o600)
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        with (self.directory / "gateway.log").open("ab") as log:
            command = [sys.executable, "-m", "makegood.cli", "gateway"]
            self.process = subprocess.Popen(command, cwd=self.directory, stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(ROOT)})

    async def start(self, path: str = "/readyz") -> None:
        """Until it answers 200 there."""
        self.launch()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client, asyncio.timeout(PATIENT_S):
            while True:
                try:
                    if (await client.get(path)).status_code == 200:
                        return
                except httpx.TransportError:
                    assert self.process.poll() is None, self.log()
                await asyncio.sleep(0.1)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    async def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 30)

    def log(self) -> str:
        return (self.directory / "gateway.log").read_text(errors="replace")
