"""aiokafka tells each attempt to reach a broker that is away, a hundred lines a second: here they are one line, and one at the end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger("makegood.kafka")

QUIET_S = 5.0
"""So long nothing must be complained of before Kafka counts as answering again."""
_TELLERS = ("aiokafka", "kafka")
_USUAL = "because it is rebalancing"
"""What a member hears whenever another one comes or goes: Kafka is well, and nobody needs to know."""


class OneLineWhileAway(logging.Filter):
    """Lets the first complaint of aiokafka through, counts those that follow, and says when they have ended. For a handler."""

    def __init__(self, quiet_s: float = QUIET_S, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._quiet_s, self._clock = quiet_s, clock
        self._lock = threading.Lock()
        self._began: float | None = None
        self._last = 0.0
        self._more = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.levelno < logging.WARNING or not record.name.startswith(_TELLERS):
            return True
        if _USUAL in record.getMessage():
            return False
        with self._lock:
            self._last = self._clock()
            if self._began is not None:
                self._more += 1
                return False
            self._began = self._last
        self._look_in(self._quiet_s)
        record.msg, record.args = f"Kafka does not answer as it should, further lines of that are counted: {record.getMessage()}", ()
        return True

    def _look_in(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        with self._lock:
            left = self._last + self._quiet_s - self._clock()
            if left <= 0 and self._began is not None:
                took, more = self._last - self._began, self._more
                self._began, self._more = None, 0
        if left > 0:
            self._look_in(left)
        else:
            log.warning("Kafka answers again", lasted_s=round(took, 1), lines_left_out=more)
