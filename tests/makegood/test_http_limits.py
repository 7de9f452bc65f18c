"""Promises of every web server of ours: a request's head is small and comes soon, and a body is mostly body, whatever a stranger sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from makegood.services import http_limits, web_server
from tests.patience import PATIENT_S

HEAD = b"POST / HTTP/1.1\r\nHost: here\r\n"
LENGTH = b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


async def app(scope, receive, send) -> None:
    """Answers with how long the body was, and how many headers there were."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    said = json.dumps([size, len(scope["headers"])]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(said)).encode())]})
    await send({"type": "http.response.body", "body": said})


async def early(scope, receive, send) -> None:
    """Answers before it has read anything."""
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def served(serving: Callable[..., Awaitable[None]] = app):
    listening = web_server.listen("the test", "127.0.0.1", 0)
    server = web_server.server(serving, grace_s=1)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.end()
        await asyncio.wait({running}, timeout=10)


async def answered(port: int, *pieces: bytes, pause_s: float = 0.0, endless: bytes | None = None) -> bytes:
    """All that comes back until the server closes, or has answered once; `endless` is sent for ever after the pieces."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def pour() -> None:
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_s)
            while endless is not None:
                writer.write(endless)
                await writer.drain()
                await asyncio.sleep(pause_s)

    pouring, said = asyncio.create_task(pour()), b""
    async with asyncio.timeout(PATIENT_S):
        with suppress(ConnectionError):
            while part := await reader.read(65_536):
                said += part
                if said.startswith(b"HTTP/1.1 200") and said.endswith(b"]"):
                    break
    pouring.cancel()
    writer.close()
    return said


def status(said: bytes) -> int:
    return int(said.split()[1])


def problem(said: bytes) -> str:
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return str(json.loads(body)["error"])


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(http_limits, "HEAD_WITHIN_S", 0.5)


# -- how large a head may be --------------------------------------------------------------------------------------------------------

LARGE = http_limits.LARGEST_HEAD + 1
TOO_LARGE = {
    "one long header": [HEAD + b"A: " + b"a" * LARGE + b"\r\n" + LENGTH],
    "a header that comes by and by": [HEAD + b"A: ", *[b"a" * 4_000] * (LARGE // 4_000 + 1), b"\r\n" + LENGTH],
    "a long name": [HEAD + b"a" * LARGE + b": b\r\n" + LENGTH],
    "many headers of some length": [HEAD + b"".join(b"A%d: %s\r\n" % (n, b"a" * 900) for n in range(60)) + LENGTH],
    "a long address": [b"POST /" + b"a" * LARGE + b" HTTP/1.1\r\n" + LENGTH],
    "a long address by and by": [b"GET /", *[b"a" * 4_000] * (LARGE // 4_000 + 1)],
    "very many headers": [HEAD + b"A: b\r\n" * (http_limits.MOST_HEADERS + 1) + LENGTH],
}


@pytest.mark.parametrize("case", TOO_LARGE)
async def test_a_head_that_is_too_large_is_refused_with_why_and_the_connection_ends(case):
    async with served() as port:
        pieces = TOO_LARGE[case]
        said = await answered(port, *pieces, pause_s=0.002 if len(pieces) > 1 else 0)
        assert status(said) == 431
        assert "head" in problem(said)
        assert status(await answered(port, HEAD + LENGTH)) == 200


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENT_S):
        yield reader, writer
    writer.close()


async def test_the_head_of_a_second_request_on_a_connection_is_limited_too():
    async with served() as port, connected(port) as (reader, writer):
        writer.write(HEAD + LENGTH)
        assert status(await reader.readuntil(b"]")) == 200
        writer.write(TOO_LARGE["one long header"][0])
        said = await reader.read()
        assert status(said) == 431
        assert "head" in problem(said)


async def test_a_second_request_that_comes_with_the_first_ends_the_connection_after_the_answer():
    async with served() as port, connected(port) as (reader, writer):
        writer.write(HEAD + LENGTH + TOO_LARGE["one long header"][0])
        said = await reader.read()
        assert status(said) == 200
        assert said.count(b"HTTP/1.1") == 1


async def test_a_head_that_is_as_large_as_those_of_proxies_and_browsers_is_taken():
    cookies = b"".join(b"Cookie: %s\r\n" % (b"a" * 4_000) for _ in range(6))
    async with served() as port:
        assert (await answered(port, HEAD + cookies + b"X: y\r\n" * 80 + LENGTH)).endswith(b"[5, 88]")


# -- how long it may take -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", [b"", b"\r\n", b"POST / HT", HEAD, HEAD + b"A: b"])
async def test_half_a_head_is_not_waited_for(hurried, half):
    async with served() as port:
        said = await answered(port, half)
        assert b"HTTP/1.1 408" in said or (not half.strip() and not said)


async def test_neither_is_half_a_head_after_an_answer(hurried):
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + LENGTH)
        assert (await reader.readuntil(b"]")).endswith(b"[5, 2]")
        writer.write(HEAD)
        async with asyncio.timeout(PATIENT_S):
            assert status(await reader.read()) == 408
        writer.close()


@pytest.mark.parametrize("drop", [b"A: b\r\n", b"\r\n", b"a"])
async def test_neither_is_one_that_comes_a_drop_at_a_time(hurried, drop):
    async with served() as port:
        said = await answered(port, b"" if drop == b"\r\n" else HEAD + b"A: ", endless=drop, pause_s=0.05)
        assert not said or status(said) == 408


async def test_a_body_that_nobody_reads_any_more_is_not_taken_for_ever(hurried):
    async with served(early) as port:
        said = await answered(port, HEAD + b"Content-Length: 1000000000\r\n\r\n", endless=b"x" * 100, pause_s=0.05)
        assert (status(said), said.count(b"HTTP/1.1")) == (401, 1)


async def test_who_answers_slowly_or_sends_a_body_slowly_is_not_cut_off_by_the_limit_for_heads(hurried):
    async def slow(scope, receive, send) -> None:
        await asyncio.sleep(1)
        await app(scope, receive, send)

    async with served(slow) as port:
        assert (await answered(port, HEAD + LENGTH[:-2], LENGTH[-2:], pause_s=1.2)).endswith(b"[5, 2]")


# -- bodies that are no bodies ------------------------------------------------------------------------------------------------------

TRICKS = {
    "one byte a chunk": (CHUNKED, b"1\r\nx\r\n" * 5_000),
    "an endless extension": (CHUNKED + b"1;", b"a" * 10_000),
    "extensions": (CHUNKED, b"1;" + b"a" * 5_000 + b"\r\nx\r\n"),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"A: " + b"a" * 5_000 + b"\r\n"),
    "many small trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n" * 50),
    "one endless trailer": (CHUNKED + b"1\r\nx\r\n0\r\nA: ", b"a" * 10_000),
    "zeros before a length": (CHUNKED, b"0" * 10_000),
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_a_body_that_is_mostly_framing_is_refused(trick):
    start, endless = TRICKS[trick]
    async with served() as port:
        assert status(await answered(port, start, endless=endless)) in {400, 431}


async def test_an_honest_chunked_body_is_taken_whatever_the_size_of_its_chunks():
    async with served() as port:
        for size in (16, 1_000, 65_536):
            chunk = b"%x\r\n%s\r\n" % (size, b"x" * size)
            count = (1 << 20) // size
            assert (await answered(port, CHUNKED + chunk * count + b"0\r\n\r\n")).endswith(b"[%d, 2]" % (size * count))


@pytest.mark.parametrize(
    "wrong",
    [
        HEAD + b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n\r\nhello",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: +5\r\n\r\nhello",
        HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nhello",
        HEAD + b"A b: c\r\n" + LENGTH,
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"POST /\xff HTTP/1.1\r\n" + LENGTH,
        CHUNKED + b"nonsense\r\n",
    ],
    ids=range(8),
)
async def test_what_is_no_http_is_refused_in_words(wrong):
    async with served() as port:
        said = await answered(port, wrong)
        assert status(said) == 400
        assert problem(said)


async def test_several_requests_come_over_one_connection_one_after_the_other():
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write((HEAD + LENGTH) * 20)
        for _ in range(20):
            assert (await reader.readuntil(b"]")).endswith(b"[5, 2]")
        writer.close()


async def test_of_a_body_that_is_refused_the_application_hears_at_once_that_nobody_listens():
    heard: list[str] = []

    async def listening(scope, receive, send) -> None:
        while not heard:
            message = await receive()
            heard.extend([message["type"]] if message["type"] == "http.disconnect" else [])
        await app(scope, receive, send)

    async with served(listening) as port:
        assert status(await answered(port, CHUNKED, endless=b"1\r\nx\r\n" * 5_000)) == 400
    assert heard == ["http.disconnect"]
