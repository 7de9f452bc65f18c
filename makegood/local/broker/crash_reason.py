"""The reason of a crash: why a broker ended, read from what it wrote last."""

from __future__ import annotations

import shutil
from pathlib import Path

_SIGNIFICANT = ("ERROR", "FATAL", "Error", "Exception", "Could not", "Unrecognized", "Invalid", "Caused by")
_DISK_FULL = "the disk is full: free some, or choose another --dir"
_KNOWN = {
    "No space left on device": _DISK_FULL,
    "Disk quota exceeded": "the disk is full for this user: free some, or choose another --dir",
    "Address already in use": "a port was taken while it started: choose another with --port",
    "Could not reserve enough space": "this machine has less memory than --heap asks for: give it less",
    "Too small maximum heap": "--heap is too small: give it more",
    "OutOfMemoryError": "it ran out of memory: give it more with --heap",
    "Too many open files": "too many files are open: raise the limit with `ulimit -n`",
}
_LINES = 3
LEAST_FREE = 1 << 20


def why(log: Path) -> str:
    """A sentence on why a broker ended: what to do where that is known, else its last significant lines; and where the whole log is."""
    return f"{_DISK_FULL if _is_full(log) else sentence(read(log))} (its log: {log})"


def _is_full(log: Path) -> bool:
    """A broker whose log lies on the full disk cannot say so."""
    try:
        return shutil.disk_usage(log.parent).free < LEAST_FREE
    except OSError:
        return False


def sentence(said: str) -> str:
    """What to do where that is known, else the last few lines that tell something."""
    known = [remedy for sign, remedy in _KNOWN.items() if sign in said]
    if known:
        return known[0]
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.lstrip().startswith(("at ", "... "))]
    significant = [line for line in lines if any(word in line for word in _SIGNIFICANT)]
    return " | ".join(line[:300] for line in (significant or lines)[-_LINES:]) or "it said nothing"


def read(log: Path) -> str:
    """What a log says; nothing where there is none."""
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
