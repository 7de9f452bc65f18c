"""The health of the pipeline: what the process that feeds the console knows of Kafka at the moment."""

from __future__ import annotations

from dataclasses import dataclass

NEARLY_READ = 1_000
"""Records: where events come by the thousand there are always some to be read."""


@dataclass(slots=True)
class PipelineHealth:
    """Times are seconds since 1970; None while nobody knows."""

    lags: dict[int, int] | None = None
    """Records that streams have still to decide, by partition."""
    behind: int | None = None
    """Records that the read model has still to read."""
    caught_up: bool = False
    """Whether the read model was at the end of its topics since Kafka is read: before, some are read further than others."""
    as_of: float | None = None
    """When the read model was last known to show all there is, or all that had been read by then."""
    since: float | None = None
    """Since when Kafka is read without trouble."""
    trouble: str | None = None
    """Why Kafka cannot be followed at present, as a sentence."""
    trouble_since: float | None = None

    @property
    def lag(self) -> int | None:
        return None if self.lags is None else sum(self.lags.values())

    def measured(self, behind: int, lags: dict[int, int]) -> None:
        """So many records are still to be read, and to be decided by partition."""
        self.behind, self.lags = behind, lags
        self.caught_up = self.caught_up or behind <= NEARLY_READ

    def healthy(self, now: float) -> None:
        """Kafka answers."""
        self.since = now if self.since is None or self.trouble else self.since
        self.trouble = self.trouble_since = None

    def degraded(self, sentence: str, now: float) -> None:
        """Kafka does not; what was known of it is not known any longer."""
        self.trouble_since = now if self.trouble is None else self.trouble_since
        self.trouble, self.lags, self.behind, self.caught_up = sentence, None, None, False
