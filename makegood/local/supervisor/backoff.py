"""How long to wait before a service that ended is started again."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_S = 1.0
MOST_S = 30.0
HEALTHY_S = 60.0
"""The uptime in good health after which earlier failures are forgotten."""


@dataclass
class Backoff:
    """1 s, doubling to 30 s, for ever. `failures` counts the ends in a row."""

    failures: int = 0

    def after(self, healthy_s: float) -> float:
        """Seconds to wait, when the service had been in good health for so many seconds before it ended."""
        self.failures = 1 if healthy_s >= HEALTHY_S else self.failures + 1
        return float(min(MOST_S, FIRST_S * 2 ** min(self.failures - 1, 10)))
