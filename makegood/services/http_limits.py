"""What a stranger's request may cost before anybody reads it: a head of bounded size that comes in time, and a body that is mostly body.

uvicorn and httptools have no such limits, and no time in which a head must have come.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

LARGEST_HEAD = 1 << 15
"""Bytes of a request's address and headers, and of what else it sends that is no body: proxies and browsers stay below."""
MOST_HEADERS = 100
HEAD_WITHIN_S = 10.0
"""From the opening of a connection, or the first byte of a further request, until its head is whole."""
LINGER_S = 1.0
"""After a refusal what still comes is thrown away for so long: a connection that is closed at once would lose the answer."""

_TOO_LARGE = (
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    f"the head of the request is too large: at most {MOST_HEADERS} headers, and {LARGEST_HEAD:,} bytes with the address",
)
_TOO_LATE = HTTPStatus.REQUEST_TIMEOUT, "the head of the request did not come in time"
_FRAMING = HTTPStatus.BAD_REQUEST, "there is more framing than body in it: send larger chunks, without extensions and trailers"
_NO_HTTP = HTTPStatus.BAD_REQUEST, "this is no HTTP request"


class _TooLarge(Exception):
    """Ends the parser's work on a head."""


class LimitedHttp(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with limits. What exceeds one is answered in words, and its connection ends."""

    _in_head = _over = False
    _head = _headers = 0
    """Bytes and headers of the present head, trailers included."""
    _framing = 0
    """Bytes of the present request less twice those of its body: what a head, the framing of chunks and trailers cost."""
    _why = _NO_HTTP
    _timer: asyncio.TimerHandle | None = None

    # -- connection -------------------------------------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """The time for the first head begins."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse it, and see what it cost."""
        if self._over:
            return
        self._framing += len(data)
        super().data_received(data)
        if self._framing > LARGEST_HEAD and not self._over:
            self._refuse(*(_TOO_LARGE if self._in_head else _FRAMING))
        self._watch()

    def _watch(self) -> None:
        """The time for a head runs while no request is being answered."""
        if self._answering() or self._over:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(HEAD_WITHIN_S, self._late)

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self._in_head:
            self._refuse(*_TOO_LATE)
        else:  # nothing came, or a body that was answered long ago
            self.transport.close()

    # -- the parser's findings --------------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._head, self._headers = True, 0, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        self._count(len(url), headers=0)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer: these are counted, and nobody hears of them."""
        self._count(len(name) + len(value) + len(b": \r\n"), headers=1)
        if self._in_head:
            super().on_header(name, value)

    def _count(self, size: int, headers: int) -> None:
        self._head += size
        self._headers += headers
        if self._head > LARGEST_HEAD or self._headers > MOST_HEADERS:
            self._why = _TOO_LARGE
            raise _TooLarge

    def on_headers_complete(self) -> None:
        """The head is whole: the application is called."""
        super().on_headers_complete()
        self._in_head = False

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._framing -= 2 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._framing = 0
        super().on_message_complete()

    # -- refusals ---------------------------------------------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        """Uvicorn calls this where the parser found a fault, and where it was ended."""
        self._refuse(*self._why)

    def _refuse(self, status: HTTPStatus, error: str) -> None:
        """Answer in words, and let the connection end; where an earlier request is being answered, it ends after that."""
        self._over = True
        self._stop_timer()
        if self._answering() and self._in_head:
            self.cycle.keep_alive = False
            return
        begun = self._answering() and self.cycle.response_started
        if self._answering():  # of its body nothing more is coming
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not begun:
            self.transport.write(_answer(status, error))
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)


def _answer(status: HTTPStatus, error: str) -> bytes:
    body = json.dumps({"error": error, "details": []}).encode()
    head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    return STATUS_LINE[status] + head + body
