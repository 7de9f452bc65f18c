"""Promises of a real gateway process towards strangers: nothing unsigned holds it up, whatever its headers hold and however slowly it comes."""

from __future__ import annotations

import asyncio
import base64
import os
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port
from tests.gateway.process import Gateway
from tests.gateway.sending import KEY
from tests.patience import PATIENT_S

pytestmark = pytest.mark.journeys

SECRETS = ("5c1f0e9b7a3d48c2b6e4f81d90a7c35e", "e07b6d2f9c514a83b7f0d14c68a95e3b")
SOURCES = "".join(f'[gateway.sources.{name}]\nsecrets = ["{SECRETS[0]}", "{SECRETS[1]}"]\n' for name in ("zendesk", "typeform"))
BODY = b"x" * ((1 << 20) - 10)
MOST_CPU_S = 5.0
"""Of the gateway's process, whoever else uses the machine. What is refused at once takes milliseconds; a version took 53 s for one."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """Without Kafka: what is refused must be refused before. One for all strangers."""
    with Gateway(tmp_path_factory.mktemp("gateway"), f"127.0.0.1:{free_port()}", "t.", SOURCES) as gateway:
        asyncio.run(gateway.start("/livez"))
        yield gateway


def cpu_s(gateway: Gateway) -> float:
    """Seconds that its process has computed so far."""
    fields = Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def exchange(port: int, raw: bytes) -> int:
    """The status of a request as raw bytes; 0: the connection was closed without an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(PATIENT_S):
            writer.write(raw)
            said = await reader.readline()
    writer.close()
    return int(said.split()[1]) if said else 0


def request(path: str, headers: list[tuple[str, bytes | str]], body: bytes = BODY) -> bytes:
    lines = [f"POST {path} HTTP/1.1".encode(), b"Host: here", b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    lines += [f"{name}: ".encode() + (value if isinstance(value, bytes) else value.encode()) for name, value in headers]
    return b"\r\n".join([*lines, b"", body])


def full_of(candidate: bytes, size: int) -> bytes:
    return (candidate + b" ") * (size // (len(candidate) + 1))


STAMP = ("X-Zendesk-Webhook-Signature-Timestamp", "2026-09-21T14:13:20Z")
SIGNATURE = "X-Zendesk-Webhook-Signature"
HOSTILE = {
    "60 kB of candidates": ("zendesk", [STAMP, (SIGNATURE, full_of(b"a", 60_000))]),
    "30 kB of candidates": ("zendesk", [STAMP, (SIGNATURE, full_of(b"a", 30_000))]),
    "real ones": ("zendesk", [STAMP, (SIGNATURE, full_of(base64.b64encode(b"s" * 32), 30_000))]),
    "many headers of that name": ("zendesk", [STAMP, *[(SIGNATURE, full_of(b"a", 400))] * 60]),
    "one endless candidate": ("typeform", [("Typeform-Signature", b"sha256=" + b"a" * 60_000)]),
    "a time of 30,000 digits": ("zendesk", [(STAMP[0], b"9" * 30_000), (SIGNATURE, b"a")]),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_an_unsigned_delivery_holds_up_nobody_whatever_its_signature_header_holds(gateway, case):
    system, headers = HOSTILE[case]
    before = cpu_s(gateway)
    sent = [asyncio.create_task(exchange(gateway.port, request(f"/v1/webhooks/{system}", headers))) for _ in range(4)]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gateway.port}", timeout=60) as client:
        assert (await client.get("/livez")).status_code == 200
    assert set(await asyncio.gather(*sent)) <= {401, 431}
    assert cpu_s(gateway) - before < MOST_CPU_S


async def test_the_same_holds_for_headers_of_keys(gateway):
    before = cpu_s(gateway)
    for name in ("Authorization", "X-API-Key"):
        assert await exchange(gateway.port, request("/v1/facts", [(name, b"Bearer " + full_of(b"a", 30_000))], b"{}")) == 401
    assert cpu_s(gateway) - before < MOST_CPU_S


async def test_after_all_that_an_honest_sender_is_heard(gateway):
    for system, headers in HOSTILE.values():
        await exchange(gateway.port, request(f"/v1/webhooks/{system}", headers))
    assert await exchange(gateway.port, request("/v1/facts", [("X-API-Key", KEY)], b"{}")) == 422
    assert gateway.process.poll() is None
