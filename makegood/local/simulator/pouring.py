"""The history, written to the input topics step by step, each decided before the next is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from makegood.config.settings import Settings
from makegood.kafka.input_records import stepping
from makegood.local.simulator.facts import Moment
from makegood.local.simulator.history import in_steps


async def pour(moments: Sequence[Moment], settings: Settings, on_progress: Callable[[int], None]) -> None:
    """Write all of it; `on_progress` is called with how many are decided. A second time has no effect. Raises UserError when no worker moves."""
    done = 0
    async with stepping(settings) as decided:
        for step in in_steps(moments):
            await decided([one.record for one in step])
            done += len(step)
            on_progress(done)
