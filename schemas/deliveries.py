"""Deliveries: what became of each attempt to tell people. Handlers write it, so that the board shows the truth per attempt."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from schemas.decisions import About, NoticeKind
from schemas.message import Count, Instant, Message, Name, Text
from schemas.slugs import Open


class Channel(StrEnum):
    """By which means a destination is told."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    EMAIL = "email"


class Outcome(StrEnum):
    """What became of an attempt. FAILED is tried again; HELD waits while its destination is unwell; the others are final."""

    DELIVERED = "delivered"
    FAILED = "failed"
    HELD = "held"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    UNROUTED = "unrouted"
    SUPPRESSED = "suppressed"
    """It happened before the time from which people are told, or was no longer true when its turn came; the detail says which."""


class NoticeAttempted(Message):
    """One attempt to deliver one notice to one destination. `notice` is the idempotency key that every attempt carried.

    `id` is the same whenever this record is written again. `about` is what the notice is about (`about_kind`: a task, an alert ...) and
    `kind` what it tells: both are None for a record of `notices` that could not be read. `next_at` is when it is tried again.
    """

    type: Literal["notice.attempted"] = "notice.attempted"
    id: Name
    notice: Name
    kind: Open[NoticeKind] | None = None
    about: Name
    about_kind: Open[About] | None = None
    customer: Name
    destination: Name
    channel: Open[Channel] | None = None
    attempt: Count
    outcome: Open[Outcome]
    detail: Text
    at: Instant
    next_at: Instant | None = None
