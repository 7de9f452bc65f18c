"""How long to wait before the next attempt, and when to stop: exponential back-off with jitter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.settings import HandlerSettings


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """All in seconds. `jitter` gives a random number from 0 to 1."""

    first_s: float
    longest_s: float
    longest_asked_s: float
    give_up_after_s: float
    jitter: Callable[[], float]

    def pause(self, attempt: int, asked_s: float | None = None) -> float:
        """The pause after attempt number `attempt` (from 1): from half of first * 2^(attempt - 1) to all of it, at most the longest.

        A destination that asked for a longer pause gets it, up to a limit. The jitter keeps many notices from being retried at one moment.
        """
        doubled = min(self.longest_s, self.first_s * 2.0 ** min(attempt - 1, 60))
        return max(doubled * (0.5 + 0.5 * self.jitter()), min(asked_s or 0.0, self.longest_asked_s))

    def is_over(self, seen_at: float, now: float) -> bool:
        """Whether a notice that is known since `seen_at` has been tried for long enough."""
        return now - seen_at >= self.give_up_after_s


def retry_policy_of(settings: HandlerSettings, jitter: Callable[[], float]) -> RetryPolicy:
    """As the settings say."""
    return RetryPolicy(
        settings.first_wait_s, settings.longest_wait_s, settings.longest_retry_after_s, settings.give_up_after_h * 3600, jitter
    )
