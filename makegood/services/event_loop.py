"""The event loop and the garbage collector of every process that serves: uvloop, and no walk over what lives as long as the process."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_FIRST_GENERATION, _SECOND, _THIRD = 100_000, 20, 100
"""Allocations before a young collection, young ones before a middle one, middle ones before a full one."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on uvloop."""
    with asyncio.Runner(loop_factory=new) as runner:
        return runner.run(main)


def new() -> asyncio.AbstractEventLoop:
    """An event loop: uvloop's, where there is one."""
    try:
        import uvloop
    except ImportError:  # not on Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def collect_rarely() -> None:
    """While modules are imported nearly nothing is garbage: walking over it again and again is an eighth of a command's start."""
    gc.set_threshold(_FIRST_GENERATION, _SECOND, _THIRD)


def relax_collector() -> None:
    """Long-lived state must not be walked at every collection: what is there now is set aside, and collections become rarer."""
    gc.collect()
    gc.freeze()
    collect_rarely()
