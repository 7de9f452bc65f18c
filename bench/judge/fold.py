"""The real fold, driven through a history: facts in by event time, every timer when it falls due, records and outputs to look at."""

from __future__ import annotations

import json
from typing import Any

from schemas.facts import PurchaseMade
from schemas.message import instant
from schemas.policy import Policy
from streams.decide.signals import silence
from streams.decide.state import Customer
from streams.decide.table import CUSTOMERS
from streams.engine.contract import Output
from streams.engine.partitioner import partition_of
from streams.offline import Offline

from bench.judge.sets import Row

PARTITIONS = 4
HOUR = 3_600.0


class Fold:
    """Everybody is worth an alert here, as the high-value customers whom we look at would be where people declare them."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy.model_copy(update={"high_impact": policy.high_impact.model_copy(update={"everyone": True})})
        self.alerts: dict[str, dict[str, Any]] = {}
        """Each alert as it was raised."""
        self.tier_changes: list[dict[str, Any]] = []
        self.tasks: dict[str, str] = {}
        """The cause of the task of each customer, as last heard."""
        self._machine = Offline(self.policy, PARTITIONS, self._heard)
        self._clock = float("-inf")
        self._number = 0

    def pass_time(self, until: float) -> None:
        """Let deadlines fall due, to the hour."""
        step = max(HOUR, (until - self._clock) / 1_000)
        while self._clock + step < until:
            self._clock += step
            self._machine.advance(self._clock)
        self._clock = max(self._clock, until)
        self._machine.advance(self._clock)

    def purchase(self, row: Row) -> None:
        """A purchase, or a return."""
        self.pass_time(row.at)
        self._number += 1
        name = f"o{self._number}"
        fact = PurchaseMade(
            id=name, source="judge", object=name, occurred_at=instant(row.at), customer={"id": row.customer}, amount=row.amount
        )
        self.feed("commerce", row.customer, fact)

    def feed(self, topic: str, customer: str, fact: Any) -> None:
        """Any fact, as a producer would write it."""
        value = fact.model_dump_json(exclude_none=True).encode()
        self._machine.feed(topic, partition_of(customer, PARTITIONS), customer.encode(), value)

    def record(self, customer: str) -> Customer:
        """What is kept of a customer."""
        raw = self._machine.stores[partition_of(customer, PARTITIONS)].get(b"c:" + customer.encode())
        assert raw is not None, customer
        return CUSTOMERS.decode(raw)

    def chance(self, customer: str, at: float) -> float:
        """The chance of buying nothing within the policy's horizon, as the signal of silence works it out of the customer's record."""
        spend, partition = self.record(customer).spend, self._machine.partitions[partition_of(customer, PARTITIONS)]
        correction = partition.context.correction
        return silence.chance_of_nothing(spend, at, self.policy, correction) if spend is not None and spend.days else 0.0

    def _heard(self, output: Output) -> None:
        if output.topic == "alerts" and output.value:
            alert = json.loads(output.value)
            if alert["version"] == 1 and any(signal["name"] == silence.NAME for signal in alert["signals"]):
                self.alerts[alert["id"]] = alert
        elif output.topic == "decisions" and b'"tier_changed"' in (output.value or b""):
            self.tier_changes.append(json.loads(output.value or b""))
        elif output.topic == "tasks" and output.value:
            task = json.loads(output.value)
            self.tasks[task["customer"]] = task["cause"]
