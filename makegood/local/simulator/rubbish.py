"""What real feeds have too: re-deliveries, facts that come days late, and records that are none."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from makegood.kafka.input_records import InputRecord
from makegood.local.simulator.facts import Moment
from makegood.local.simulator.rhythm import DAY

AGAIN, LATE = 0.02, 0.012
_NEVER_LATE = ("customer.profiled", "alias.linked", "renewal.dated", "ticket.opened", "survey.answered")

_CUT_OFF = b'{"type":"survey.answered","id":"r-cut","source":"typeform","object":"r-cut","occur'
_NO_NUMBER = b"""{"type":"survey.answered","id":"r-score","source":"typeform","object":"r-score","occurred_at":"2026-11-01T10:00:00Z",
"customer":{"id":"NL-1004"},"score":{"metric":"nps","raw":"eleven"}}"""
_NO_TIME = b"""{"type":"purchase.made","id":"p-1","source":"shop","object":"p-1","occurred_at":"yesterday",
"customer":{"id":"NL-1001"},"amount":12}"""

BROKEN: tuple[tuple[str, bytes], ...] = (
    ("feedback", _CUT_OFF),
    ("feedback", _NO_NUMBER),
    ("interactions", b"<html><title>502 Bad Gateway</title></html>"),
    ("commerce", _NO_TIME),
    ("commerce", b'{"type":"purchase.dreamt","id":"p-2","source":"shop","object":"p-2"}'),
)
"""Topic and bytes."""


def strewn(moments: Sequence[Moment], start: float, end: float, chance: random.Random) -> Iterator[Moment]:
    """The moments, some of them twice, some of them late, with rubbish between."""
    for one in moments:
        late = chance.random() < LATE and one.record.kind not in _NEVER_LATE
        arrives = one.at + chance.uniform(0.2, 3) * DAY if late else one.at
        yield one._replace(at=min(arrives, end))
        if chance.random() < AGAIN:
            yield one._replace(at=min(arrives + chance.uniform(1, 3600), end))
    for topic, value in BROKEN:
        key = f"NL-{chance.randint(1000, 1100)}"
        yield Moment(chance.uniform(start + DAY, end - DAY), InputRecord(topic, key, value, "(not a message)", None))
