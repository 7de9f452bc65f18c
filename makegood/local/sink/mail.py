"""The sink over SMTP: takes mail on loopback and puts it on the shelf."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

from makegood.local.sink.received import Shelf
from makegood.services import ports

_LARGEST = 1 << 20
_MOST_LINES = 40


class Mailbox:
    """An SMTP server in the running loop, so that shelf and page need no locks. Port 0 takes a free one."""

    def __init__(self, shelf: Shelf, host: str, port: int) -> None:
        self._shelf, self._host, self.port = shelf, host, port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        loop, listening = asyncio.get_running_loop(), ports.listen(self._host, self.port)
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sink.makegood", data_size_limit=_LARGEST, enable_SMTPUTF8=True, loop=loop), sock=listening
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd calls it by this name
        """Take a mail, or answer sickly."""
        sick = self._shelf.sick("email")
        if sick is not None:
            await asyncio.sleep(sick.delay_s)
            if sick.status >= 300:  # noqa: PLR2004
                await self._shelf.turn_away()
                final = 400 <= sick.status < 500 and sick.status not in {408, 425, 429}  # noqa: PLR2004
                return "554 5.7.1 the sink plays sick" if final else "451 4.3.0 the sink plays sick"
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        await self._take(mail, ", ".join(envelope.rcpt_tos), envelope.content)
        return "250 2.0.0 on the shelf"

    async def _take(self, mail: EmailMessage, to: str, raw: bytes) -> None:
        part = mail.get_body(("plain", "html"))
        text = "" if part is None else str(part.get_content())
        lines = tuple(line for line in text.splitlines() if line.strip())[:_MOST_LINES]
        title, key = str(mail["Subject"] or "(no subject)"), str(mail["Idempotency-Key"] or mail["Message-ID"] or "")
        link = next((line for line in lines if line.startswith(("http://", "https://"))), "")
        shown = tuple(line for line in lines if line not in {title, link})
        await self._shelf.take("email", to, key, title, shown, link=link, body=raw.decode("utf-8", "replace"))
