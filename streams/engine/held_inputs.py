"""Inputs that cannot be read on because somebody's transaction is open: which, where, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

TOLD_AFTER_S = 10.0
"""Transactions of ours are open for a moment, too."""


class HeldInputs:
    """Remembers since when an input of a partition stands before the same open transaction."""

    def __init__(self) -> None:
        self._since: dict[int, dict[tuple[str, int], float]] = {}
        self._now = 0.0
        self._told: set[tuple[str, int]] = set()

    def seen(self, partition: int, held: Mapping[str, int], now: float) -> str | None:
        """Take in what stands now (input -> offset). Returns a sentence the first time that one has stood for long enough."""
        before, self._now = self._since.get(partition, {}), now
        current = self._since[partition] = {item: before.get(item, now) for item in held.items()}
        self._told -= {item for item in before if item not in current}
        late = {item for item, since in current.items() if now - since >= TOLD_AFTER_S}
        new, self._told = late - self._told, self._told | late
        return self.sentence(partition) if new else None

    def sentence(self, partition: int) -> str | None:
        """`feedback-3 at offset 70, for 41 s`, of those that have stood for long enough; None where there is none."""
        stood = sorted(self._since.get(partition, {}).items())
        late = [(name, at, self._now - since) for (name, at), since in stood if self._now - since >= TOLD_AFTER_S]
        return "; ".join(f"{name} at offset {at}, for {seconds:.0f} s" for name, at, seconds in late) or None
