"""Workers as processes of their own, forked from one that has everything imported: a start costs no import, and an end is a real end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
from pathlib import Path

from streams.code_version import code_version, data_version
from tests.faults import worker
from tests.faults.harness import Workers

_LATE = [
    "makegood.config.database",
    "faust.assignor.partition_assignor",
    "faust.events",
    "faust.tables.objects",
    "faust.tables.sets",
    "uvloop",
]
"""What a worker imports only once it runs."""
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__, *_LATE])
code_version()  # each worker would find it out for itself: with the imports that was a second of every start
data_version()


def _work(given: dict[str, object], log: Path, environment: dict[str, str]) -> None:
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(environment)
    worker.main(given)


class Forked:
    """What the harness needs of a process."""

    def __init__(self, *args: object) -> None:
        self._process = _forks.Process(target=_work, args=args)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def send_signal(self, number: int) -> None:
        if self._process.pid is not None and self._process.exitcode is None:
            os.kill(self._process.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("worker", timeout or 0)
        return self._process.exitcode


class ForkedWorkers(Workers):
    """The workers of one trial."""

    def _launch(self, given: dict[str, object], log: Path, environment: dict[str, str]) -> Forked:
        return Forked(given, log, environment)
