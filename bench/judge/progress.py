"""How far it is: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_S = 10.0


def say(line: str) -> None:
    """A line for whoever watches."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives the function that is told how many of `total` are done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task, said, began = progress.add_task(what, total=total), time.monotonic(), time.monotonic()

        def done(count: int) -> None:
            nonlocal said
            progress.update(task, completed=count)
            if not console.is_terminal and time.monotonic() - said > EVERY_S:
                said = time.monotonic()
                say(f"{what}: {count / max(total, 1):.0%}")

        yield done
    say(f"{what}: {total:,} in {time.monotonic() - began:.1f} s")
