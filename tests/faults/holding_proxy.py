"""A door before a real broker that can hold one request back: its sender loses the connection, and the broker gets it later all the same."""

from __future__ import annotations

import asyncio
from contextlib import suppress

END_TXN = 26
"""Kafka's number of the request that ends a transaction."""


class HoldingProxy:
    """Passes bytes on between clients and the broker at `port`. After `hold(kind)` the next request of that kind waits for `let_go`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._wanted: int | None = None
        self._held: tuple[asyncio.StreamWriter, bytes] | None = None
        self._answers: asyncio.Task[None] | None = None
        self.held = asyncio.Event()

    async def start(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", port)

    def hold(self, kind: int) -> None:
        self._wanted = kind

    async def let_go(self) -> None:
        """The request arrives at last, on its old connection; the answer has nobody to go to."""
        assert self._held is not None
        upstream, frame = self._held
        upstream.write(frame)
        await upstream.drain()
        await asyncio.sleep(1)  # the broker has it: nothing tells when it has acted on it
        upstream.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, upstream = await asyncio.open_connection("127.0.0.1", self._port)
        answers = asyncio.create_task(self._pass_back(back, writer))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                frame = await self._frame(reader)
                if int.from_bytes(frame[4:6]) == self._wanted:
                    self._wanted, self._held, self._answers = None, (upstream, frame), answers
                    writer.close()
                    self.held.set()
                    return
                upstream.write(frame)
        upstream.close()

    async def _frame(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readexactly(4)
        return head + await reader.readexactly(int.from_bytes(head))

    async def _pass_back(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await back.read(1 << 16):
                if not writer.is_closing():
                    writer.write(data)
            writer.close()
