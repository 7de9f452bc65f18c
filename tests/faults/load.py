"""A believable stream over all input topics: surveys, tickets, purchases, aliases before and after their link, commands, rubbish."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaProducer

from schemas.topics import topic_of
from streams.decide.context import deterministic_id
from streams.engine.partitioner import partition_of

START = datetime(2026, 3, 1, tzinfo=UTC)
POOR = 6
LONGEST_AWAY_S = 300
"""A broker that is started again on a busy machine may take so long."""
COMMENTS = ("nobody called me back", "we will cancel our contract", "great, thank you", "wir kündigen", "too late again, third time", "ok")


class Load:
    """Deterministic for a seed. Some customers matter, some are known by e-mail only, some records are no facts at all."""

    def __init__(self, seed: int, customers: int = 1000) -> None:
        self.random = random.Random(seed)
        self.customers = customers
        self.number = 0
        self.poor: dict[str, str] = {}
        """The fact from which the task of a customer who matters takes its id, as far as the load can know: so that commands meet real tasks."""

    def records(self, count: int, goes_on: Callable[[], bool] = lambda: False) -> Iterator[tuple[str, str, bytes]]:
        """(topic, key, value), so many and more as long as it goes on; profiles of the customers that matter come first."""
        for customer in range(0, self.customers, 10):
            yield self._fact(
                "customer.profiled", self._id(customer), annual_value=60_000.0 + customer, hic=customer % 20 == 0, owner=f"owner-{customer}"
            )
        for _ in range(count - self.customers // 10):
            yield self._any()
        while goes_on():
            yield self._any()

    def _id(self, customer: int) -> str:
        return f"c{customer:05d}"

    def _any(self) -> tuple[str, str, bytes]:
        roll, who = self.random.random(), self._id(self.random.randrange(self.customers))
        if roll < 0.35:
            return self._survey({"id": who})
        if roll < 0.45 and not _matters(who):
            return self._survey({"aliases": self._aliases(who)})
        if roll < 0.55:
            return self._fact(
                "ticket.opened", who, comment=self.random.choice(COMMENTS), severity=self.random.choice(("low", "normal", "urgent"))
            )
        if roll < 0.60:
            return self._fact("ticket.reopened", who, times=self.random.randrange(1, 4))
        if roll < 0.85:
            return self._fact("purchase.made", who, amount=round(self.random.uniform(-20, 500), 2))
        if roll < 0.90:
            return self._fact(
                "alias.linked", who, object_=f"link-{self.number}", alias=self._aliases(who)[0], trust=self.random.randrange(3)
            )
        if roll < 0.96:
            return self._command(who)
        return (
            "feedback",
            who,
            self.random.choice((b"{", b"not json", b'{"type":"no.such"}', b'{"type":"survey.answered"}', b"\xff\xfe", b"")),
        )

    def _aliases(self, who: str) -> list[str]:
        return [f"email:{who}@example.com", f"zendesk:{who}"] if self.random.random() < 0.5 else [f"zendesk:{who}"]

    def _survey(self, customer: dict[str, object]) -> tuple[str, str, bytes]:
        raw = self.random.randrange(11)
        made = self._fact("survey.answered", customer, score={"metric": "nps", "raw": raw}, comment=self.random.choice(COMMENTS))
        who = str(customer.get("id", ""))
        if raw <= POOR and who and _matters(who):
            self.poor.setdefault(who, f"f{self.number}")
        return made

    def _fact(self, kind: str, customer, object_: str | None = None, **fields: object) -> tuple[str, str, bytes]:
        self.number += 1
        customer = {"id": customer} if isinstance(customer, str) else customer
        again = self.random.random() < 0.03  # a re-delivery of an earlier object
        number = self.random.randrange(self.number) if again else self.number
        occurred = START + timedelta(seconds=self.number * 20 - self.random.randrange(4000))
        fact = {
            "type": kind,
            "id": f"f{self.number}",
            "source": "load",
            "object": object_ or f"o{number}",
            "occurred_at": occurred.isoformat(),
            "customer": customer,
        } | fields
        key = str(customer.get("id") or customer["aliases"][0])
        return topic_of(kind), key, json.dumps(fact).encode()

    def _command(self, who: str) -> tuple[str, str, bytes]:
        if self.poor and self.random.random() < 0.7:
            who = self.random.choice(list(self.poor))
        self.number += 1
        verb = self.random.choice(("acknowledge", "contact", "resolve", "dismiss", "snooze"))
        at = START + timedelta(seconds=self.number * 20)
        more = {"resolve": {"cause": "late", "action": "called", "outcome": "happy"}, "dismiss": {"reason": "twice"}}
        more["snooze"] = {"until": (at + timedelta(hours=1)).isoformat()}
        task = deterministic_id("T-", who, "poor_survey", "load", self.poor.get(who, "none"))
        command = {
            "type": f"task.{verb}",
            "id": f"k{self.number}",
            "customer": {"id": who},
            "task": task,
            "actor": "ann",
            "issued_at": at.isoformat(),
        }
        return "commands", who, json.dumps(command | more.get(verb, {})).encode()


def _matters(who: str) -> bool:
    """Their profile comes first, and they answer under their own id."""
    return int(who[1:]) % 10 == 0


@asynccontextmanager
async def _patient_producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """It waits for brokers that are being killed, however long a busy machine takes to start them again: an input must not be lost here."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5, request_timeout_ms=int(LONGEST_AWAY_S * 1000)
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def pour(
    bootstrap: str, prefix: str, records: Iterator[tuple[str, str, bytes]], per_second: float, partitions: int, enough: int = 10**9
) -> int:
    """Send the records at a steady rate, and at a tenth of it once there are enough; every twentieth goes to a wrong partition, as a
    foreign client might do."""
    loop, sent = asyncio.get_running_loop(), 0
    began = loop.time()
    async with _patient_producer(bootstrap) as producer:
        for topic, key, value in records:
            partition = partition_of(key, partitions) if sent % 20 else sent % partitions
            await producer.send(prefix + topic, value=value, key=key.encode(), partition=partition)
            sent += 1
            if sent % 200 == 0:
                await asyncio.sleep(max(0.0, began + (sent + 9 * max(0, sent - enough)) / per_second - loop.time()))
        await producer.flush()
    return sent
