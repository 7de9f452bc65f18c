"""A gate between a producer and the wire: which partitions' records have left, and from when on none leaves any more."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from aiokafka.errors import NodeNotReadyError, ProducerClosed
from aiokafka.protocol.produce import ProduceRequest


class Gate:
    """Put before the client of a producer that has started. The producer alone cannot tell a record that lies in its buffer from one that
    a broker has and did not acknowledge; and it sends both again for as long as it likes.
    """

    def __init__(self, client: Any) -> None:
        self.left: Counter[tuple[str, int | None]] = Counter()
        """(topic, partition) -> requests with records for it that went out, be it in vain."""
        self._client, self._send = client, client.send
        self._shut = asyncio.Event()
        client.send = self._pass

    @property
    def is_shut(self) -> bool:
        return self._shut.is_set()

    def shut(self) -> None:
        """Let nothing out any more; what is under way is not waited for."""
        self._shut.set()

    async def _pass(self, node: Any, request: Any, **more: Any) -> Any:
        if not isinstance(request, ProduceRequest):
            return await self._send(node, request, **more)
        if not self.is_shut and not await self._client.ready(node):
            raise NodeNotReadyError(f"node {node} is not reached")
        if self.is_shut:
            raise ProducerClosed
        self.left.update((topic, partition) for topic, partitions in request._topics for partition, _ in partitions)  # noqa: SLF001
        return await self._answer(asyncio.ensure_future(self._send(node, request, **more)))

    async def _answer(self, answer: asyncio.Future[Any]) -> Any:
        shut = asyncio.ensure_future(self._shut.wait())
        try:
            await asyncio.wait({answer, shut}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise ProducerClosed
        finally:
            answer.cancel()
            shut.cancel()
