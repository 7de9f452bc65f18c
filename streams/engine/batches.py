"""What a consumer has fetched, for whoever reads by hand."""

from __future__ import annotations

from typing import Any


async def batches(reader: Any, *partitions: Any, **how: Any) -> Any:
    """What `getmany` of a consumer gives. Raises KafkaError where what fetches in the background has broken down: aiokafka only logs that, and
    the consumer would live on deaf. (`getmany` asks after the membership of the group itself.)
    """
    fetching = reader._fetcher.error_future  # noqa: SLF001
    if fetching.done():
        fetching.result()
    return await reader.getmany(*partitions, **how)
