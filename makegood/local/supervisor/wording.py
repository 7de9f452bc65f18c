"""What happened to a service, as a sentence for the board."""

from __future__ import annotations

import json
from datetime import datetime

OFTEN = 3
"""After so many ends in a row the sentence quotes the log."""


def down(name: str, how: str, at: datetime, wait_s: float, failures: int, last: list[str], *, by_itself: bool) -> str:
    """The whole sentence; `last` are the last lines of the log, `how` reads after the name. What ended by itself has said why."""
    times = f", {failures} times in a row" if failures >= OFTEN else ""
    reason = _reason(last) if failures > 1 or by_itself else ""
    again = f"it is started again in {wait_s:g} s" if wait_s else "it is started again"
    return f"{name} {how} at {at:%H:%M:%S} UTC{times}; {again}{f'. It said last: {reason}' if reason else ''}"


def _reason(last: list[str]) -> str:
    """The last line of a log, without the dress that a machine wants."""
    line = last[-1] if last else ""
    try:
        said = json.loads(line)
    except ValueError:
        return line[:300]
    if not isinstance(said, dict):
        return line[:300]
    fields = [str(said[key]) for key in ("event", "reason", "error") if said.get(key)]
    return ": ".join(fields)[:300] or line[:300]


def running(name: str, took_s: float, down_s: float | None) -> str:
    """`worker runs, ready after 2.1 s`; after a fall `worker runs again, 3.4 s after it went down`."""
    if down_s is None:
        return f"{name} runs, ready after {took_s:.1f} s"
    return f"{name} runs again, {down_s:.1f} s after it went down"
