"""A partition's part in correcting chances by what came of them: it counts, tells partition 0, and holds what that concludes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.policy import Policy
from schemas.traffic import CorrectionSet, OutcomesReported
from streams.decide import outcomes
from streams.decide.context import Sent
from streams.decide.outcomes import Correction, Outcome, Outcomes
from streams.own_records import CORRECTION, OUTCOME_REPORTS, OUTCOMES, Read
from streams.unfit import fits

Writes = dict[bytes, bytes | None]


class Corrections:
    """Partition `number` of `partitions`, as its state says."""

    def __init__(self, number: int, partitions: int, read: Read) -> None:
        self._number, self._partitions = number, partitions
        self._counts = OUTCOMES.unpack(read(OUTCOMES.key))
        self._correction = CORRECTION.unpack(read(CORRECTION.key))

    def in_force(self, policy: Policy) -> Correction:
        """What chances are corrected by under a policy."""
        return outcomes.in_force(self._correction, policy)

    def count(self, settled: Sequence[Outcome], writes: Writes) -> Iterator[Sent]:
        """More outcomes; and the report, where it is time for one."""
        for outcome in settled:
            self._counts.add(outcome)
            report = self._counts.report(self._number)
            if report is not None:
                yield Sent("percentiles", str(self._number), report, 0)
        writes[OUTCOMES.key] = OUTCOMES.pack(self._counts)

    def reported(self, message: OutcomesReported, current: Read, writes: Writes, policy: Policy) -> list[Sent]:
        """Partition 0 adds up, and tells every partition where that leads to another correction."""
        reports = OUTCOME_REPORTS.unpack(current(OUTCOME_REPORTS.key))
        reports.by_partition[message.partition] = Outcomes(message.model, message.quarters)
        writes[OUTCOME_REPORTS.key] = fits("state", OUTCOME_REPORTS.key, OUTCOME_REPORTS.pack(reports))
        new = outcomes.on_counted(reports.by_partition.values(), policy, self._correction)
        if new is None:
            return []
        correction = CorrectionSet(model=new.model, offset=new.offset, slope=new.slope)
        return [Sent("percentiles", str(partition), correction, partition) for partition in range(self._partitions)]

    def adopt(self, message: CorrectionSet, writes: Writes) -> None:
        """From here on; twice changes nothing."""
        self._correction = Correction(message.model, message.offset, message.slope)
        writes[CORRECTION.key] = CORRECTION.pack(self._correction)
