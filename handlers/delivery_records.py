"""The record of one attempt, made from a delivery: the same attempt always has the same id."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.decisions import About, NoticeKind
from schemas.deliveries import Channel, NoticeAttempted, Outcome
from schemas.slugs import slug_of

_LONGEST_ID = 256


class Delivery(NamedTuple):
    """One notice for one destination, as the ledger has it. `attempts` were begun; times are seconds since 1970; `seq` is its place in line.

    `kind` and `about_kind` are the notice's; None for a record that is no notice which can be read.
    """

    notice: str
    destination: str
    channel: str | None
    about: str
    customer: str
    attempts: int
    seen_at: float
    seq: int = 0
    kind: str | None = None
    about_kind: str | None = None


def attempted(delivery: Delivery, outcome: Outcome, detail: str, at: float, next_at: float | None = None) -> NoticeAttempted:
    """The record for the topic: the delivery's latest attempt had this outcome at `at` and is made again at `next_at`."""
    return NoticeAttempted(
        id=_id(delivery, outcome),
        notice=delivery.notice,
        kind=None if delivery.kind is None else slug_of(NoticeKind, delivery.kind),
        about=delivery.about,
        about_kind=None if delivery.about_kind is None else slug_of(About, delivery.about_kind),
        customer=delivery.customer,
        destination=delivery.destination,
        channel=None if delivery.channel is None else slug_of(Channel, delivery.channel),
        attempt=delivery.attempts,
        outcome=outcome,
        detail=detail,
        at=_instant(at),
        next_at=None if next_at is None else _instant(next_at),
    )


def _id(delivery: Delivery, outcome: Outcome) -> str:
    name = f"{delivery.notice}/{delivery.destination}/{delivery.attempts}/{outcome.name.lower()}"
    return name if len(name) <= _LONGEST_ID else hashlib.blake2b(name.encode(), digest_size=32).hexdigest()


def _instant(at: float) -> datetime:
    return datetime.fromtimestamp(round(at, 3), UTC)
