"""The log file of a service: it never outgrows the disk, and its last lines are at hand."""

from __future__ import annotations

import logging
import os
import sys
from collections import deque
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

MOST_BYTES = 5 << 20
"""Then the file becomes SERVICE.log.1, and a new one begins: at most twice as much is kept."""
LAST_LINES = 12
MOST_LINE = 400
_ONE_BYTE_EACH = "latin-1"
"""Any bytes pass unchanged, and a length in characters is one in bytes."""


class BoundedLog:
    """Appends to a file; the file of an earlier run goes on."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._file = _PrivateFile(path, maxBytes=most_bytes, backupCount=1, encoding=_ONE_BYTE_EACH, delay=True)
        self._last: deque[bytes] = deque(maxlen=LAST_LINES)
        self._rest = b""

    def write(self, chunk: bytes) -> None:
        """Append what a service said. A disk that is full must not end the service: then only the last lines are known."""
        *whole, self._rest = (self._rest[-MOST_LINE:] + chunk).split(b"\n")
        self._last.extend(line for line in whole if line.strip())
        self._file.handle(logging.makeLogRecord({"msg": chunk.decode(_ONE_BYTE_EACH)}))

    def last(self, count: int = LAST_LINES) -> list[str]:
        """The last lines that say something, the newest at the end."""
        lines = [*self._last, self._rest] if self._rest.strip() else [*self._last]
        return [line.decode(errors="replace").strip()[:MOST_LINE] for line in lines[-count:]]

    def forget(self) -> None:
        """What comes now is of another process."""
        self._last.clear()
        self._rest = b""

    def close(self) -> None:
        """Twice is harmless."""
        with suppress(OSError):
            self._file.close()


class _PrivateFile(RotatingFileHandler):
    """Chunks as they come, into a file that only its user reads: what customers said may stand in it."""

    terminator = ""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        stream = super()._open()
        os.fchmod(stream.fileno(), 0o600)
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging calls it by this name
        """Give up the file for now; what comes next opens it again."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)
        with suppress(OSError):
            self.close()
