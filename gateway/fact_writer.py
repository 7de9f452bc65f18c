"""What the gateway asks of whoever writes: every fact durable, or why not. The gateway itself knows no Kafka."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from gateway.metrics import Metrics
from gateway.responses import Accepted, Refusal, try_again
from schemas.facts import AnyFact
from schemas.topics import topic_of

Write = Callable[[Sequence[AnyFact]], Awaitable[Sequence[str | None]]]
"""Facts -> for each None once it is durable, else a sentence that says why it is not. It answers within a bounded time."""

_AGAIN = "nothing is lost if you send it again: what was written before has no second effect"


class FactWriter:
    """Writes facts, counts them, and says what became of them."""

    def __init__(self, write: Write, metrics: Metrics) -> None:
        self._write, self._metrics = write, metrics

    async def each(self, facts: Sequence[AnyFact]) -> list[Accepted | Refusal]:
        """What became of each fact, in their order."""
        if not facts:
            return []
        with self._metrics.write_seconds.time():
            failures = await self._write(facts)
        for fact, failure in zip(facts, failures, strict=True):
            if failure is None:
                self._metrics.facts.labels(fact.source, fact.type).inc()
        return [
            Accepted(id=fact.id, topic=topic_of(fact.type)) if failure is None else try_again(f"{failure}; {_AGAIN}")
            for fact, failure in zip(facts, failures, strict=True)
        ]

    async def all(self, facts: Sequence[AnyFact]) -> list[Accepted]:
        """All of them durable. Raises Refusal (503) if only one is not."""
        outcomes = await self.each(facts)
        for outcome in outcomes:
            if isinstance(outcome, Refusal):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
