"""Numbers at and beyond their bounds, in every kind of fact: each is decided or refused with a reason, and no decision raises."""

from __future__ import annotations

import json
import random
import re
from itertools import islice

from schemas.policy import Policy
from schemas.traffic import Fault
from streams.engine.contract import Output
from streams.engine.partitioner import partition_of
from streams.offline import Offline
from tests.faults.load import Load

NUMBER = re.compile(rb"(?<=: )-?\d+(\.\d+)?")
HOSTILE = (b"1e300", b"-1e300", b"1e-320", b"0", b"-0.0", b"-1", b"1e12", b"-1e12", b"9007199254740992", b"9007199254740993", b"9" * 400)
PARTITIONS = 4


def decided(records: list[tuple[str, str, bytes]]) -> dict[str, list[dict]]:
    """What comes of (topic, key, value), by topic."""
    found: dict[str, list[dict]] = {}

    def take(output: Output) -> None:
        if output.value:
            found.setdefault(output.topic, []).append(json.loads(output.value))

    offline = Offline(Policy(version="test"), PARTITIONS, take)
    for topic, key, value in records:
        offline.feed(topic, partition_of(key, PARTITIONS), key.encode(), value)
    return found


def test_no_decision_raises_whatever_the_numbers():
    chance = random.Random(7)

    def changed(value: bytes) -> bytes:
        return NUMBER.sub(lambda known: chance.choice(HOSTILE) if chance.random() < 0.1 else known.group(), value)

    records = [(topic, key, changed(value)) for topic, key, value in islice(Load(7, customers=50).records(20_000), 20_000)]
    found = decided(records)
    raised = [letter for letter in found["dead-letters"] if letter["fault"] == Fault.DECISION_RAISED]
    assert not raised, raised[:3]
    assert len(found["decisions"]) > 1_000


def test_a_value_at_risk_may_be_more_than_any_one_amount():
    shared = {"source": "shop", "customer": {"id": "C-1"}}
    bought = [
        {
            **shared,
            "type": "purchase.made",
            "id": f"p-{day}",
            "object": f"p-{day}",
            "occurred_at": f"2026-06-{day:02}T00:00:00Z",
            "amount": 1e12,
        }
        for day in range(1, 29)
    ]
    leaves = {**shared, "type": "subscription.cancelled", "id": "gone", "object": "gone", "occurred_at": "2026-06-30T00:00:00Z"}
    said = {
        **shared,
        "type": "ticket.opened",
        "id": "t",
        "object": "t",
        "occurred_at": "2026-06-30T00:00:00Z",
        "comment": "We will cancel our contract.",
    }
    found = decided([("commerce", "C-1", json.dumps(fact).encode()) for fact in (*bought, leaves, said)])
    assert "dead-letters" not in found
    assert max(alert["value_at_risk"] for alert in found["alerts"]) > 1e12
