"""Fold the inputs again in journal order: the state and outputs that must have come of them, exactly."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.policy import Policy
from schemas.traffic import JournalEntry
from streams.code_version import code_version, data_version
from streams.engine.contract import FoldFactory, Output, Record, StopWorker
from streams.engine.stores import MemoryStore


@dataclass(slots=True)
class Refolded:
    """What one partition came to. `applied` holds the next offset of each input topic.

    `others` names code and data other than ours that decided stretches, each with its first journal entry.
    """

    state: dict[bytes, bytes] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    applied: dict[str, int] = field(default_factory=dict)
    records: int = 0
    others: dict[tuple[str | None, str | None], int] = field(default_factory=dict)

    def explains(self) -> str | None:
        """Why what is found may differ without being wrong: it, or what it rests on, was decided by another version."""
        if not self.others:
            return None
        (code, data), first = min(self.others.items(), key=lambda item: item[1])
        named = f"{code or 'unnamed'}, on {data or 'unnamed data'}"
        return f"decided by other code ({named}) from journal entry {first} on: fold it with that version to know"


def first_policy(journal: Sequence[JournalEntry], fallback: Policy) -> Policy:
    """The policy that the partition took over at its first transaction."""
    return next((entry.adopted for entry in journal if entry.adopted is not None), fallback)


def refold(partition: int, journal: Sequence[JournalEntry], inputs: dict[str, list[Record]], folds: FoldFactory) -> Refolded:
    """Apply the inputs of one partition (by topic, in offset order) as the journal says.

    Raises StopWorker where the journal itself is wrong (a sequence number missing, a stretch twice or out of order, records skipped), and
    where a person accepted that a topic was replaced.
    """
    result, store = Refolded(), MemoryStore()
    fold, ours = folds(partition, store.get), (code_version(), data_version())
    offsets = {topic: [record.offset for record in records] for topic, records in inputs.items()}
    for number, entry in enumerate(journal, 1):
        if entry.sequence != number:
            raise StopWorker(f"partition {partition}: journal entry {entry.sequence} stands where {number} should")
        if (entry.code, entry.data) != ours:
            result.others.setdefault((entry.code, entry.data), entry.sequence)
        for gap in entry.accepted or ():
            if gap.cause == "other_log":
                raise StopWorker(
                    f"{gap.topic}-{partition}: entry {number} goes on with another log: what was decided before it cannot be folded again"
                )
            result.applied[gap.topic] = gap.first
        for stretch in entry.inputs:
            at, end = bisect_left(offsets[stretch.topic], stretch.first), bisect_left(offsets[stretch.topic], stretch.next)
            done = bisect_left(offsets[stretch.topic], result.applied.get(stretch.topic, 0))
            if at != done:
                applied = result.applied.get(stretch.topic, 0)
                raise StopWorker(f"{stretch.topic}-{partition}: entry {number} starts at {stretch.first}, applied was {applied}")
            decided = fold.decide(stretch.topic, inputs[stretch.topic][at:end])
            store.stage(decided.writes)
            result.outputs += decided.outputs
            result.applied[stretch.topic] = stretch.next
            result.records += end - at
    result.state = store.records
    return result
