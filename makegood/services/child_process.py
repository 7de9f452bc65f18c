"""What each supervisor of ours needs of a child process: it cannot outlive us, and how it ended is said in words."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dies_with(parent: int) -> Callable[[], None] | None:
    """What a child calls right after the fork. On Linux the kernel then kills it when its parent is gone, be that killed with -9.

    Every service stands a kill at any moment. None where the kernel does no such thing.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # looked up here: after the fork only plain system calls are safe

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(1)

    return ask_kernel


def ended(status: int) -> str:
    """`was killed by signal 9 (SIGKILL)`, `ended with exit status 70`."""
    if status < 0:
        verb = "was killed" if -status == signal.SIGKILL else "was ended"
        return f"{verb} by signal {-status} ({_signal(-status)})"
    return f"ended with exit status {status}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
