"""A circuit breaker for one destination: opens after failures in a row, and after a cooldown lets one notice try."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class CircuitState(StrEnum):
    """Whether notices are sent: CLOSED, all are; OPEN, none is; HALF_OPEN, one is to try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """`clock` gives seconds; who asks for one notice at a time lets exactly one try when it is half open."""

    def __init__(self, failure_threshold: int, cooldown_s: float, clock: Callable[[], float]) -> None:
        self._failure_threshold, self._cooldown, self._clock = failure_threshold, cooldown_s, clock
        self._failures = 0
        self._open_until: float | None = None

    @property
    def circuit(self) -> CircuitState:
        """As it stands now."""
        if self._open_until is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self.cooldown_s() > 0 else CircuitState.HALF_OPEN

    @property
    def failures(self) -> int:
        """How often it failed in a row."""
        return self._failures

    def cooldown_s(self) -> float:
        """Seconds until something may be sent again; 0 when it may be sent now."""
        return 0.0 if self._open_until is None else max(0.0, self._open_until - self._clock())

    def answered(self) -> None:
        """It took or refused a notice: it works."""
        self._failures, self._open_until = 0, None

    def failed(self, wait_s: float | None = None) -> None:
        """It failed; `wait_s` is the pause that it asked for itself, which opens the circuit at once."""
        self._failures += 1
        half_open = self.circuit is CircuitState.HALF_OPEN
        if wait_s or half_open or self._failures >= self._failure_threshold:
            self._open_until = self._clock() + (wait_s or self._cooldown)
