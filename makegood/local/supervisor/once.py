"""A process that is run once, to its end: a step on the way, not a service."""

from __future__ import annotations

import asyncio
from pathlib import Path

from makegood.local.supervisor.bounded_log import BoundedLog
from makegood.local.supervisor.child import Child
from makegood.local.supervisor.service import Service


async def run_once(service: Service, logs: Path, limit_s: float) -> tuple[int, str]:
    """Its exit status, and the last line that it said. It is killed when it takes longer than the limit, or when we stop waiting."""
    log = BoundedLog(logs / f"{service.name}.log")
    child = await Child.start(service, log)
    try:
        async with asyncio.timeout(limit_s):
            status = await child.wait()
    except TimeoutError:
        return -1, f"it took longer than {limit_s:.0f} s"
    finally:
        child.kill()
        log.close()
    return status, "; ".join(log.last(1))
