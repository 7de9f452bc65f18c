"""A process that is run once, to its end: a step on the way, not a part."""

from __future__ import annotations

import asyncio
from pathlib import Path

from makegood.local.supervisor.bounded_log import BoundedLog
from makegood.local.supervisor.child import Child
from makegood.local.supervisor.part import Part


async def run_once(part: Part, logs: Path, limit_s: float) -> tuple[int, str]:
    """Its exit status, and the last line that it said. It is killed when it takes longer than the limit, or when we stop waiting."""
    log = BoundedLog(logs / f"{part.name}.log")
    child = await Child.start(part, log)
    try:
        async with asyncio.timeout(limit_s):
            status = await child.wait()
    except TimeoutError:
        return -1, f"it took longer than {limit_s:.0f} s"
    finally:
        child.kill()
        log.close()
    return status, "; ".join(log.last(1))
