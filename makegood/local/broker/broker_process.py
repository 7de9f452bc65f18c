"""Processes of this machine: is this one our broker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from makegood.local import processes


def is_broker(pid: int, home: Path) -> bool:
    """Whether a living process is the broker of this folder: a process id is given again to others."""
    return processes.command(pid).endswith(f"kafka.Kafka {home / 'server.properties'}")


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
