"""One supervisor a directory: a lock that the kernel lets go when we die, and a note of what runs, so that leftovers can be cleared."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import IO, Any, Self

from makegood import private
from makegood.errors import UserError

_GONE_WITHIN_S = 10.0
_PROC = Path("/proc")


class Claim:
    """Held as long as the supervisor runs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock: IO[str] | None = None
        self._note: dict[str, Any] = {}

    @property
    def _path(self) -> Path:
        return self.directory / "running.json"

    def take(self) -> Self:
        """Claim the directory. Raises UserError when another holds it, naming its process, or when it cannot be written."""
        try:
            private.folder(self.directory)
            self._lock = (self.directory / "up.lock").open("a")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(self._refusal()) from None
        except OSError as error:
            raise UserError(f"{self.directory} cannot be used ({error.strerror or error}): choose another --dir") from error
        return self

    def _refusal(self) -> str:
        other = _read(self._path)
        who = f"process {other['pid']}" if "pid" in other else "another process"
        board = f", its board is at {other['board']}" if other.get("board") else ""
        return f"Makegood runs already in {self.directory} ({who}{board}): end it there with Ctrl-C, or choose another --dir"

    def clear(self) -> list[str]:
        """End what an earlier supervisor left behind; returns the names of what still ran, empty after an orderly end."""
        left = {name: child for name, child in _read(self._path).get("children", {}).items() if _is_same(*child)}
        for pid, _ in left.values():
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + _GONE_WITHIN_S
        while any(_is_same(*child) for child in left.values()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return sorted(left)

    @property
    def was_cut_off(self) -> bool:
        """Whether an earlier supervisor of this directory ended without saying so."""
        return self._path.exists()

    def note(self, children: dict[str, int], board: str | None = None) -> None:
        """Write down who we are and which processes are ours."""
        born = {name: (pid, _born(pid)) for name, pid in children.items()}
        self._note = {"pid": os.getpid(), "board": board or self._note.get("board"), "children": born}
        scratch = self._path.with_suffix(".new")
        scratch.write_text(json.dumps(self._note), encoding="utf-8")
        scratch.replace(self._path)

    def release(self) -> None:
        """All has ended in order."""
        self._path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_same(pid: int, born: str | None) -> bool:
    """Whether the process that was noted still lives: a process id is given again to others, its time of birth is not."""
    return born is not None and _born(pid) == born


def _born(pid: int) -> str | None:
    """When a living process was started, in ticks since boot; None where it has ended, or where there is no /proc."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
