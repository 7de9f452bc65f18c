"""`makegood console` as a process of its own, for tests that measure it or read its log."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.installation import Installation
from tests.patience import PATIENT_S

PIECE = 1 << 20


@contextmanager
def console(bootstrap: str, prefix: str, directory: Path, **environment: str) -> Iterator[Installation]:
    """A console that serves; it needs no topics to sign people in."""
    with Installation(bootstrap, prefix, directory) as installation:
        installation.environment |= environment
        installation.until_ready = lambda part: _until_alive(installation, part)
        installation.start("console")
        yield installation


def _until_alive(installation: Installation, part: str) -> None:
    deadline = time.monotonic() + PATIENT_S
    while installation.health("livez", part)[0] != 200:
        assert installation.running[part].poll() is None, installation.log_of(part).read_text()[-4000:]
        assert time.monotonic() < deadline, installation.log_of(part).read_text()[-4000:]
        time.sleep(0.05)


def first_password(installation: Installation) -> str:
    found = re.search(r"Password: (\S+)", installation.log_of("console").read_text())
    assert found
    return found[1]


def signed_in(installation: Installation, name: str, password: str) -> httpx.Client:
    http = httpx.Client(base_url=installation.address("console"), timeout=30)
    answer = http.post("/api/login", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    http.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return http


def peak_mb(installation: Installation) -> float:
    """The most memory that the console ever held."""
    lines = Path(f"/proc/{installation.running['console'].pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@dataclass
class Poured:
    """What became of a request that was written byte by byte."""

    status: int
    headers: str
    detail: Any
    interim: list[str]
    sent: int
    closed: bool
    took_s: float


def pour(installation: Installation, head: str, piece: bytes = b"", most: int = 0, *, pause_s: float = 0) -> Poured:
    """Send a head, then `piece` again and again up to `most` bytes whatever is answered; read until the other side closes."""
    began, received, sent = time.monotonic(), bytearray(), 0
    with socket.create_connection(("127.0.0.1", installation.ports["console"]), timeout=PATIENT_S) as wire:
        closed = threading.Event()
        reader = threading.Thread(target=_read, args=(wire, received, closed), daemon=True)
        reader.start()
        try:
            wire.sendall(head.replace("\n", "\r\n").encode() + b"\r\n")
            while sent < most and not closed.is_set():
                wire.sendall(piece)
                sent += len(piece)
                time.sleep(pause_s)
        except OSError:
            pass
        reader.join(PATIENT_S)
    return _told(bytes(received), sent, closed.is_set(), time.monotonic() - began)


def _read(wire: socket.socket, received: bytearray, closed: threading.Event) -> None:
    try:
        while piece := wire.recv(65536):
            received += piece
    except TimeoutError:
        return
    except OSError:
        pass
    closed.set()


def _told(received: bytes, sent: int, closed: bool, took_s: float) -> Poured:
    interim: list[str] = []
    head, _, body = received.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 1"):
        interim.append(head.decode())
        head, _, body = body.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    try:
        detail = json.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        detail = body
    return Poured(status, head.decode().lower(), detail, interim, sent, closed, took_s)
