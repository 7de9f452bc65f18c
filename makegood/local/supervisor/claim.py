"""One supervisor a directory: a lock that the kernel lets go when we die, and a note of what runs, so that leftovers can be cleared."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from makegood.config import private_files
from makegood.errors import UserError
from makegood.local import processes

NOTE = "running.json"
_GONE_WITHIN_S = 10.0


class Claim:
    """Held as long as the supervisor runs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock: IO[str] | None = None
        self._note: dict[str, Any] = {}

    @property
    def _path(self) -> Path:
        return self.directory / NOTE

    def take(self) -> Self:
        """Claim the directory. Raises UserError when another holds it, naming its process, or when it cannot be written."""
        try:
            private_files.folder(self.directory)
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

    def note(
        self, children: dict[str, int], board: str | None = None, environment: Mapping[str, str] | None = None, folder: str = ""
    ) -> None:
        """Write down who we are, which processes are ours, what each service is given (once that is sure), and whose settings are read."""
        self._note = {
            "pid": os.getpid(),
            "born": processes.born(os.getpid()),
            "board": board or self._note.get("board"),
            "children": {name: (pid, processes.born(pid)) for name, pid in children.items()},
            "environment": dict(environment or {}),
            "folder": folder,
        }
        scratch = self._path.with_suffix(".new")
        scratch.write_text(json.dumps(self._note), encoding="utf-8")
        scratch.replace(self._path)

    def release(self) -> None:
        """All has ended in order."""
        self._path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None


@dataclass(frozen=True)
class Running:
    """An installation that runs: where it lies, the folder whose makegood.toml it reads, and what it gives its services, once that is sure."""

    directory: Path
    folder: Path
    environment: Mapping[str, str]


def running(directory: Path) -> Running | None:
    """The installation of ours that runs in a directory; what a note of somebody else says is not believed."""
    path = directory / NOTE
    note = _read(path)
    try:
        ours = path.stat().st_uid == os.getuid()
    except OSError:
        return None
    if not ours or not _is_same(note.get("pid"), note.get("born")):
        return None
    return Running(directory.resolve(), Path(note.get("folder") or directory), note.get("environment") or {})


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_same(pid: object, born: float | None) -> bool:
    """Whether the process that was noted still lives: a process id is given again to others, its time of birth is not."""
    return isinstance(pid, int) and born is not None and processes.born(pid) == born
