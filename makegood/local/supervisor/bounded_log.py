"""The log file of a service: it never outgrows the disk, and its last lines are at hand."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import IO

MOST_BYTES = 5 << 20
"""Then the file becomes SERVICE.log.1, and a new one begins: at most twice as much is kept."""
LAST_LINES = 12
MOST_LINE = 400


class BoundedLog:
    """Appends to a file; the file of an earlier run goes on."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self.path, self._most = path, most_bytes
        self._file: IO[bytes] | None = None
        self._size = 0
        self._last: deque[bytes] = deque(maxlen=LAST_LINES)
        self._rest = b""

    def write(self, chunk: bytes) -> None:
        """Append what a service said. A disk that is full must not end the service: then only the last lines are known."""
        *whole, self._rest = (self._rest[-MOST_LINE:] + chunk).split(b"\n")
        self._last.extend(line for line in whole if line.strip())
        try:
            self._append(chunk)
        except OSError:
            self.close()

    def _append(self, chunk: bytes) -> None:
        if self._file is None or self._size + len(chunk) > self._most:
            self._open(len(chunk))
        assert self._file is not None
        self._file.write(chunk)
        self._size += len(chunk)

    def _open(self, coming: int) -> None:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size + coming > self._most:
            self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._file = self.path.open("ab", buffering=0)
        self.path.chmod(0o600)  # what customers said may stand in it
        self._size = self.path.stat().st_size

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
        if self._file is not None:
            self._file.close()
            self._file = None
