"""Processes of this machine, by psutil: when one was started, and its command line. A process id is given again to others."""

from __future__ import annotations

from makegood.local import extra


def born(pid: int) -> float | None:
    """When a living process was started, in seconds since boot (so that setting the clock changes nothing); None where it has ended."""
    extra.require("psutil")
    import psutil

    try:
        process = psutil.Process(pid)
        ended = process.status() in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
        return None if ended else round(process.create_time() - psutil.boot_time(), 2)
    except (psutil.Error, ValueError):
        return None


def command(pid: int) -> str:
    """The command line of a process; empty when it has ended, even while nobody has asked for its status."""
    extra.require("psutil")
    import psutil

    try:
        return " ".join(psutil.Process(pid).cmdline())
    except (psutil.Error, ValueError):
        return ""
