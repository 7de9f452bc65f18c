"""What aiokafka fetched, a stretch at a time: the records of its C parser as they are, without a Python object around each."""

from __future__ import annotations

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException

from streams.engine import record_batches
from streams.engine.decompression import MOST_UNPACKED


class FetchedPartition(PartitionRecords):  # type: ignore[misc]
    """The records of one partition in one fetch. What aborted transactions wrote and control records are left out, as aiokafka does it."""

    next_fetch_offset: int

    def take(self) -> list[Any]:
        """All of them, or as many as may be unpacked at once. Afterwards `next_fetch_offset` is past them, and past what was left out."""
        found: list[Any] = []
        unpacked = 0
        while self._records.has_next() and unpacked < MOST_UNPACKED:  # the rest is fetched again
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not self._is_left_out(batch):
                found += batch if batch.base_offset >= self.next_fetch_offset else self._from_here(batch)
                unpacked += getattr(batch, "size", 0)  # batches from before Kafka 0.11 do not tell
            self.next_fetch_offset = batch.next_offset
        return found

    def _from_here(self, batch: Any) -> list[Any]:
        return [record for record in batch if record.offset >= self.next_fetch_offset]

    def _is_left_out(self, batch: Any) -> bool:
        if self._isolation_level == READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and self._contains_abort_marker(batch):
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)


class WholeResult(FetchResult):  # type: ignore[misc]
    """Gives its records away at once."""

    _partition_records: FetchedPartition | None

    def getall(self, max_records: int | None = None) -> list[Any]:
        """All records, and the position moves past them."""
        if self._partition_records is None or not self.check_assignment(self._topic_partition):
            return []
        records = self._partition_records.take()
        self._update_position()
        self._partition_records = None
        return records


def install() -> None:
    """Have aiokafka's consumers of this process fetch so. Their `getone` is not for them any more."""
    record_batches.install()
    fetcher.PartitionRecords, fetcher.FetchResult = FetchedPartition, WholeResult
