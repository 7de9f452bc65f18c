"""Processes of this machine: is this one our broker."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

PROC = Path("/proc")


def is_broker(pid: int, home: Path) -> bool:
    """Whether a living process is the broker of this folder: a process id is given again to others."""
    return _command(pid).endswith(f"kafka.Kafka {home / 'server.properties'}")


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _command(pid: int) -> str:
    """The command line of a process; empty when it has ended, be it that nobody has asked for its status yet."""
    if not (PROC / "self").exists():
        return _command_by_ps(pid)
    try:
        state = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        words = (PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return ""
    return "" if state in "ZX" else " ".join(os.fsdecode(word) for word in words)


def _command_by_ps(pid: int) -> str:
    done = subprocess.run(["ps", "-ww", "-p", str(pid), "-o", "stat=,command="], capture_output=True, text=True, check=False)  # noqa: S603, S607
    state, _, command = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command.strip()
