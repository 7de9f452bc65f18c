"""When to stop rather than to go on: a deploy whose decisions fail must not pour everything into the dead letters."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.wording import counted
from streams.engine.contract import StopWorker


@dataclass(slots=True)
class FailureLimit:
    """Counts decisions that raised. Malformed input does not count: it is the sender's, it is kept, and it must not stop the others.

    `run`: so many failures in a row; `share`: this share of the last `window` records.
    """

    run: int = 25
    share: float = 0.2
    window: int = 1000
    _in_a_row: int = 0
    _failed: float = 0.0

    def passed(self) -> None:
        """A decision was made."""
        self._in_a_row = 0
        if self._failed:
            self._failed -= self._failed / self.window

    def failed(self, error: str) -> None:
        """A decision raised. Raises StopWorker above a limit."""
        self._in_a_row += 1
        self._failed += 1 - self._failed / self.window
        if self._in_a_row >= self.run:
            raise StopWorker(f"{counted(self._in_a_row, 'decision')} in a row raised an error, the last: {error}. {_ADVICE}")
        if self._failed >= self.share * self.window:
            raise StopWorker(f"{self._failed:.0f} of the last {self.window} decisions raised an error, the last: {error}. {_ADVICE}")


_ADVICE = "The worker stops before these records leave their topic. Repair or roll back, then start it again: it goes on where it stopped."
